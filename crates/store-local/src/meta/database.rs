//! The key-value engine as it is opened and read here.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fjall::config::{CompressionPolicy, PartitioningPolicy};
use fjall::{
    AbstractTree, CompressionType, Keyspace, KeyspaceCreateOptions, KvSeparationOptions, LsmError, OwnedWriteBatch,
    PersistMode, Readable, Snapshot,
};
use larder_store::{StoreError, Table};
use parking_lot::RwLock;

use crate::directory::sync_directory;
use crate::health::store_error;
use crate::meta::encoding;
use crate::meta::journal::{self, JournalError};
use crate::{LocalOptions, OpenError};

const MIB: u64 = 1024 * 1024;

/// Sealed memtables of a keyspace from which on commits wait for flushes. The engine waits at four, inside a commit and even
/// when the thread that flushes is dead, which would never end.
const SEALED_MEMTABLES: usize = 2;

/// Runs in the first level from which on commits wait for compactions; the engine does at 30.
const FIRST_LEVEL_RUNS: usize = 24;

/// How often a wait for flushes or compactions looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// The open key-value engine, and the state that readers see.
pub(super) struct Database {
    engine: fjall::Database,
    records: Keyspace,
    contents: Keyspace,
    /// The engine's own latest state would show a batch half applied: its flushes and compactions move the visible sequence
    /// number past that of a batch being written. So the committer, when no batch is under way, takes a snapshot for all.
    published: RwLock<Arc<Snapshot>>,
}

/// What both keyspaces have in common. The engine keeps it with a keyspace when that is made.
fn keyspace_options(memtable_bytes: u64) -> KeyspaceCreateOptions {
    // Indexes and filters are cut into blocks of a few KiB. Whole ones take up to megabytes, more than the cache keeps, and each
    // read would fetch and check them anew. On all levels, for a table can move to the next one as it is.
    let cut = || PartitioningPolicy::all(true);
    KeyspaceCreateOptions::default()
        .max_memtable_size(memtable_bytes)
        .manual_journal_persist(true)
        .index_block_partitioning_policy(cut())
        .filter_block_partitioning_policy(cut())
}

fn records_options(options: &LocalOptions) -> KeyspaceCreateOptions {
    keyspace_options(options.memtable_bytes)
        .data_block_compression_policy(CompressionPolicy::new([CompressionType::None, CompressionType::Lz4]))
}

/// Contents from 4 KiB on lie in files of their own, which compactions leave alone until a quarter of one is stale. They are
/// encrypted as a rule, so compressing them again is wasted.
fn contents_options(options: &LocalOptions) -> KeyspaceCreateOptions {
    let separation = KvSeparationOptions::default().compression(CompressionType::None).separation_threshold(4096);
    keyspace_options(options.memtable_bytes.saturating_mul(2))
        .data_block_compression_policy(CompressionPolicy::new([CompressionType::None]))
        .with_kv_separation(Some(separation))
}

fn open_error(path: &Path) -> impl Fn(fjall::Error) -> OpenError {
    let path = path.to_owned();
    move |error| match error {
        fjall::Error::Io(source) => OpenError::Io { what: "open the metadata in", path: path.clone(), source },
        fjall::Error::Locked => OpenError::InUse { path: path.clone() },
        error @ (fjall::Error::JournalRecovery(_) | fjall::Error::Unrecoverable) => {
            OpenError::Damaged { path: path.clone(), what: error.to_string() }
        }
        error => match read_error(error) {
            StoreError::Corrupt { what } => OpenError::Damaged { path: path.clone(), what },
            error => {
                let source = std::io::Error::other(error);
                OpenError::Io { what: "open the metadata in", path: path.clone(), source }
            }
        },
    }
}

fn open_engine(path: &Path, options: &LocalOptions) -> Result<fjall::Database, fjall::Error> {
    fjall::Database::builder(path)
        .cache_size(options.cache_bytes)
        .max_cached_files(Some(options.max_open_files.max(10)))
        .worker_threads(options.background_threads.max(1))
        .max_journaling_size(128 * MIB)
        .journal_compression(CompressionType::None)
        .manual_journal_persist(true)
        .open()
}

/// Removes what a first start left that was killed while it made the engine's files: with those there and its marker not, the
/// engine would never open. Only while there is nothing to lose: no tree, and not one byte in a journal.
fn remove_unfinished(path: &Path) -> io::Result<()> {
    // Three letters and a version, which are two writes.
    let marker = fs::read(path.join("version"));
    let trees = match fs::read_dir(path.join("keyspaces")) {
        Ok(mut trees) => trees.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(error),
    };
    if marker.is_ok_and(|bytes| bytes.len() >= 4 && bytes[3] != 0) || trees || journal::anything_written(path)? {
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

/// Opens the engine over journals that power loss may have torn.
///
/// When a batch fails its checksum, and the journal opens without its last batch, it was that one: a write under way, which
/// nobody was told is done.
fn open_over_torn_journal(path: &Path, options: &LocalOptions) -> Result<fjall::Database, OpenError> {
    remove_unfinished(path).map_err(OpenError::io("make anew the metadata in", path))?;
    let checked = journal::check(path).map_err(|error| match error {
        JournalError::Io(source) => OpenError::io("read the journals in", path)(source),
        damaged @ JournalError::Damaged { .. } => {
            OpenError::Damaged { path: path.to_owned(), what: damaged.to_string() }
        }
    })?;
    let error = match open_engine(path, options) {
        Err(error @ fjall::Error::JournalRecovery(_)) => error,
        result => return result.map_err(open_error(path)),
    };
    let failed = || OpenError::io("repair the journal in", path);
    let Some(torn) = checked.as_ref().map(journal::Tail::set_aside).transpose().map_err(failed())?.flatten() else {
        return Err(open_error(path)(error));
    };
    match open_engine(path, options) {
        Ok(engine) => {
            tracing::warn!(copy = %torn.copy().display(), "the last write to the journal was torn: set aside");
            Ok(engine)
        }
        Err(_) => {
            torn.put_back().map_err(failed())?;
            Err(open_error(path)(error))
        }
    }
}

/// Makes durable that the trees are there.
fn sync_trees(trees: &Path) -> io::Result<()> {
    for tree in fs::read_dir(trees)? {
        sync_directory(&tree?.path())?;
    }
    sync_directory(trees)
}

impl Database {
    pub(super) fn open(path: &Path, options: &LocalOptions) -> Result<Self, OpenError> {
        let engine = open_over_torn_journal(path, options)?;
        let records = engine.keyspace("records", || records_options(options)).map_err(open_error(path))?;
        let contents = engine.keyspace("contents", || contents_options(options)).map_err(open_error(path))?;
        // The engine syncs what it writes into a tree's directory and not the directory that names it.
        sync_trees(&path.join("keyspaces")).map_err(OpenError::io("sync", path))?;
        // A process that was killed may have left commits in the page cache only; they must not be seen before they are durable.
        engine.persist(PersistMode::SyncAll).map_err(open_error(path))?;
        let published = RwLock::new(Arc::new(engine.snapshot()));
        Ok(Self { engine, records, contents, published })
    }

    pub(super) fn keyspace(&self, table: Table) -> &Keyspace {
        match table {
            Table::Records => &self.records,
            Table::Contents => &self.contents,
        }
    }

    /// The state after the last commit.
    pub(super) fn published(&self) -> Arc<Snapshot> {
        Arc::clone(&self.published.read())
    }

    /// Lets readers see what was committed. Only for the committer, while no batch is under way.
    pub(super) fn publish(&self) {
        let latest = Arc::new(self.engine.snapshot());
        let before = std::mem::replace(&mut *self.published.write(), latest);
        drop(before);
    }

    pub(super) fn get(&self, state: &Snapshot, table: Table, full_key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let Some(found) = state.get(self.keyspace(table), full_key).map_err(read_error)? else {
            return Ok(None);
        };
        encoding::open_value(table, full_key, &Bytes::from(found)).map(Some)
    }

    /// A batch that is written as `mode` says when it is committed.
    pub(super) fn batch(&self, mode: PersistMode) -> OwnedWriteBatch {
        self.engine.batch().durability(Some(mode))
    }

    /// Waits until flushes and compactions have caught up enough for one more group.
    pub(super) fn wait_for_background_work(&self) -> Result<(), fjall::Error> {
        let behind = |keyspace: &Keyspace| {
            keyspace.sealed_memtable_count() >= SEALED_MEMTABLES || keyspace.tree.l0_run_count() >= FIRST_LEVEL_RUNS
        };
        while behind(&self.records) || behind(&self.contents) {
            // Fails when a flush or compaction did: then it will never catch up.
            self.engine.persist(PersistMode::Buffer)?;
            std::thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }
}

/// Tells damage from a failing device.
pub(super) fn read_error(error: fjall::Error) -> StoreError {
    let corrupt = |what: String| StoreError::Corrupt { what: format!("metadata: {what}") };
    match error {
        fjall::Error::Io(source) | fjall::Error::Storage(LsmError::Io(source)) => match source.kind() {
            // The engine's files have fixed lengths: one that ends early was cut.
            std::io::ErrorKind::UnexpectedEof => corrupt(source.to_string()),
            _ => store_error("read metadata", source),
        },
        fjall::Error::Storage(error) => corrupt(error.to_string()),
        fjall::Error::Decompress(_) | fjall::Error::InvalidTrailer | fjall::Error::InvalidTag(_) => {
            corrupt(error.to_string())
        }
        error => StoreError::Io { what: "read metadata".to_owned(), source: std::io::Error::other(error) },
    }
}
