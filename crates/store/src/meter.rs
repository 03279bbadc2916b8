//! Decorators that count what goes through them.
#![deny(clippy::missing_trait_methods)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};

use crate::{
    Blob, BlobFacts, BlobRef, BlobSpec, BlobStore, BlobWriter, Check, CheckedFile, Commit, CommitError, Entry,
    MetaStore, Partition, Position, Scan, StoreError, Table, Unsettled, Verified, Walked,
};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Live counters, shared by the decorators that were given them. They only grow.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($name: AtomicU64,)*
        }

        /// Counters as of one moment.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Counts {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Counters {
            /// The counters as they are.
            #[must_use]
            pub fn read(&self) -> Counts {
                Counts { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }
    };
}

counters! {
    /// Commits asked for.
    commits,
    /// Of these, those whose precondition did not hold.
    conflicts,
    /// Bytes of the keys and values of the commits asked for.
    commit_bytes,
    /// Keys asked for.
    gets,
    /// Bytes of the values found.
    get_bytes,
    /// Scans.
    scans,
    /// Entries that scans returned.
    scan_entries,
    /// Bytes of their keys and values.
    scan_bytes,
    /// Blobs started.
    creates,
    /// Bytes appended to blobs.
    append_bytes,
    /// Blobs sealed.
    seals,
    /// Blobs opened.
    opens,
    /// Reads of open blobs.
    reads,
    /// Bytes that these returned.
    read_bytes,
    /// Blobs duplicated.
    duplicates,
    /// Blobs deleted.
    deletes,
    /// Blobs settled.
    settles,
    /// Calls that only upkeep makes: walks, checks, verifications.
    upkeep,
    /// Calls that failed, other than for a precondition or a blob that is not there.
    failures,
}

fn add(counter: &AtomicU64, amount: usize) {
    counter.fetch_add(amount as u64, Ordering::Relaxed);
}

impl Counters {
    /// Counts a call, and its failure.
    fn called<T>(&self, counter: &AtomicU64, result: Result<T, StoreError>) -> Result<T, StoreError> {
        add(counter, 1);
        if result.as_ref().is_err_and(|error| !matches!(error, StoreError::NotFound)) {
            add(&self.failures, 1);
        }
        result
    }
}

/// A [`MetaStore`] that counts.
pub struct MeteredMetaStore {
    inner: Arc<dyn MetaStore>,
    counters: Arc<Counters>,
}

impl MeteredMetaStore {
    /// Counts in `counters` what goes to `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn MetaStore>, counters: Arc<Counters>) -> Self {
        Self { inner, counters }
    }
}

#[async_trait::async_trait]
impl MetaStore for MeteredMetaStore {
    async fn commit(&self, partition: Partition, commit: Commit) -> Result<(), CommitError> {
        add(&self.counters.commits, 1);
        add(&self.counters.commit_bytes, commit.size());
        let result = self.inner.commit(partition, commit).await;
        match &result {
            Ok(()) => {}
            Err(CommitError::Conflict) => add(&self.counters.conflicts, 1),
            Err(CommitError::Store(_)) => add(&self.counters.failures, 1),
        }
        result
    }

    async fn get(&self, partition: Partition, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let found = self.counters.called(&self.counters.gets, self.inner.get(partition, table, key).await)?;
        add(&self.counters.get_bytes, found.as_ref().map_or(0, Bytes::len));
        Ok(found)
    }

    async fn scan(&self, partition: Partition, scan: Scan) -> Result<Vec<Entry>, StoreError> {
        let entries = self.counters.called(&self.counters.scans, self.inner.scan(partition, scan).await)?;
        add(&self.counters.scan_entries, entries.len());
        add(&self.counters.scan_bytes, entries.iter().map(|(key, value)| key.len() + value.len()).sum());
        Ok(entries)
    }

    async fn walk(&self, table: Table, after: Option<Position>, limit: usize) -> Result<Vec<Walked>, StoreError> {
        self.counters.called(&self.counters.upkeep, self.inner.walk(table, after, limit).await)
    }

    async fn check(&self, after: Option<&str>) -> Result<Option<CheckedFile>, StoreError> {
        self.counters.called(&self.counters.upkeep, self.inner.check(after).await)
    }
}

/// A [`BlobStore`] that counts.
pub struct MeteredBlobStore {
    inner: Arc<dyn BlobStore>,
    counters: Arc<Counters>,
}

impl MeteredBlobStore {
    /// Counts in `counters` what goes to `inner`.
    #[must_use]
    pub fn new(inner: Arc<dyn BlobStore>, counters: Arc<Counters>) -> Self {
        Self { inner, counters }
    }
}

struct MeteredWriter {
    inner: Box<dyn BlobWriter>,
    counters: Arc<Counters>,
}

#[async_trait::async_trait]
impl BlobWriter for MeteredWriter {
    async fn append(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        let length = bytes.len();
        let result = self.inner.append(bytes).await;
        match &result {
            Ok(()) => add(&self.counters.append_bytes, length),
            Err(_) => add(&self.counters.failures, 1),
        }
        result
    }

    async fn seal(self: Box<Self>) -> Result<BlobRef, StoreError> {
        self.counters.called(&self.counters.seals, self.inner.seal().await)
    }
}

struct MeteredBlob {
    inner: Box<dyn Blob>,
    counters: Arc<Counters>,
}

#[async_trait::async_trait]
impl Blob for MeteredBlob {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    async fn read(&self, offset: u64, limit: usize, memory: BytesMut, check: Check) -> Result<BytesMut, StoreError> {
        let bytes = self.counters.called(&self.counters.reads, self.inner.read(offset, limit, memory, check).await)?;
        add(&self.counters.read_bytes, bytes.len());
        Ok(bytes)
    }
}

#[async_trait::async_trait]
impl BlobStore for MeteredBlobStore {
    async fn create(&self, spec: BlobSpec) -> Result<Box<dyn BlobWriter>, StoreError> {
        let inner = self.counters.called(&self.counters.creates, self.inner.create(spec).await)?;
        Ok(Box::new(MeteredWriter { inner, counters: Arc::clone(&self.counters) }))
    }

    async fn open(&self, blob: BlobRef) -> Result<Box<dyn Blob>, StoreError> {
        let inner = self.counters.called(&self.counters.opens, self.inner.open(blob).await)?;
        Ok(Box::new(MeteredBlob { inner, counters: Arc::clone(&self.counters) }))
    }

    async fn duplicate(&self, source: BlobRef, spec: BlobSpec) -> Result<BlobRef, StoreError> {
        self.counters.called(&self.counters.duplicates, self.inner.duplicate(source, spec).await)
    }

    async fn delete(&self, blob: BlobRef) -> Result<(), StoreError> {
        self.counters.called(&self.counters.deletes, self.inner.delete(blob).await)
    }

    async fn settle(&self, blob: BlobRef) {
        add(&self.counters.settles, 1);
        self.inner.settle(blob).await;
    }

    async fn unsettled(&self) -> Result<Vec<Unsettled>, StoreError> {
        self.inner.unsettled().await
    }

    async fn list(&self, after: Option<BlobRef>, limit: usize) -> Result<Vec<BlobRef>, StoreError> {
        self.counters.called(&self.counters.upkeep, self.inner.list(after, limit).await)
    }

    async fn inspect(&self, blob: BlobRef) -> Result<BlobFacts, StoreError> {
        self.counters.called(&self.counters.upkeep, self.inner.inspect(blob).await)
    }

    async fn verify(&self, blob: BlobRef, from: u64) -> Result<Verified, StoreError> {
        self.counters.called(&self.counters.upkeep, self.inner.verify(blob, from).await)
    }

    async fn quarantine(&self, blob: BlobRef) -> Result<(), StoreError> {
        self.counters.called(&self.counters.upkeep, self.inner.quarantine(blob).await)
    }

    async fn quarantined(&self) -> Result<Vec<BlobRef>, StoreError> {
        self.counters.called(&self.counters.upkeep, self.inner.quarantined().await)
    }

    async fn discard(&self, blob: BlobRef) -> Result<(), StoreError> {
        self.counters.called(&self.counters.upkeep, self.inner.discard(blob).await)
    }
}
