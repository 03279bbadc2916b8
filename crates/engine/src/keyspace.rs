//! Where each record lies: the keys of a bucket's index partitions and of the root partition.
//!
//! The first byte of a key says what it holds (see [`Kind`], and no other place reads it):
//!
//! | key in a bucket's partition | record |
//! |---|---|
//! | `C` key | the newest version of a key: object or delete marker |
//! | `V` escaped-key terminator !sequence | an older version; newest first |
//! | `U` escaped-key terminator upload-id | a multipart upload under way |
//! | `P` upload-id part-number | an uploaded part |
//! | `T` upload-id | what a completed upload became, kept so that a repeated Complete gets the same answer |
//! | `N` blob-id | names a blob: it belongs to something in this partition |
//! | `O` due-time nonce | the outbox: work to be done after a commit |
//! | `M` | the bucket is being deleted: no commit may pass |
//!
//! | key in the root partition | record |
//! |---|---|
//! | `B` name | a bucket |
//! | `X` bucket-id | a deleted bucket whose partitions are still to be cleared |
//!
//! As long as a key has any version, it has a `C` record: every change of a key's versions requires the `C` record it read,
//! which makes that record the point where writers of one key meet. Numbers are big-endian, so that bytes order as they do.

mod kind;

use std::ops::Bound;

use bytes::{BufMut, Bytes, BytesMut};
use larder_store::{BlobId, Partition, Scan};
use larder_types::{BucketName, ObjectKey, PartNumber, Timestamp, UploadId};

use crate::content::ContentId;
use crate::error::Error;

pub(crate) use kind::Kind;

/// The partition of bucket names.
pub(crate) const ROOT: Partition = Partition { group: 0, shard: 0 };

/// The least id of a bucket, which is the group of its partitions. Groups below are the server's own: 0 the root partition's,
/// others those of its services.
pub(crate) const FIRST_BUCKET: u64 = 1024;

/// The marker of a bucket under deletion.
pub(crate) const CLOSED: Bytes = Bytes::from_static(b"M");

/// Ends an escaped key; sorts below every escaped or plain byte, so that a key sorts before those it is a prefix of.
const TERMINATOR: [u8; 2] = [1, 1];

fn tagged(kind: Kind, capacity: usize) -> BytesMut {
    let mut key = BytesMut::with_capacity(1 + capacity);
    key.put_u8(kind.tag());
    key
}

/// Appends `key` so that no key is a prefix of another: the bytes 0 and 1 become pairs, [`TERMINATOR`] follows.
fn put_escaped(into: &mut BytesMut, key: &str) {
    for &byte in key.as_bytes() {
        match byte {
            0 => into.put_slice(&[1, 2]),
            1 => into.put_slice(&[1, 3]),
            _ => into.put_u8(byte),
        }
    }
    into.put_slice(&TERMINATOR);
}

/// Undoes [`put_escaped`]; gives the key and what follows its terminator. `None` when the bytes are not such a key.
fn split_escaped(bytes: &[u8]) -> Option<(String, &[u8])> {
    let mut key = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        match rest {
            [1, 1, tail @ ..] => return Some((String::from_utf8(key).ok()?, tail)),
            [1, 2, tail @ ..] => (key.push(0), rest = tail).1,
            [1, 3, tail @ ..] => (key.push(1), rest = tail).1,
            [byte, tail @ ..] if *byte > 1 => (key.push(*byte), rest = tail).1,
            _ => return None,
        }
    }
}

/// The record of a bucket.
pub(crate) fn bucket(name: &BucketName) -> Bytes {
    let mut key = tagged(Kind::Bucket, name.as_str().len());
    key.put_slice(name.as_str().as_bytes());
    key.freeze()
}

/// The name of a bucket record's key.
pub(crate) fn bucket_name(stored: &[u8]) -> Result<BucketName, Error> {
    let text = Kind::Bucket.strip(stored).and_then(|name| std::str::from_utf8(name).ok());
    text.and_then(|name| BucketName::parse(name).ok()).ok_or_else(|| Kind::Bucket.unreadable())
}

/// Bucket records whose names begin with `prefix` and sort after `after`.
pub(crate) fn buckets(prefix: &str, after: Option<&str>, limit: usize) -> Scan {
    let (start, end) = prefix_bounds(Kind::Bucket, prefix.as_bytes());
    let start = match after {
        Some(after) if after >= prefix => Bound::Excluded(raw(Kind::Bucket, after.as_bytes())),
        _ => start,
    };
    Scan { start, end, reverse: false, limit }
}

/// The record of a deleted bucket.
pub(crate) fn deleted_bucket(id: u64) -> Bytes {
    raw(Kind::DeletedBucket, &id.to_be_bytes())
}

/// The id of an `X` record's key.
pub(crate) fn deleted_bucket_id(stored: &[u8]) -> Result<u64, Error> {
    let id = Kind::DeletedBucket.strip(stored).and_then(|id| id.try_into().ok());
    id.map(u64::from_be_bytes).ok_or_else(|| Kind::DeletedBucket.unreadable())
}

/// Records of deleted buckets.
pub(crate) fn deleted_buckets(limit: usize) -> Scan {
    Kind::DeletedBucket.all(limit)
}

/// The newest version of a key.
pub(crate) fn current(key: &ObjectKey) -> Bytes {
    raw(Kind::Current, key.as_str().as_bytes())
}

/// An older version of a key.
pub(crate) fn older(key: &ObjectKey, sequence: u64) -> Bytes {
    let mut stored = tagged(Kind::Older, key.as_str().len() + 12);
    put_escaped(&mut stored, key.as_str());
    stored.put_u64(!sequence);
    stored.freeze()
}

/// A key's older versions, newest first; with `below`, only those of lower sequence.
pub(crate) fn olders_of(key: &ObjectKey, below: Option<u64>, limit: usize) -> Scan {
    let mut prefix = tagged(Kind::Older, key.as_str().len() + 12);
    put_escaped(&mut prefix, key.as_str());
    let end = after_prefix(&prefix);
    let start = match below {
        Some(sequence) => Bound::Excluded(older(key, sequence)),
        None => Bound::Included(prefix.freeze()),
    };
    Scan { start, end, reverse: false, limit }
}

/// A multipart upload.
pub(crate) fn upload(key: &ObjectKey, id: UploadId) -> Bytes {
    let mut stored = tagged(Kind::Upload, key.as_str().len() + 20);
    put_escaped(&mut stored, key.as_str());
    put_upload_id(&mut stored, id);
    stored.freeze()
}

/// The records that a listing goes through in order of object key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Index {
    /// The newest version of each key.
    Currents,
    /// Older versions, newest first within a key.
    Olders,
    /// Multipart uploads, in order of their start within a key.
    Uploads,
}

/// A record's place among those of the same object key: what follows the key, in the order it is stored. For an older
/// version 0 and the complement of its sequence, for an upload its id.
pub(crate) type Rank = (u64, u64);

impl Index {
    /// The kind of its records.
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Currents => Kind::Current,
            Self::Olders => Kind::Older,
            Self::Uploads => Kind::Upload,
        }
    }

    /// How the records of all keys that begin with `prefix` begin.
    fn stem(self, prefix: &str) -> BytesMut {
        let mut stem = tagged(self.kind(), prefix.len() + 20);
        match self {
            Self::Currents => stem.put_slice(prefix.as_bytes()),
            Self::Olders | Self::Uploads => {
                put_escaped(&mut stem, prefix);
                stem.truncate(stem.len() - TERMINATOR.len());
            }
        }
        stem
    }

    /// Where keys that sort at or after `text` start.
    pub(crate) fn at(self, text: &str) -> Bytes {
        self.stem(text).freeze()
    }

    /// Just behind all records of the keys that begin with `prefix`.
    pub(crate) fn after_prefix(self, prefix: &str) -> Bytes {
        match after_prefix(&self.stem(prefix)) {
            Bound::Excluded(end) => end,
            _ => unreachable!("no tag is the highest byte"),
        }
    }

    /// Just behind all records of one key.
    pub(crate) fn after_key(self, key: &str) -> Bytes {
        let mut stem = self.stem(key);
        match self {
            // The lowest text above a key is the key with a NUL behind it.
            Self::Currents => stem.put_u8(0),
            // The terminator's last byte, raised by one, sorts above all that has the terminator and below all else.
            Self::Olders | Self::Uploads => stem.put_slice(&[TERMINATOR[0], TERMINATOR[1] + 1]),
        }
        stem.freeze()
    }

    /// Just behind one record of a key.
    pub(crate) fn after_record(self, key: &str, rank: Rank) -> Bytes {
        if self == Self::Currents {
            return self.after_key(key);
        }
        let mut stem = self.stem(key);
        stem.put_slice(&TERMINATOR);
        if self == Self::Uploads {
            stem.put_u64(rank.0);
        }
        stem.put_u64(rank.1);
        stem.put_u8(0);
        stem.freeze()
    }

    /// The object key and rank of a stored key.
    pub(crate) fn read(self, stored: &[u8]) -> Result<(ObjectKey, Rank), Error> {
        self.split(stored).ok_or_else(|| self.kind().unreadable())
    }

    fn split(self, stored: &[u8]) -> Option<(ObjectKey, Rank)> {
        let rest = self.kind().strip(stored)?;
        if self == Self::Currents {
            return Some((ObjectKey::parse(std::str::from_utf8(rest).ok()?).ok()?, (0, 0)));
        }
        let (key, rank) = split_escaped(rest)?;
        let rank = match self {
            Self::Uploads => read_upload_id(rank).map(|id| (id.sequence, id.nonce))?,
            _ => (0, u64::from_be_bytes(rank.try_into().ok()?)),
        };
        Some((ObjectKey::parse(&key).ok()?, rank))
    }
}

/// A part of an upload.
pub(crate) fn part(upload: UploadId, number: PartNumber) -> Bytes {
    let mut stored = tagged(Kind::Part, 18);
    put_upload_id(&mut stored, upload);
    stored.put_u16(number.get());
    stored.freeze()
}

/// The number of a `P` record's key.
pub(crate) fn part_number(stored: &[u8]) -> Result<PartNumber, Error> {
    let number = Kind::Part.strip(stored).and_then(|rest| rest.get(16..)?.try_into().ok()).map(u16::from_be_bytes);
    number.and_then(|number| PartNumber::new(i64::from(number)).ok()).ok_or_else(|| Kind::Part.unreadable())
}

/// The upload of a `P` record's key.
pub(crate) fn part_upload(stored: &[u8]) -> Result<UploadId, Error> {
    let id = Kind::Part.strip(stored).and_then(|rest| read_upload_id(rest.get(..16)?));
    id.ok_or_else(|| Kind::Part.unreadable())
}

/// An upload's parts in order of number, those after `after`.
pub(crate) fn parts(upload: UploadId, after: u16, limit: usize) -> Scan {
    let mut prefix = tagged(Kind::Part, 18);
    put_upload_id(&mut prefix, upload);
    let end = after_prefix(&prefix);
    prefix.put_u16(after);
    Scan { start: Bound::Excluded(prefix.freeze()), end, reverse: false, limit }
}

/// What a completed upload became.
pub(crate) fn completed(upload: UploadId) -> Bytes {
    let mut stored = tagged(Kind::Completed, 16);
    put_upload_id(&mut stored, upload);
    stored.freeze()
}

/// Names a blob.
pub(crate) fn named_blob(id: BlobId) -> Bytes {
    raw(Kind::NamedBlob, &id.0)
}

/// The id of an `N` record's key.
pub(crate) fn named_blob_id(stored: &[u8]) -> Result<BlobId, Error> {
    let id = Kind::NamedBlob.strip(stored).and_then(|id| id.try_into().ok());
    id.map(BlobId).ok_or_else(|| Kind::NamedBlob.unreadable())
}

/// An entry of the outbox.
pub(crate) fn outbox(due: Timestamp, nonce: u64) -> Bytes {
    let mut stored = tagged(Kind::Outbox, 16);
    stored.put_u64(u64::try_from(due.as_millis()).unwrap_or(0));
    stored.put_u64(nonce);
    stored.freeze()
}

/// When an entry of the outbox is due.
pub(crate) fn outbox_due(stored: &[u8]) -> Result<Timestamp, Error> {
    let due = Kind::Outbox.strip(stored).and_then(|rest| rest.get(..8)?.try_into().ok()).map(u64::from_be_bytes);
    let millis = due.and_then(|due| i64::try_from(due).ok());
    millis.map(Timestamp::from_millis).ok_or_else(|| Kind::Outbox.unreadable())
}

/// Entries of the outbox in order of their due time, after `after`.
pub(crate) fn outbox_entries(after: Option<&Bytes>, limit: usize) -> Scan {
    let mut scan = Kind::Outbox.all(limit);
    if let Some(after) = after {
        scan.start = Bound::Excluded(after.clone());
    }
    scan
}

/// A small content or a manifest, in the contents table.
pub(crate) fn content(id: ContentId) -> Bytes {
    Bytes::copy_from_slice(&id.to_bytes())
}

/// Spreads keys over a bucket's partitions (FNV-1a, 64 bits): the same key is always in the same one.
pub(crate) fn shard_of(key: &ObjectKey, shards: u16) -> u16 {
    if shards <= 1 {
        return 0;
    }
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for &byte in key.as_str().as_bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    // The low bits of FNV mix worst; fold the high ones in.
    ((hash ^ (hash >> 32)) % u64::from(shards)) as u16
}

fn raw(kind: Kind, bytes: &[u8]) -> Bytes {
    let mut key = tagged(kind, bytes.len());
    key.put_slice(bytes);
    key.freeze()
}

fn prefix_bounds(kind: Kind, prefix: &[u8]) -> (Bound<Bytes>, Bound<Bytes>) {
    let start = raw(kind, prefix);
    let end = after_prefix(&start);
    (Bound::Included(start), end)
}

/// The bound just past everything that begins with `prefix`.
pub(crate) fn after_prefix(prefix: &[u8]) -> Bound<Bytes> {
    let kept = prefix.iter().rposition(|&byte| byte < 0xff);
    match kept {
        Some(last) => {
            let mut end = BytesMut::from(&prefix[..=last]);
            end[last] += 1;
            Bound::Excluded(end.freeze())
        }
        None => Bound::Unbounded,
    }
}

fn put_upload_id(into: &mut BytesMut, id: UploadId) {
    into.put_u64(id.sequence);
    into.put_u64(id.nonce);
}

fn read_upload_id(bytes: &[u8]) -> Option<UploadId> {
    let sequence: [u8; 8] = bytes.get(..8)?.try_into().ok()?;
    let nonce: [u8; 8] = bytes.get(8..16)?.try_into().ok()?;
    (bytes.len() == 16).then_some(UploadId { sequence: u64::from_be_bytes(sequence), nonce: u64::from_be_bytes(nonce) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> impl Strategy<Value = ObjectKey> {
        "[\u{0}\u{1}\u{2}a\u{e4}/\u{ff}]{1,12}".prop_map(|text| ObjectKey::parse(&text).unwrap())
    }

    proptest! {
        #[test]
        fn older_versions_sort_by_key_then_newest_first(a in key(), b in key(), x: u64, y: u64) {
            let stored = older(&a, x).cmp(&older(&b, y));
            prop_assert_eq!(stored, a.cmp(&b).then(y.cmp(&x)));
        }

        #[test]
        fn upload_keys_round_trip_and_sort(a in key(), b in key(), sequence: u64, nonce: u64) {
            let id = UploadId { sequence, nonce };
            prop_assert_eq!(Index::Uploads.read(&upload(&a, id)).ok(), Some((a.clone(), (sequence, nonce))));
            prop_assert_eq!(Index::Olders.read(&older(&a, sequence)).ok(), Some((a.clone(), (0, !sequence))));
            if a != b {
                prop_assert_eq!(upload(&a, id).cmp(&upload(&b, id)), a.cmp(&b));
            }
        }

        #[test]
        fn every_index_is_cut_where_its_keys_are(a in key(), text in key(), x: u64, y: u64) {
            let id = |number| UploadId { sequence: 7, nonce: number };
            for (index, stored, rank) in [
                (Index::Currents, current(&a), (0, 0)),
                (Index::Olders, older(&a, !x), (0, y)),
                (Index::Uploads, upload(&a, id(x)), (7, y)),
            ] {
                let text = text.as_str();
                prop_assert_eq!(stored >= index.at(text), a.as_str() >= text);
                prop_assert_eq!(stored >= index.after_key(text), a.as_str() > text);
                let behind = a.as_str() > text && !a.as_str().starts_with(text);
                prop_assert_eq!(stored >= index.after_prefix(text), behind);
                if index != Index::Currents {
                    prop_assert_eq!(stored >= index.after_record(a.as_str(), rank), x > y);
                }
            }
        }

        #[test]
        fn nothing_but_its_own_versions_is_in_a_keys_history(a in key(), b in key(), x: u64) {
            let scan = olders_of(&a, None, 1);
            let stored = older(&b, x);
            let Bound::Included(start) = &scan.start else { panic!("bounded") };
            let Bound::Excluded(end) = &scan.end else { panic!("bounded") };
            prop_assert_eq!(stored >= *start && stored < *end, a == b);
        }
    }
}
