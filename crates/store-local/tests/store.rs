//! What the embedded backend does beyond the traits: its directory, its lock, damage, full disks, group commit.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs::{self, OpenOptions};
use std::ops::Bound;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use larder_store::{
    BlobId, BlobRef, BlobSpec, BlobStore, Check, Commit, CommitError, MetaStore, Partition, Scan, StoreError, Table,
};
use larder_store_local::{LocalOptions, LocalStore, OpenError, blob_format};
use larder_types::StorageClass;

const HERE: Partition = Partition { group: 1, shard: 0 };

fn open(path: &Path) -> LocalStore {
    LocalStore::open(path, LocalOptions::default()).expect("the store opens")
}

fn spec(number: u8) -> BlobSpec {
    BlobSpec { id: BlobId([number; 16]), class: StorageClass::Standard, claim: "claim".into() }
}

fn put(table: Table, key: &str, bytes: usize) -> Commit {
    let mut commit = Commit::new();
    commit.put(table, key.to_owned(), vec![7; bytes]);
    commit
}

async fn write(blobs: &dyn BlobStore, spec: BlobSpec, content: &Bytes) -> Result<BlobRef, StoreError> {
    let mut writer = blobs.create(spec).await?;
    writer.append(content.clone()).await?;
    writer.seal().await
}

async fn read(blobs: &dyn BlobStore, blob: BlobRef) -> Result<Vec<u8>, StoreError> {
    let open = blobs.open(blob).await?;
    let mut found = Vec::new();
    loop {
        let piece = open.read(found.len() as u64, 1 << 20, BytesMut::new(), Check::Store).await?;
        if piece.is_empty() {
            return Ok(found);
        }
        found.extend_from_slice(&piece);
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn flip(path: &Path, at: u64) {
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x20], at).unwrap();
}

#[tokio::test]
async fn a_directory_has_one_user_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let second = LocalStore::open(directory.path(), LocalOptions::default());
    assert!(matches!(second, Err(OpenError::InUse { .. })));
    let meta = store.meta();
    store.close().await;
    let refused = meta.commit(HERE, put(Table::Records, "late", 1)).await;
    assert!(matches!(refused, Err(CommitError::Store(StoreError::ReadOnly { .. }))), "{refused:?}");
    drop(meta);
    open(directory.path()).close().await;
}

#[test]
fn a_newer_or_foreign_directory_is_refused_untouched() {
    let directory = tempfile::tempdir().unwrap();
    let format = directory.path().join("FORMAT");
    fs::write(&format, "larder data directory 2\n").unwrap();
    let newer = LocalStore::open(directory.path(), LocalOptions::default());
    assert!(matches!(newer, Err(OpenError::Newer { found: 2, known: 1, .. })));
    fs::write(&format, "something else").unwrap();
    let foreign = LocalStore::open(directory.path(), LocalOptions::default());
    assert!(matches!(foreign, Err(OpenError::Foreign { .. })));
    fs::remove_file(&format).unwrap();
    fs::create_dir(directory.path().join("blobs")).unwrap();
    let foreign = LocalStore::open(directory.path(), LocalOptions::default());
    assert!(matches!(foreign, Err(OpenError::Foreign { .. })));
    assert!(!directory.path().join("meta").exists());
}

#[tokio::test]
async fn only_its_owner_may_read_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let store = open(&path);
    let blob = write(&*store.blobs(), spec(1), &Bytes::from("secret")).await.unwrap();
    for private in [path.clone(), path.join("blobs"), path.join("staging"), path.join("blobs/0/01")] {
        assert_eq!(fs::metadata(&private).unwrap().permissions().mode() & 0o077, 0, "{}", private.display());
    }
    let file = path.join("blobs/0/01").join(blob.id.to_string());
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o077, 0);
}

#[tokio::test]
async fn a_damaged_blob_is_corrupt_and_never_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let blobs = store.blobs();
    let content: Bytes = (0..300_000u32).flat_map(u32::to_le_bytes).collect();
    let blob = write(&*blobs, spec(1), &content).await.unwrap();
    let path = directory.path().join("blobs/0/01").join(blob.id.to_string());
    let (header, data) = blob_format::read_whole(&fs::read(&path).unwrap()).expect("the file is as documented");
    assert_eq!((header.blob, header.claim, data), (blob.id, Bytes::from("claim"), content.to_vec()));

    let length = fs::metadata(&path).unwrap().len();
    for at in [0, 20, 8192, 8192 + 65_536, 8192 + 600_001, 8192 + 1_199_999, 8192 + 1_200_000, length - 48, length - 1]
    {
        flip(&path, at);
        match read(&*blobs, blob).await {
            Err(StoreError::Corrupt { what }) => assert!(what.contains(&blob.id.to_string()), "{what}"),
            other => panic!("byte {at} flipped gave {:?}", other.map(|bytes| bytes.len())),
        }
        flip(&path, at);
    }
    assert_eq!(read(&*blobs, blob).await.unwrap(), content);

    flip(&path, 8192 + 3 * 65_536);
    let opened = blobs.open(blob).await.unwrap();
    assert_eq!(
        opened.read(0, 3 * 65_536, BytesMut::new(), Check::Store).await.unwrap(),
        content[..3 * 65_536],
        "blocks before it are readable"
    );
    match opened.read(3 * 65_536, 1, BytesMut::new(), Check::Store).await {
        Err(StoreError::Corrupt { what }) => assert!(what.contains("block 3"), "{what}"),
        other => panic!("{other:?}"),
    }
    let unchecked = opened.read(3 * 65_536, 1, BytesMut::new(), Check::Caller).await.unwrap();
    assert_ne!(unchecked, content[3 * 65_536..][..1], "who checks it gets what is there");
    fs::write(&path, []).unwrap();
    assert!(matches!(opened.read(0, 1, BytesMut::new(), Check::Store).await, Err(StoreError::Corrupt { .. })));
    assert!(matches!(blobs.open(blob).await, Err(StoreError::Corrupt { .. })));
}

#[tokio::test]
async fn a_blob_under_the_name_of_another_keeps_its_bytes_to_itself() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let blobs = store.blobs();
    let first = write(&*blobs, spec(1), &Bytes::from(vec![1; 200_000])).await.unwrap();
    let second = write(&*blobs, spec(2), &Bytes::from(vec![2; 200_000])).await.unwrap();
    let path = |blob: BlobRef| {
        directory.path().join("blobs/0").join(format!("{:02x}", blob.id.0[0])).join(blob.id.to_string())
    };
    // A block that was written to the right offset of the wrong file, checksum and all.
    let (from, to) = (fs::read(path(first)).unwrap(), OpenOptions::new().write(true).open(path(second)).unwrap());
    to.write_all_at(&from[8192..8192 + 65_536], 8192).unwrap();
    to.write_all_at(&from[8192 + 200_000..8192 + 200_004], 8192 + 200_000).unwrap();
    assert!(matches!(read(&*blobs, second).await, Err(StoreError::Corrupt { .. })));
}

#[tokio::test]
async fn a_full_store_refuses_writes_serves_reads_and_lets_go() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let (meta, blobs) = (store.meta(), store.blobs());
    meta.commit(HERE, put(Table::Records, "kept", 10)).await.unwrap();
    let blob = write(&*blobs, spec(1), &Bytes::from("kept")).await.unwrap();
    let mut half_written = blobs.create(spec(2)).await.unwrap();
    half_written.append(Bytes::from("half")).await.unwrap();

    let free = store.monitor().free_bytes().unwrap();
    store.set_reserve_bytes(free.saturating_mul(2));
    let refused = meta.commit(HERE, put(Table::Records, "new", 10)).await;
    assert!(matches!(refused, Err(CommitError::Store(StoreError::Full))), "{refused:?}");
    assert!(matches!(blobs.create(spec(3)).await, Err(StoreError::Full)));
    assert!(matches!(half_written.seal().await, Err(StoreError::Full)));
    assert!(!directory.path().join("staging").join(spec(2).id.to_string()).exists(), "the partial file is gone");
    assert_eq!(store.monitor().free_bytes().unwrap(), 0);
    assert_eq!(meta.get(HERE, Table::Records, b"kept").await.unwrap().unwrap().len(), 10);
    assert_eq!(read(&*blobs, blob).await.unwrap(), b"kept");
    let mut overwrite = put(Table::Contents, "kept", 10);
    overwrite.delete(Table::Contents, "other");
    let refused = meta.commit(HERE, overwrite).await;
    assert!(matches!(refused, Err(CommitError::Store(StoreError::Full))), "a commit that stores contents grows");

    let mut deletion = Commit::new();
    deletion.delete(Table::Records, "kept").put(Table::Records, "note", "the blob is to go");
    meta.commit(HERE, deletion).await.expect("what frees space may use a part of the reserve");
    blobs.delete(blob).await.expect("a blob may be deleted");
    let mut deletion = Commit::new();
    deletion.delete(Table::Records, "note");
    meta.commit(HERE, deletion).await.expect("and so may the next");
    store.set_reserve_bytes(free.saturating_mul(8));
    let mut deletion = Commit::new();
    deletion.delete(Table::Records, "kept");
    let refused = meta.commit(HERE, deletion).await;
    assert!(matches!(refused, Err(CommitError::Store(StoreError::Full))), "there is a floor for these too");

    store.set_reserve_bytes(0);
    meta.commit(HERE, put(Table::Records, "new", 10)).await.expect("it goes on without a restart");
    write(&*blobs, spec(4), &Bytes::from("new")).await.expect("it goes on without a restart");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_commits_share_syncs() {
    const COMMITTERS: u64 = 64;
    const EACH: u64 = 8;
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let before = store.monitor().stats();
    assert_eq!(before.commits, 0);
    let tasks: Vec<_> = (0..COMMITTERS)
        .map(|task| {
            let meta = store.meta();
            tokio::spawn(async move {
                for at in 0..EACH {
                    meta.commit(HERE, put(Table::Contents, &format!("{task}/{at}"), 4096)).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let stats = store.monitor().stats();
    assert_eq!(stats.commits, COMMITTERS * EACH);
    assert!(stats.syncs > 0 && stats.syncs < stats.commits, "{stats:?}");
    assert_eq!(stats.groups, stats.syncs, "{stats:?}");
    assert!(stats.commit_bytes >= COMMITTERS * EACH * 4096, "{stats:?}");
}

#[tokio::test]
async fn a_group_may_overwrite_its_own_keys() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let meta = store.meta();
    // On one thread these all queue, in this order, before the first is answered; each requires what the one before wrote.
    let mut waiting = Vec::new();
    for at in 0..50u8 {
        let mut commit = Commit::new();
        commit.require("key", (at > 0).then(|| vec![at - 1].into()));
        commit.put(Table::Records, "key", vec![at]);
        let meta: Arc<dyn MetaStore> = Arc::clone(&meta);
        waiting.push(tokio::spawn(async move { meta.commit(HERE, commit).await }));
    }
    for result in waiting {
        result.await.unwrap().unwrap();
    }
    assert!(store.monitor().stats().groups < 50, "{:?}", store.monitor().stats());
    assert_eq!(meta.get(HERE, Table::Records, b"key").await.unwrap().unwrap(), [49][..]);
}

/// The engine alone would show halves of commits here: its flushes make a commit that is being applied visible.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_reader_sees_half_of_a_commit_while_memtables_are_flushed() {
    const MOVES: u64 = 160;
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let mut first = Commit::new();
    first.put(Table::Records, "token 0", "x");
    store.meta().commit(HERE, first).await.unwrap();
    let mover = {
        let meta = store.meta();
        tokio::spawn(async move {
            for at in 0..MOVES {
                let mut commit = put(Table::Contents, &format!("filler {}", at % 20), 400_000);
                commit.delete(Table::Records, format!("token {}", at % 2));
                commit.put(Table::Records, format!("token {}", (at + 1) % 2), "x");
                commit.put(Table::Records, format!("filler {at}"), vec![9; 100_000]);
                meta.commit(HERE, commit).await.unwrap();
            }
        })
    };
    let tokens = Scan { start: Bound::Included("token".into()), end: Bound::Unbounded, reverse: false, limit: 10 };
    while !mover.is_finished() {
        let found = store.meta().scan(HERE, tokens.clone()).await.unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        tokio::task::yield_now().await;
    }
    mover.await.unwrap();
}

#[tokio::test]
async fn damaged_metadata_is_corrupt_and_never_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    // More than the memtables hold, so that it reaches files.
    for at in 0..48 {
        store.meta().commit(HERE, put(Table::Contents, &format!("{at:02}"), 1 << 20)).await.unwrap();
    }
    store.close().await;
    let store = open(directory.path());
    for path in files(&directory.path().join("meta/keyspaces")) {
        let length = fs::metadata(&path).unwrap().len();
        if length > 1 << 20 {
            for at in (500_000..length - 500_000).step_by(300_000) {
                flip(&path, at);
            }
        }
    }
    let mut corrupt = 0;
    for at in 0..48 {
        match store.meta().get(HERE, Table::Contents, format!("{at:02}").as_bytes()).await {
            Ok(Some(value)) => assert_eq!(value, vec![7; 1 << 20]),
            Ok(None) => panic!("{at} is lost in silence"),
            Err(StoreError::Corrupt { .. }) => corrupt += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(corrupt > 0, "nothing that was read was damaged");
}
