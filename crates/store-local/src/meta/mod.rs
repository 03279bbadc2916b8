//! Metadata in fjall: two keyspaces, one writer (the committer), readers on the state it published last.

mod committer;
mod database;
mod encoding;
pub(crate) mod files;
mod journal;
pub(crate) mod journal_check;
mod queue;
mod walk;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use fjall::Readable;
use larder_store::{
    CheckedFile, Commit, CommitError, Entry, MetaStore, Partition, Position, Scan, StoreError, Table, Walked,
};
use parking_lot::Mutex;

use crate::blob::blocking;
use crate::meta::committer::Committer;
use crate::meta::database::{Database, read_error};
use crate::meta::queue::Queue;
use crate::space::Purpose;
use crate::{LocalOptions, OpenError, Shared, upkeep};

/// The metadata half of the store.
pub(crate) struct LocalMetaStore {
    shared: Arc<Shared>,
    database: Arc<Database>,
    queue: Arc<Queue>,
    committer: Mutex<Option<std::thread::JoinHandle<()>>>,
}

/// Writes what the journals hold once more, so that the disk holds it too. See [`crate::health::Health`].
pub(crate) fn write_journals_anew(metadata: &Path) -> Result<(), OpenError> {
    journal::write_anew(metadata).map_err(OpenError::io("write anew the journals in", metadata))
}

impl LocalMetaStore {
    pub(crate) fn open(shared: Arc<Shared>, options: &LocalOptions) -> Result<Self, OpenError> {
        let path = shared.directory.metadata();
        let database = Arc::new(Database::open(&path, options)?);
        let queue = Arc::new(Queue::new());
        let committer = Committer::new(Arc::clone(&shared), Arc::clone(&database), Arc::clone(&queue));
        let committer = std::thread::Builder::new().name("larder-commit".to_owned()).spawn(move || committer.run());
        let committer = committer.map_err(OpenError::io("start the committer of", &path))?;
        Ok(Self { shared, database, queue, committer: Mutex::new(Some(committer)) })
    }

    /// Does `work` while nothing is written, and every commit that was answered is whole in the files.
    pub(crate) async fn between_groups<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        self.queue.between_groups(work).await
    }

    /// Lets the committer finish what was asked for, and waits for it.
    pub(crate) fn close(&self) {
        self.queue.close();
        if let Some(committer) = self.committer.lock().take()
            && committer.join().is_err()
        {
            self.shared.health.fail("the committer panicked".to_owned());
        }
    }
}

impl Drop for LocalMetaStore {
    fn drop(&mut self) {
        self.close();
    }
}

/// Commits that take something away and store no contents may use a part of the reserve: without them a full store could not
/// be emptied. Deleting an object also writes: its delete marker, the note that its blobs are to go.
fn purpose(commit: &Commit) -> Purpose {
    let deletes = commit.mutations.iter().any(|it| it.value.is_none());
    let stores = commit.mutations.iter().any(|it| it.table == Table::Contents && it.value.is_some());
    if deletes && !stores { Purpose::Shrink } else { Purpose::Grow }
}

// Reads run on the caller's thread rather than on a blocking one: what they need is mostly in memory (memtables, cached
// blocks, the page cache) and takes microseconds, less than the way to another thread and back.
#[async_trait::async_trait]
impl MetaStore for LocalMetaStore {
    async fn commit(&self, partition: Partition, commit: Commit) -> Result<(), CommitError> {
        commit.validate()?;
        self.shared.health.check()?;
        self.shared.space.admit(commit.size() as u64, purpose(&commit))?;
        self.queue.submit(partition, commit).await
    }

    async fn get(&self, partition: Partition, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.database.get(&self.database.published(), table, &encoding::full_key(partition, key))
    }

    async fn scan(&self, partition: Partition, scan: Scan) -> Result<Vec<Entry>, StoreError> {
        if scan.is_void() {
            return Ok(Vec::new());
        }
        let range = encoding::range(partition, scan.start, scan.end);
        let found = self.database.published().range(self.database.keyspace(Table::Records), range);
        let entry = |guard: fjall::Guard| {
            let (key, value) = guard.into_inner().map_err(read_error)?;
            let (key, value) = (Bytes::from(key), Bytes::from(value));
            let value = encoding::open_value(Table::Records, &key, &value)?;
            Ok((encoding::strip(&key), value))
        };
        match scan.reverse {
            false => found.take(scan.limit).map(entry).collect(),
            true => found.rev().take(scan.limit).map(entry).collect(),
        }
    }

    async fn walk(&self, table: Table, after: Option<Position>, limit: usize) -> Result<Vec<Walked>, StoreError> {
        let database = Arc::clone(&self.database);
        blocking(move || walk::walk(&database, table, after, limit)).await
    }

    async fn check(&self, after: Option<&str>) -> Result<Option<CheckedFile>, StoreError> {
        let (directory, after) = (self.shared.directory.path().to_owned(), after.map(str::to_owned));
        let checked = blocking(move || upkeep::check_next(&directory, after.as_deref())).await?;
        match checked {
            Some(file) if file.damage.is_some() => {
                // What looks damaged may be a batch on its way, or a file that was replaced in between: look again while
                // nothing is written. What is then listed and wrong is wrong.
                let (directory, name) = (self.shared.directory.path().to_owned(), file.name.clone());
                let again = self.queue.between_groups(move || upkeep::check_named(&directory, &name)).await?;
                Ok(Some(again?.unwrap_or(CheckedFile { damage: None, ..file })))
            }
            checked => Ok(checked),
        }
    }
}
