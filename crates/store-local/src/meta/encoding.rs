//! Keys and values as the key-value engine holds them: docs/formats/metadata.md.

use std::ops::Bound;

use bytes::{BufMut, Bytes, BytesMut};
use crc_fast::{CrcAlgorithm, Digest};
use larder_store::{Partition, StoreError, Table};

/// A partition's group and shard, big-endian: a partition's keys lie together, in their order.
const PREFIX_BYTES: usize = 10;

/// The CRC-32C in front of each value.
const CRC_BYTES: usize = 4;

fn prefix(partition: Partition) -> [u8; PREFIX_BYTES] {
    let mut prefix = [0; PREFIX_BYTES];
    prefix[..8].copy_from_slice(&partition.group.to_be_bytes());
    prefix[8..].copy_from_slice(&partition.shard.to_be_bytes());
    prefix
}

/// A key with its partition in front.
pub(super) fn full_key(partition: Partition, key: &[u8]) -> Bytes {
    let mut full = BytesMut::with_capacity(PREFIX_BYTES + key.len());
    full.put_slice(&prefix(partition));
    full.put_slice(key);
    full.freeze()
}

/// The partition of a key.
pub(super) fn partition_of(full: &[u8]) -> Option<Partition> {
    let (group, rest) = full.split_first_chunk()?;
    let (shard, _) = rest.split_first_chunk()?;
    Some(Partition { group: u64::from_be_bytes(*group), shard: u16::from_be_bytes(*shard) })
}

/// A key without its partition.
pub(super) fn strip(full: &Bytes) -> Bytes {
    full.slice(PREFIX_BYTES.min(full.len())..)
}

type Range = (Bound<Bytes>, Bound<Bytes>);

/// A range of a partition.
pub(super) fn range(partition: Partition, start: Bound<Bytes>, end: Bound<Bytes>) -> Range {
    let (first, last) = whole(partition);
    let within = |key: Bytes| full_key(partition, &key);
    let start = match start {
        Bound::Unbounded => first,
        bound => bound.map(within),
    };
    let end = match end {
        Bound::Unbounded => last,
        bound => bound.map(within),
    };
    (start, end)
}

/// All of a partition.
fn whole(partition: Partition) -> Range {
    let Partition { group, shard } = partition;
    let next = match shard.checked_add(1) {
        Some(shard) => Some(Partition { group, shard }),
        None => group.checked_add(1).map(|group| Partition { group, shard: 0 }),
    };
    let end = next.map_or(Bound::Unbounded, |next| Bound::Excluded(full_key(next, b"")));
    (Bound::Included(full_key(partition, b"")), end)
}

/// Over the key too: a value that is found under another key is not taken for its value.
fn checksum(full_key: &[u8], value: &[u8]) -> [u8; CRC_BYTES] {
    let mut digest = Digest::new(CrcAlgorithm::Crc32Iscsi);
    digest.update(full_key);
    digest.update(value);
    u32::try_from(digest.finalize()).expect("a CRC-32 has 32 bits").to_le_bytes()
}

/// A value with its checksum in front.
pub(super) fn seal_value(full_key: &[u8], value: &[u8]) -> Bytes {
    let mut sealed = BytesMut::with_capacity(CRC_BYTES + value.len());
    sealed.put_slice(&checksum(full_key, value));
    sealed.put_slice(value);
    sealed.freeze()
}

/// A value without its checksum, if it is the right one. Shares the memory of `sealed`.
pub(super) fn open_value(table: Table, full_key: &[u8], sealed: &Bytes) -> Result<Bytes, StoreError> {
    if sealed.len() >= CRC_BYTES {
        let value = sealed.slice(CRC_BYTES..);
        if sealed[..CRC_BYTES] == checksum(full_key, &value) {
            return Ok(value);
        }
    }
    let key = full_key.escape_ascii();
    Err(StoreError::Corrupt { what: format!("the value of {key} in {table:?} fails its checksum") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_only_taken_for_its_own_key() {
        let key = full_key(Partition { group: 1, shard: 2 }, b"key");
        let sealed = seal_value(&key, b"value");
        assert_eq!(open_value(Table::Records, &key, &sealed).unwrap(), "value");
        let other = full_key(Partition { group: 1, shard: 3 }, b"key");
        assert!(matches!(open_value(Table::Records, &other, &sealed), Err(StoreError::Corrupt { .. })));
        for at in 0..sealed.len() {
            let mut flipped = sealed.to_vec();
            flipped[at] ^= 0x10;
            let opened = open_value(Table::Contents, &key, &Bytes::from(flipped));
            assert!(matches!(opened, Err(StoreError::Corrupt { .. })), "byte {at}");
            let cut = open_value(Table::Contents, &key, &sealed.slice(..at));
            assert!(matches!(cut, Err(StoreError::Corrupt { .. })), "cut at {at}");
        }
    }

    #[test]
    fn the_last_partition_has_no_end() {
        let last = Partition { group: u64::MAX, shard: u16::MAX };
        assert_eq!(whole(last).1, Bound::Unbounded);
        let (start, end) = whole(Partition { group: 7, shard: u16::MAX });
        assert_eq!(start, Bound::Included(Bytes::from_static(&[0, 0, 0, 0, 0, 0, 0, 7, 255, 255])));
        assert_eq!(end, Bound::Excluded(Bytes::from_static(&[0, 0, 0, 0, 0, 0, 0, 8, 0, 0])));
    }
}
