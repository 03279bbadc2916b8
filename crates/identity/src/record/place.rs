//! Where each record lies.
//!
//! All accounts are in one partition. The first byte of a key says what it holds:
//!
//! | key | record |
//! |---|---|
//! | `N` | the generation: how often anything was changed |
//! | `A` account | an account |
//! | `U` account user-id | a user |
//! | `G` account group-id | a group |
//! | `R` account role-id | a role |
//! | `P` account policy-id | a customer managed policy |
//! | `K` account access-key-id | an access key |
//! | `M` account path-and-name | an MFA device |
//! | `O` account url | an OpenID Connect provider |
//! | `L` account id | when a key or a role was last used |
//!
//! An account's number is 8 bytes, big-endian.

use bytes::{BufMut, Bytes, BytesMut};
use larder_store::Partition;
use larder_types::AccountId;

/// The partition of all accounts. The engine keeps its own partitions out of this group.
pub(crate) const PARTITION: Partition = Partition { group: 1, shard: 0 };

/// The generation.
pub(crate) const GENERATION: Bytes = Bytes::from_static(b"N");

/// An account's own record.
pub(crate) const ACCOUNT: u8 = b'A';

/// The key of a record.
pub(crate) fn key(tag: u8, account: AccountId, record_id: &str) -> Bytes {
    let mut key = BytesMut::with_capacity(9 + record_id.len());
    key.put_u8(tag);
    key.put_u64(account.as_number());
    key.put_slice(record_id.as_bytes());
    key.freeze()
}

/// What a key says: tag, account, id.
pub(crate) fn read(key: &[u8]) -> Option<(u8, AccountId, &str)> {
    let (&tag, rest) = key.split_first()?;
    let (account, id) = rest.split_at_checked(8)?;
    let account = u64::from_be_bytes(account.try_into().ok()?);
    let parsed = AccountId::from_number(account);
    // More than twelve digits are no account.
    (parsed.as_number() == account).then_some((tag, parsed, std::str::from_utf8(id).ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_key_reads_back(tag: u8, account in 0..1_000_000_000_000_u64, id: String) {
            let account = AccountId::from_number(account);
            let key = key(tag, account, &id);
            prop_assert_eq!(read(&key), Some((tag, account, id.as_str())));
        }
    }
}
