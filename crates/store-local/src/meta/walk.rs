//! Walking over everything, damaged values included.

use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use fjall::Readable;
use larder_store::{Position, StoreError, Table, Walked};

use crate::meta::database::{Database, read_error};
use crate::meta::encoding;

/// Bytes of values that one step returns, but for its last.
const STEP_BYTES: usize = 4 * 1024 * 1024;

pub(super) fn walk(
    database: &Arc<Database>,
    table: Table,
    after: Option<Position>,
    limit: usize,
) -> Result<Vec<Walked>, StoreError> {
    let state = database.published();
    let start = after.map_or(Bound::Unbounded, |(partition, key)| Bound::Excluded(encoding::full_key(partition, &key)));
    let range = (start, Bound::<Bytes>::Unbounded);
    let (mut found, mut bytes) = (Vec::new(), 0);
    // Keys first: a value that lies apart and is damaged must not hide its key.
    for guard in state.range(database.keyspace(table), range).take(limit) {
        let full = match guard.key().map_err(read_error) {
            Ok(key) => Bytes::from(key),
            // The next step begins here, and fails.
            Err(_) if !found.is_empty() => break,
            Err(error) => return Err(error),
        };
        let partition = encoding::partition_of(&full).ok_or_else(|| StoreError::Corrupt {
            what: format!("the key {} in {table:?} names no partition", full.escape_ascii()),
        })?;
        let value = match database.get(&state, table, &full) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(StoreError::Corrupt { what: format!("{} in {table:?} has no value", full.escape_ascii()) }),
            Err(error) => Err(error),
        };
        bytes += full.len() + value.as_ref().map_or(0, Bytes::len);
        found.push(Walked { partition, key: encoding::strip(&full), value });
        if bytes >= STEP_BYTES {
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use larder_store::Partition;

    use super::*;

    #[test]
    fn a_key_names_its_partition() {
        let partition = Partition { group: 5, shard: 7 };
        assert_eq!(encoding::partition_of(&encoding::full_key(partition, b"k")), Some(partition));
        assert_eq!(encoding::partition_of(b"short"), None);
    }
}
