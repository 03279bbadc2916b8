//! Metadata: an ordered key-value map divided into partitions.

use std::collections::HashSet;
use std::ops::Bound;

use bytes::Bytes;

use crate::error::{CommitError, StoreError, unsupported};

/// Longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 4096;

/// Largest commit: the bytes of its keys and values together. What may wait to be committed is bounded by it.
pub const MAX_COMMIT_BYTES: usize = 8 * 1024 * 1024;

/// Names a partition: what one commit can touch. Partitions need not be created; an unknown one is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition {
    /// Partitions that belong together, such as those of one bucket.
    pub group: u64,
    /// Which of them.
    pub shard: u16,
}

/// The two maps of a partition. They are committed together and stored apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Records: scanned, compared in preconditions, up to 1 MiB each and mostly below 1 KiB.
    Records,
    /// Contents of small objects: only ever put, got and deleted by key, so that no scan of records reads them.
    Contents,
}

/// What one key of the partition's records must hold for a commit to be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precondition {
    /// The key, in [`Table::Records`].
    pub key: Bytes,
    /// Its exact value, or `None` for a key that must not be there.
    pub expected: Option<Bytes>,
}

/// A change to one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutation {
    /// The map.
    pub table: Table,
    /// The key: 1 to 4,096 bytes.
    pub key: Bytes,
    /// Its new value, or `None` to delete it.
    pub value: Option<Bytes>,
}

/// Changes to one partition that become visible and durable together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    /// What must hold first; all are checked against the state just before this commit.
    pub preconditions: Vec<Precondition>,
    /// The changes; no key occurs twice.
    pub mutations: Vec<Mutation>,
}

impl Commit {
    /// An empty commit.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires that a record's key holds exactly `expected`, or nothing.
    pub fn require(&mut self, key: impl Into<Bytes>, expected: Option<Bytes>) -> &mut Self {
        self.preconditions.push(Precondition { key: key.into(), expected });
        self
    }

    /// Sets a key.
    pub fn put(&mut self, table: Table, key: impl Into<Bytes>, value: impl Into<Bytes>) -> &mut Self {
        self.mutations.push(Mutation { table, key: key.into(), value: Some(value.into()) });
        self
    }

    /// Removes a key; removing one that is not there does nothing.
    pub fn delete(&mut self, table: Table, key: impl Into<Bytes>) -> &mut Self {
        self.mutations.push(Mutation { table, key: key.into(), value: None });
        self
    }

    /// The bytes of all keys and values in it.
    #[must_use]
    pub fn size(&self) -> usize {
        let required = self.preconditions.iter().map(|it| it.key.len() + it.expected.as_ref().map_or(0, Bytes::len));
        let changed = self.mutations.iter().map(|it| it.key.len() + it.value.as_ref().map_or(0, Bytes::len));
        required.chain(changed).sum()
    }

    /// Checks what every backend relies on: keys of 1 to [`MAX_KEY_BYTES`] bytes, none changed twice, and at most
    /// [`MAX_COMMIT_BYTES`] in all.
    ///
    /// # Errors
    /// [`StoreError::Io`] of kind `InvalidInput`: a mistake of the caller.
    pub fn validate(&self) -> Result<(), StoreError> {
        let refuse = |why: &'static str| {
            let source = std::io::Error::new(std::io::ErrorKind::InvalidInput, why);
            Err(StoreError::Io { what: "take a commit".to_owned(), source })
        };
        let keys = self.preconditions.iter().map(|it| &it.key).chain(self.mutations.iter().map(|it| &it.key));
        if keys.into_iter().any(|key| key.is_empty() || key.len() > MAX_KEY_BYTES) {
            return refuse("a key has an impossible length");
        }
        if self.size() > MAX_COMMIT_BYTES {
            return refuse("the commit is too large");
        }
        let mut changed = HashSet::with_capacity(self.mutations.len());
        if self.mutations.iter().any(|it| !changed.insert((it.table, &it.key))) {
            return refuse("a key is changed twice");
        }
        Ok(())
    }
}

/// Which records to read, in what order, and how many at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// From where.
    pub start: Bound<Bytes>,
    /// Up to where.
    pub end: Bound<Bytes>,
    /// From the end towards the start.
    pub reverse: bool,
    /// At most this many entries; fewer only when the range holds no more.
    pub limit: usize,
}

impl Scan {
    /// Whether no key can lie in the range, such as when its start is behind its end.
    #[must_use]
    pub fn is_void(&self) -> bool {
        match (&self.start, &self.end) {
            (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
            (Bound::Included(start), Bound::Included(end)) => start > end,
            (Bound::Included(start) | Bound::Excluded(start), Bound::Included(end) | Bound::Excluded(end)) => {
                start >= end
            }
        }
    }
}

/// A record's key and value.
pub type Entry = (Bytes, Bytes);

/// Where an entry lies among all that a store holds.
pub type Position = (Partition, Bytes);

/// An entry that a walk over everything came to.
#[derive(Debug)]
pub struct Walked {
    /// Its partition.
    pub partition: Partition,
    /// Its key.
    pub key: Bytes,
    /// Its value, or why it cannot be had: the walk goes on behind it.
    pub value: Result<Bytes, StoreError>,
}

/// One of a store's own files, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedFile {
    /// Its name, for the operator and for [`MetaStore::check`].
    pub name: String,
    /// Bytes read.
    pub bytes: u64,
    /// What is wrong with it.
    pub damage: Option<String>,
}

/// An ordered key-value map in partitions.
///
/// A read that starts after a commit returned sees it. Keys order by their bytes.
#[async_trait::async_trait]
pub trait MetaStore: Send + Sync + 'static {
    /// Carries out a commit: atomic, and durable when this returns.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] when a precondition does not hold; nothing is changed then. After
    /// [`CommitError::Store`] it is unknown whether the commit will be visible after a restart; until then it is not.
    async fn commit(&self, partition: Partition, commit: Commit) -> Result<(), CommitError>;

    /// The value of one key.
    ///
    /// # Errors
    /// When the store cannot be read or what it holds is damaged.
    async fn get(&self, partition: Partition, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError>;

    /// Records of one partition in order, all as of one moment.
    ///
    /// # Errors
    /// When the store cannot be read or what it holds is damaged.
    async fn scan(&self, partition: Partition, scan: Scan) -> Result<Vec<Entry>, StoreError>;

    /// Entries of one table of *all* partitions, in order of partition and key, behind `after`: at least one and at most
    /// `limit`, none at the end. Each call sees another moment.
    ///
    /// # Errors
    /// When the walk cannot go on: the store cannot be read, or damage hides the keys that follow.
    async fn walk(&self, table: Table, after: Option<Position>, limit: usize) -> Result<Vec<Walked>, StoreError> {
        let _ = (table, after, limit);
        Err(unsupported("walk over everything"))
    }

    /// Checks the first of the store's own files whose name sorts behind `after`, from the device rather than from memory.
    /// `None` when there is none: all were checked. A store without files of its own has none.
    ///
    /// # Errors
    /// When the files cannot be listed. One that cannot be read is damaged.
    async fn check(&self, after: Option<&str>) -> Result<Option<CheckedFile>, StoreError> {
        let _ = after;
        Ok(None)
    }
}
