//! The promises of [`BlobStore`].

use bytes::{Bytes, BytesMut};
use larder_types::StorageClass;

use super::{Factory, noise, read_from};
use crate::{Blob, BlobId, BlobRef, BlobSpec, BlobStore, Check, MAX_CLAIM_BYTES, StoreError};

/// The size around whose multiples things go wrong, if they do.
const BLOCK: usize = 64 * 1024;

fn spec(number: u64) -> BlobSpec {
    let id = BlobId((u128::from(number) << 64 | u128::from(number)).to_be_bytes());
    BlobSpec { id, class: StorageClass::Standard, claim: Bytes::from(format!("claim {number}")) }
}

async fn write(blobs: &dyn BlobStore, spec: BlobSpec, content: &Bytes, piece: usize) -> BlobRef {
    let mut writer = blobs.create(spec).await.expect("a blob can be started");
    for at in (0..content.len()).step_by(piece) {
        let end = content.len().min(at + piece);
        writer.append(content.slice(at..end)).await.expect("bytes can be appended");
    }
    writer.seal().await.expect("a blob can be sealed")
}

async fn content(blobs: &dyn BlobStore, blob: BlobRef) -> Vec<u8> {
    read_from(&*blobs.open(blob).await.expect("a sealed blob opens"), 0, usize::MAX).await
}

async fn assert_gone(blobs: &dyn BlobStore, blob: BlobRef) {
    assert!(matches!(blobs.open(blob).await, Err(StoreError::NotFound)), "{blob:?} is still there");
}

pub(super) async fn run(factory: &dyn Factory) {
    let blobs = factory.open().await.blobs;
    sizes(&*blobs).await;
    unsealed(&*blobs).await;
    deletions(&*blobs).await;
    duplicates(&*blobs).await;
    claims(&*blobs).await;
    drop(blobs);
    restarts(factory).await;
    upkeep(factory).await;
}

async fn sizes(blobs: &dyn BlobStore) {
    let sizes = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 4 * BLOCK, 5 * BLOCK + 17, 33 * BLOCK + 1];
    for (at, size) in sizes.into_iter().enumerate() {
        let whole = noise(at as u64, size);
        for (nth, piece) in [1 << 20, BLOCK, 7777].into_iter().enumerate() {
            let blob = write(blobs, spec(1000 + 10 * at as u64 + nth as u64), &whole, piece).await;
            let open = blobs.open(blob).await.expect("a sealed blob opens");
            assert_eq!(open.len(), size as u64);
            assert_eq!(open.is_empty(), size == 0);
            reads(&*open, &whole).await;
        }
    }
    let mut writer = blobs.create(spec(1999)).await.expect("a blob can be started");
    for piece in ["", "a", "", "bc"] {
        writer.append(Bytes::from(piece)).await.expect("nothing may be appended too");
    }
    assert_eq!(content(blobs, writer.seal().await.expect("a seal")).await, b"abc");
}

async fn reads(open: &dyn Blob, whole: &Bytes) {
    let size = whole.len();
    assert_eq!(read_from(open, 0, usize::MAX).await, *whole);
    let unchecked = open.read(0, usize::MAX, BytesMut::new(), Check::Caller).await.expect("a read");
    assert_eq!(unchecked, whole[..unchecked.len()]);
    for offset in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK - 3, 4 * BLOCK, size / 2, size.saturating_sub(1)] {
        if offset >= size {
            continue;
        }
        assert_eq!(read_from(open, offset as u64, 100_001).await, whole[offset..]);
        for limit in [1, 2, BLOCK, usize::MAX] {
            let piece = open.read(offset as u64, limit, BytesMut::new(), Check::Store).await.expect("a read");
            assert!(!piece.is_empty() && piece.len() <= limit, "{offset} {limit} gave {}", piece.len());
            assert_eq!(piece, whole[offset..offset + piece.len()]);
        }
        assert_eq!(open.read(offset as u64, 0, BytesMut::new(), Check::Store).await.expect("a read"), Bytes::new());
    }
    for offset in [size as u64, size as u64 + 1, u64::MAX] {
        assert_eq!(
            open.read(offset, BLOCK, BytesMut::new(), Check::Store).await.expect("a read at the end"),
            Bytes::new()
        );
    }
}

async fn unsealed(blobs: &dyn BlobStore) {
    // The place is the store's to say: that of a sealed blob of the same class.
    let place = write(blobs, spec(2000), &noise(1, 1), 1).await.place;
    let blob = BlobRef { place, id: spec(2001).id };
    let mut writer = blobs.create(spec(2001)).await.expect("a blob can be started");
    writer.append(noise(1, 3 * BLOCK)).await.expect("bytes can be appended");
    assert_gone(blobs, blob).await;
    drop(writer);
    assert_gone(blobs, blob).await;
    assert_gone(blobs, BlobRef { place, id: spec(2002).id }).await;
}

async fn deletions(blobs: &dyn BlobStore) {
    let whole = noise(5, 3 * BLOCK + 5);
    let blob = write(blobs, spec(3000), &whole, BLOCK).await;
    let open = blobs.open(blob).await.expect("a sealed blob opens");
    blobs.delete(blob).await.expect("a deletion");
    assert_gone(blobs, blob).await;
    assert_eq!(read_from(&*open, 0, BLOCK).await, whole, "a blob held open stays readable");
    blobs.delete(blob).await.expect("a deletion may be repeated");
    blobs.delete(BlobRef { place: blob.place, id: spec(3001).id }).await.expect("a blob may never have been there");
}

async fn duplicates(blobs: &dyn BlobStore) {
    let whole = noise(6, 2 * BLOCK + 5);
    let first = write(blobs, spec(4000), &whole, BLOCK).await;
    let second = blobs.duplicate(first, spec(4001)).await.expect("a duplicate");
    assert_ne!(first, second);
    assert_eq!(second.id, spec(4001).id);
    let third = blobs.duplicate(second, spec(4002)).await.expect("a duplicate of a duplicate");
    blobs.delete(first).await.expect("a deletion");
    assert_eq!(content(blobs, second).await, whole, "a duplicate outlives what it was made of");
    blobs.delete(second).await.expect("a deletion");
    assert_gone(blobs, second).await;
    assert_eq!(content(blobs, third).await, whole);
    assert!(matches!(blobs.duplicate(first, spec(4003)).await, Err(StoreError::NotFound)));
    let empty = write(blobs, spec(4004), &Bytes::new(), 1).await;
    let again = blobs.duplicate(empty, spec(4005)).await.expect("a duplicate of nothing");
    assert_eq!(content(blobs, again).await, b"");
}

async fn claims(blobs: &dyn BlobStore) {
    let long = |length| BlobSpec { claim: noise(7, length), ..spec(5000) };
    let refused = blobs.create(long(MAX_CLAIM_BYTES + 1)).await;
    assert!(matches!(refused, Err(StoreError::Io { .. })), "a claim has a greatest length");
    let blob = write(blobs, long(MAX_CLAIM_BYTES), &noise(8, 10), 10).await;
    assert_eq!(content(blobs, blob).await, noise(8, 10));
    assert_eq!(blobs.unsettled().await.expect("the unsettled"), [], "what this run wrote is not unsettled");
    blobs.delete(blob).await.expect("a deletion");
}

async fn restarts(factory: &dyn Factory) {
    let blobs = factory.open().await.blobs;
    for left in blobs.unsettled().await.expect("the unsettled") {
        blobs.settle(left.blob).await;
    }
    assert_eq!(blobs.unsettled().await.expect("the unsettled"), []);
    let whole = noise(9, BLOCK + 9);
    let settled = write(&*blobs, spec(6000), &whole, BLOCK).await;
    let forgotten = write(&*blobs, spec(6001), &whole, BLOCK).await;
    let deleted = write(&*blobs, spec(6002), &whole, BLOCK).await;
    let copy = blobs.duplicate(settled, spec(6003)).await.expect("a duplicate");
    let settled_copy = blobs.duplicate(settled, spec(6004)).await.expect("a duplicate");
    let mut abandoned = blobs.create(spec(6005)).await.expect("a blob can be started");
    abandoned.append(whole.clone()).await.expect("bytes can be appended");
    drop(abandoned);
    blobs.settle(settled).await;
    blobs.settle(settled_copy).await;
    blobs.delete(deleted).await.expect("a deletion");
    drop(blobs);

    let blobs = factory.open().await.blobs;
    for blob in [settled, forgotten, copy, settled_copy] {
        assert_eq!(content(&*blobs, blob).await, whole, "what was sealed survives");
    }
    assert_gone(&*blobs, deleted).await;
    assert_gone(&*blobs, BlobRef { place: settled.place, id: spec(6005).id }).await;
    let mut found = blobs.unsettled().await.expect("the unsettled");
    found.sort_by_key(|left| left.blob);
    let found: Vec<_> = found.into_iter().map(|left| (left.blob, left.claim)).collect();
    assert_eq!(found, [(forgotten, spec(6001).claim), (copy, spec(6003).claim)]);
    let fresh = write(&*blobs, spec(6006), &whole, BLOCK).await;
    blobs.settle(forgotten).await;
    blobs.delete(copy).await.expect("a deletion");
    assert_eq!(blobs.unsettled().await.expect("the unsettled"), []);
    blobs.settle(fresh).await;
    drop(blobs);

    let blobs = factory.open().await.blobs;
    assert_eq!(blobs.unsettled().await.expect("the unsettled"), []);
    assert_eq!(content(&*blobs, forgotten).await, whole);
    assert_gone(&*blobs, copy).await;
}

async fn listed(blobs: &dyn BlobStore, limit: usize) -> Vec<BlobRef> {
    let mut all = Vec::new();
    loop {
        let page = blobs.list(all.last().copied(), limit).await.expect("a list");
        assert!(page.len() <= limit);
        let is_last = page.len() < limit;
        all.extend(page);
        if is_last {
            assert!(all.is_sorted_by(|left, right| left < right), "a list is in order and names a blob once");
            return all;
        }
    }
}

async fn verify(blobs: &dyn BlobStore, blob: BlobRef) -> Result<u64, StoreError> {
    let (mut from, mut bytes) = (0, 0);
    loop {
        let piece = blobs.verify(blob, from).await?;
        bytes += piece.bytes;
        match piece.next {
            Some(next) => from = next,
            None => return Ok(bytes),
        }
    }
}

async fn upkeep(factory: &dyn Factory) {
    let blobs = factory.open().await.blobs;
    let before = listed(&*blobs, 1000).await;
    let whole = noise(10, 150 * BLOCK + 9);
    let settled = write(&*blobs, spec(7000), &whole, 10 * BLOCK).await;
    blobs.settle(settled).await;
    let fresh = write(&*blobs, spec(7001), &Bytes::new(), 1).await;
    let copy = blobs.duplicate(settled, spec(7002)).await.expect("a duplicate");
    let unsealed = blobs.create(spec(7003)).await.expect("a blob can be started");
    let all = listed(&*blobs, 3).await;
    assert_eq!(all, listed(&*blobs, 1000).await);
    let new: Vec<_> = all.iter().filter(|blob| !before.contains(blob)).copied().collect();
    assert_eq!(new, [settled, fresh, copy], "a list has what is sealed, and nothing else");
    drop(unsealed);

    for (blob, length, is_settled) in [(settled, whole.len(), true), (fresh, 0, false), (copy, whole.len(), false)] {
        let facts = blobs.inspect(blob).await.expect("facts");
        assert_eq!((facts.length, facts.settled), (length as u64, is_settled), "{blob:?}");
        assert!(verify(&*blobs, blob).await.expect("it is whole") >= length as u64);
    }
    assert_eq!(blobs.inspect(fresh).await.expect("facts").claim, Some(spec(7001).claim));
    let absent = BlobRef { place: settled.place, id: spec(7004).id };
    assert!(matches!(blobs.inspect(absent).await, Err(StoreError::NotFound)));
    assert!(matches!(blobs.verify(absent, 0).await, Err(StoreError::NotFound)));
    assert!(matches!(blobs.quarantine(absent).await, Err(StoreError::NotFound)));

    assert_eq!(blobs.quarantined().await.expect("a list"), []);
    blobs.quarantine(settled).await.expect("put aside");
    drop(blobs);
    let blobs = factory.open().await.blobs;
    assert!(matches!(blobs.open(settled).await, Err(StoreError::Corrupt { .. })), "it is not served");
    assert_eq!(content(&*blobs, copy).await, whole, "a duplicate is another blob");
    blobs.delete(settled).await.expect("a deletion");
    assert_eq!(blobs.quarantined().await.expect("a list"), [settled], "a deletion leaves it alone");
    assert!(!listed(&*blobs, 1000).await.contains(&settled));
    blobs.discard(settled).await.expect("removed");
    blobs.discard(settled).await.expect("again");
    assert_eq!(blobs.quarantined().await.expect("a list"), []);
    assert_gone(&*blobs, settled).await;
    for blob in [fresh, copy] {
        blobs.delete(blob).await.expect("a deletion");
    }
}
