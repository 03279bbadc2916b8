//! Where each record lies.
//!
//! All keys are in one partition. The first byte of a key of the store says what it holds:
//!
//! | key | record |
//! |---|---|
//! | `N` | the generation: how often anything was changed |
//! | `K` place key-id | a key |
//! | `M` place key-id `/` material-id | key material |
//! | `A` place name | an alias |
//! | `G` place key-id `/` grant-id | a grant |
//! | `Q` place request-id | a request to raise a quota |
//! | `L` place code | what a quota was raised to |
//!
//! A place is an account (8 bytes, big-endian) and a region (its length in a byte, and its name).

use bytes::{BufMut, Bytes, BytesMut};
use larder_store::Partition;
use larder_types::{AccountId, Region};

use crate::state::Place;

/// The partition of all keys. The engine keeps its own partitions out of this group.
pub(crate) const PARTITION: Partition = Partition { group: 2, shard: 0 };

/// The generation.
pub(crate) const GENERATION: Bytes = Bytes::from_static(b"N");

/// The first bytes of keys.
pub(crate) mod tag {
    pub(crate) const KEY: u8 = b'K';
    pub(crate) const MATERIAL: u8 = b'M';
    pub(crate) const ALIAS: u8 = b'A';
    pub(crate) const GRANT: u8 = b'G';
    pub(crate) const QUOTA_REQUEST: u8 = b'Q';
    pub(crate) const APPLIED_QUOTA: u8 = b'L';
}

/// The key of a record.
pub(crate) fn key(tag: u8, account: AccountId, region: &Region, id: &str) -> Bytes {
    let region = region.as_str();
    let mut key = BytesMut::with_capacity(10 + region.len() + id.len());
    key.put_u8(tag);
    key.put_u64(account.as_number());
    key.put_u8(u8::try_from(region.len()).expect("a region's name has at most 63 bytes"));
    key.put_slice(region.as_bytes());
    key.put_slice(id.as_bytes());
    key.freeze()
}

/// The key of a record of a key: of its material or a grant.
pub(crate) fn key_of_part(tag: u8, account: AccountId, region: &Region, key_id: &str, part: &str) -> Bytes {
    key(tag, account, region, &format!("{key_id}/{part}"))
}

/// What a key says: tag, place, id.
pub(crate) fn read(key: &[u8]) -> Option<(u8, Place, &str)> {
    let (&tag, rest) = key.split_first()?;
    let (account, rest) = rest.split_at_checked(8)?;
    let account = u64::from_be_bytes(account.try_into().ok()?);
    let parsed = AccountId::from_number(account);
    let (&length, rest) = rest.split_first()?;
    let (region, id) = rest.split_at_checked(usize::from(length))?;
    let region = Region::parse(std::str::from_utf8(region).ok()?).ok()?;
    // More than twelve digits are no account.
    (parsed.as_number() == account).then_some((tag, (parsed, region), std::str::from_utf8(id).ok()?))
}
