//! The embedded backend: fjall for metadata with group commit, files for blobs, in one directory of one machine.
//!
//! Owns `FORMAT`, `LOCK`, `meta`, `blobs` and `staging` in the data directory (docs/formats/data-directory.md) and nothing else
//! there. Invariants:
//! - nothing is answered, and no commit is seen by a reader, before it is durable;
//! - after a failed sync of anything but a blob's own bytes, nothing is written any more until the store is opened again;
//! - what is read has been verified against a checksum that knows where it belongs.

mod backup;
mod blob;
mod checkpoint;
mod directory;
mod error;
pub mod fuzz_entry;
mod health;
mod meta;
mod options;
mod space;
mod stats;
mod upkeep;

use std::path::Path;
use std::sync::Arc;

use larder_store::{BlobStore, MetaStore};

pub use backup::{BackupError, BackupSource, Copied, back_up, backups, restore};
pub use blob::format as blob_format;
pub use checkpoint::{Checkpoint, Checkpoints};
pub use error::OpenError;
pub use options::{Durability, LocalOptions};
pub use stats::Stats;
pub use upkeep::check_closed;

use crate::blob::LocalBlobStore;
use crate::directory::DataDirectory;
use crate::health::Health;
use crate::meta::LocalMetaStore;
use crate::space::Space;
use crate::stats::Counters;

/// What both halves of the store share.
#[derive(Debug)]
struct Shared {
    directory: DataDirectory,
    durability: Durability,
    health: Health,
    space: Space,
    counters: Counters,
}

/// Watches an open data directory, which stays locked until this is dropped too.
#[derive(Clone, Debug)]
pub struct Monitor(Arc<Shared>);

impl Monitor {
    /// What the store has done since it was opened.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.counters.read()
    }

    /// Why the store refuses writes, if it does.
    #[must_use]
    pub fn read_only(&self) -> Option<&str> {
        self.0.health.failure()
    }

    /// Bytes that are free above the reserve; none when growing writes are refused.
    ///
    /// # Errors
    /// When the file system cannot be asked.
    pub fn free_bytes(&self) -> std::io::Result<u64> {
        self.0.space.free_bytes()
    }
}

/// An open data directory.
///
/// The directory stays locked until this and everything it gave out is dropped.
pub struct LocalStore {
    shared: Arc<Shared>,
    meta: Arc<LocalMetaStore>,
    blobs: Arc<LocalBlobStore>,
}

impl LocalStore {
    /// Opens a data directory, and makes it when it is not there. Blocks: replays what was committed but not yet sorted away.
    ///
    /// # Errors
    /// When it cannot be read or written, is in use, is of a newer version, or is damaged.
    pub fn open(path: &Path, options: LocalOptions) -> Result<Self, OpenError> {
        let directory = DataDirectory::open(path)?;
        checkpoint::remove_all(path)?;
        let space = Space::new(directory.handle()?, &options).map_err(OpenError::io("measure", path))?;
        let mark = directory.failure_mark();
        let failed = mark.try_exists().map_err(OpenError::io("look for", &mark))?;
        if failed {
            meta::write_journals_anew(&directory.metadata())?;
        }
        let shared = Arc::new(Shared {
            directory,
            durability: options.durability,
            health: Health::new(mark.clone()),
            space,
            counters: Counters::default(),
        });
        let meta = Arc::new(LocalMetaStore::open(Arc::clone(&shared), &options)?);
        let blobs = Arc::new(LocalBlobStore::open(Arc::clone(&shared))?);
        if failed {
            std::fs::remove_file(&mark).map_err(OpenError::io("remove", &mark))?;
        }
        Ok(Self { shared, meta, blobs })
    }

    /// Its metadata.
    #[must_use]
    pub fn meta(&self) -> Arc<dyn MetaStore> {
        Arc::clone(&self.meta) as Arc<dyn MetaStore>
    }

    /// Its blobs.
    #[must_use]
    pub fn blobs(&self) -> Arc<dyn BlobStore> {
        Arc::clone(&self.blobs) as Arc<dyn BlobStore>
    }

    /// Makes checkpoints of its metadata.
    #[must_use]
    pub fn checkpoints(&self) -> Checkpoints {
        Checkpoints::new(Arc::clone(&self.shared), Arc::clone(&self.meta))
    }

    /// Watches it.
    #[must_use]
    pub fn monitor(&self) -> Monitor {
        Monitor(Arc::clone(&self.shared))
    }

    /// Sets how many bytes of the file system are left free (see [`LocalOptions::reserve_bytes`]).
    pub fn set_reserve_bytes(&self, bytes: u64) {
        self.shared.space.set_reserve_bytes(bytes);
    }

    /// Carries out the commits that were asked for and takes no more. Reads go on while handles live.
    pub async fn close(self) {
        let meta = Arc::clone(&self.meta);
        if tokio::task::spawn_blocking(move || meta.close()).await.is_err() {
            tracing::error!("the committer panicked");
        }
    }
}
