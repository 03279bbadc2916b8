//! Metadata in maps.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::{Commit, CommitError, Entry, MetaStore, Partition, Position, Scan, StoreError, Table, Walked};

type Map = BTreeMap<Bytes, Bytes>;

/// A [`MetaStore`] in memory.
#[derive(Debug, Default)]
pub struct MemoryMetaStore {
    maps: Mutex<BTreeMap<(Partition, Table), Map>>,
}

impl MemoryMetaStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait::async_trait]
impl MetaStore for MemoryMetaStore {
    async fn commit(&self, partition: Partition, commit: Commit) -> Result<(), CommitError> {
        commit.validate()?;
        let mut maps = self.maps.lock();
        let records = maps.get(&(partition, Table::Records));
        let holds = |key: &Bytes| records.and_then(|records| records.get(key));
        if commit.preconditions.iter().any(|it| holds(&it.key) != it.expected.as_ref()) {
            return Err(CommitError::Conflict);
        }
        for mutation in commit.mutations {
            let map = maps.entry((partition, mutation.table)).or_default();
            match mutation.value {
                Some(value) => map.insert(mutation.key, value),
                None => map.remove(&mutation.key),
            };
        }
        Ok(())
    }

    async fn get(&self, partition: Partition, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        Ok(self.maps.lock().get(&(partition, table)).and_then(|map| map.get(key)).cloned())
    }

    async fn scan(&self, partition: Partition, scan: Scan) -> Result<Vec<Entry>, StoreError> {
        if scan.is_void() {
            return Ok(Vec::new());
        }
        let maps = self.maps.lock();
        let Some(records) = maps.get(&(partition, Table::Records)) else {
            return Ok(Vec::new());
        };
        let range = records.range::<Bytes, (Bound<Bytes>, Bound<Bytes>)>((scan.start, scan.end));
        let entry = |(key, value): (&Bytes, &Bytes)| (key.clone(), value.clone());
        Ok(match scan.reverse {
            false => range.take(scan.limit).map(entry).collect(),
            true => range.rev().take(scan.limit).map(entry).collect(),
        })
    }

    async fn walk(&self, table: Table, after: Option<Position>, limit: usize) -> Result<Vec<Walked>, StoreError> {
        let maps = self.maps.lock();
        let first = after.as_ref().map_or(Partition { group: 0, shard: 0 }, |(partition, _)| *partition);
        let of_table = maps.range((first, Table::Records)..).filter(|((_, found), _)| *found == table);
        let entries = of_table.flat_map(|((partition, _), map)| map.iter().map(move |entry| (*partition, entry)));
        let is_behind = |partition: Partition, key: &Bytes| {
            after.as_ref().is_none_or(|(reached, last)| (partition, key) > (*reached, last))
        };
        let behind = entries.filter(|(partition, (key, _))| is_behind(*partition, key));
        let walked = |(partition, (key, value)): (Partition, (&Bytes, &Bytes))| Walked {
            partition,
            key: key.clone(),
            value: Ok(value.clone()),
        };
        Ok(behind.take(limit).map(walked).collect())
    }
}
