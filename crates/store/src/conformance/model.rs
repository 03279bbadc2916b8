//! Sequences of operations, compared with maps after every step.

use std::collections::BTreeMap;
use std::ops::Bound;

use bytes::Bytes;

use super::{Factory, empty, noise};
use crate::{Commit, CommitError, MetaStore, Partition, Scan, Table};

/// One operation, on few enough keys that they meet.
#[derive(Clone, Debug)]
pub enum Operation {
    /// A commit to one of the partitions.
    Commit(Partition, Commit),
    /// A scan of one of them.
    Scan(Partition, Scan),
    /// The store is closed and opened again.
    Reopen,
}

/// Hands out numbers from a sequence of bytes.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn below(&mut self, end: u8) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        first % end
    }

    fn key(&mut self) -> Bytes {
        let length = usize::from(self.below(2)) + 1;
        (0..length).map(|_| [0, b'a', b'b', 0xff][usize::from(self.below(4))]).collect()
    }

    fn value(&mut self) -> Bytes {
        let seed = u64::from(self.below(4));
        noise(seed, [0, 3, 100, 5000][usize::from(self.below(4))])
    }

    fn partition(&mut self) -> Partition {
        Partition { group: 100, shard: u16::from(self.below(2)) }
    }

    fn bound(&mut self) -> Bound<Bytes> {
        match self.below(3) {
            0 => Bound::Unbounded,
            1 => Bound::Included(self.key()),
            _ => Bound::Excluded(self.key()),
        }
    }

    fn commit(&mut self) -> Commit {
        let mut commit = Commit::new();
        for _ in 0..self.below(2) {
            let (key, there) = (self.key(), self.below(3) > 0);
            let expected = there.then(|| self.value());
            commit.require(key, expected);
        }
        for _ in 0..self.below(5) {
            let table = [Table::Records, Table::Contents][usize::from(self.below(2))];
            let key = self.key();
            if commit.mutations.iter().any(|it| (it.table, &it.key) == (table, &key)) {
                continue;
            }
            match self.below(4) {
                0 => commit.delete(table, key),
                _ => commit.put(table, key, self.value()),
            };
        }
        commit
    }
}

/// Makes operations of any bytes.
#[must_use]
pub fn operations(bytes: &[u8]) -> Vec<Operation> {
    let mut numbers = Numbers(bytes);
    let mut made = Vec::new();
    while !numbers.0.is_empty() {
        let partition = numbers.partition();
        made.push(match numbers.below(32) {
            0 => Operation::Reopen,
            1..12 => {
                let (start, end) = (numbers.bound(), numbers.bound());
                let (reverse, limit) = (numbers.below(2) == 1, usize::from(numbers.below(12)));
                Operation::Scan(partition, Scan { start, end, reverse, limit })
            }
            _ => Operation::Commit(partition, numbers.commit()),
        });
    }
    made
}

type Maps = BTreeMap<(Partition, Table), BTreeMap<Bytes, Bytes>>;

fn apply(maps: &mut Maps, partition: Partition, commit: &Commit) -> bool {
    let records = maps.entry((partition, Table::Records)).or_default();
    if commit.preconditions.iter().any(|it| records.get(&it.key) != it.expected.as_ref()) {
        return false;
    }
    for it in &commit.mutations {
        let map = maps.entry((partition, it.table)).or_default();
        match &it.value {
            Some(value) => map.insert(it.key.clone(), value.clone()),
            None => map.remove(&it.key),
        };
    }
    true
}

fn expected(maps: &Maps, partition: Partition, scan: &Scan) -> Vec<(Bytes, Bytes)> {
    let records = maps.get(&(partition, Table::Records));
    let mut entries: Vec<_> = records.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect();
    entries.retain(|(key, _)| {
        let above = match &scan.start {
            Bound::Included(start) => key >= start,
            Bound::Excluded(start) => key > start,
            Bound::Unbounded => true,
        };
        above
            && match &scan.end {
                Bound::Included(end) => key <= end,
                Bound::Excluded(end) => key < end,
                Bound::Unbounded => true,
            }
    });
    if scan.reverse {
        entries.reverse();
    }
    entries.truncate(scan.limit);
    entries
}

async fn compare_all(meta: &dyn MetaStore, maps: &Maps) {
    for ((partition, table), map) in maps {
        for (key, value) in map {
            let found = meta.get(*partition, *table, key).await.expect("a read");
            assert_eq!(found.as_ref(), Some(value), "{partition:?} {table:?} {key:?}");
        }
        if *table == Table::Records {
            let all = Scan { start: Bound::Unbounded, end: Bound::Unbounded, reverse: false, limit: usize::MAX };
            let found = meta.scan(*partition, all.clone()).await.expect("a scan");
            assert_eq!(found, expected(maps, *partition, &all));
        }
    }
}

/// Carries out operations on a store and on maps, and compares. The store may hold anything; the partitions that operations
/// touch are emptied first.
pub async fn check(factory: &dyn Factory, operations: &[Operation]) {
    let mut meta = factory.open().await.meta;
    let mut maps = Maps::new();
    for shard in 0..2 {
        empty(&*meta, Partition { group: 100, shard }).await;
    }
    for operation in operations {
        match operation {
            Operation::Commit(partition, commit) => {
                let done = match meta.commit(*partition, commit.clone()).await {
                    Ok(()) => true,
                    Err(CommitError::Conflict) => false,
                    Err(CommitError::Store(error)) => panic!("{error}"),
                };
                assert_eq!(done, apply(&mut maps, *partition, commit), "{operation:?}");
                for it in &commit.mutations {
                    let found = meta.get(*partition, it.table, &it.key).await.expect("a read");
                    let kept = maps.get(&(*partition, it.table)).and_then(|map| map.get(&it.key));
                    assert_eq!(found.as_ref(), kept, "{operation:?}");
                }
            }
            Operation::Scan(partition, scan) => {
                let found = meta.scan(*partition, scan.clone()).await.expect("a scan");
                assert_eq!(found, expected(&maps, *partition, scan), "{operation:?}");
            }
            Operation::Reopen => {
                drop(meta);
                meta = factory.open().await.meta;
                compare_all(&*meta, &maps).await;
            }
        }
    }
    compare_all(&*meta, &maps).await;
}

pub(super) async fn run(factory: &dyn Factory) {
    check(factory, &operations(&noise(11, 3000))).await;
}
