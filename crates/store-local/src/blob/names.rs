//! The names of blob files, and making them durable.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use larder_store::{BlobId, BlobRef, Place, StoreError};
use parking_lot::Mutex;

use crate::blob::verify::Quarantine;
use crate::directory::{SyncedDirectory, make_directory, sync_directory};
use crate::health::store_error;
use crate::stats::Counters;
use crate::{Durability, OpenError, Shared};

/// Directories of blob files, held open: at most 256 a place.
type Directories = HashMap<(Place, u8), Arc<SyncedDirectory>>;

/// The directories of one store's blobs.
pub(super) struct Names {
    pub(super) shared: Arc<Shared>,
    blobs: PathBuf,
    staging: PathBuf,
    pub(super) quarantine: Quarantine,
    staging_directory: SyncedDirectory,
    directories: Mutex<Directories>,
}

fn ignore_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

impl Names {
    pub(super) fn open(shared: Arc<Shared>) -> Result<Self, OpenError> {
        let (blobs, staging) = (shared.directory.blobs(), shared.directory.staging());
        let staging_directory = SyncedDirectory::open(&staging).map_err(OpenError::io("open", &staging))?;
        let quarantine = Quarantine::new(shared.directory.quarantine());
        Ok(Self { shared, blobs, staging, quarantine, staging_directory, directories: Mutex::default() })
    }

    pub(super) fn blobs(&self) -> &Path {
        &self.blobs
    }

    pub(super) fn staging(&self) -> &Path {
        &self.staging
    }

    /// The name of a blob that is not settled.
    pub(super) fn staged(&self, id: BlobId) -> PathBuf {
        self.staging.join(id.to_string())
    }

    /// The name of a sealed blob.
    pub(super) fn sealed(&self, blob: BlobRef) -> PathBuf {
        self.directory_path(blob.place, blob.id.0[0]).join(blob.id.to_string())
    }

    fn directory_path(&self, place: Place, first: u8) -> PathBuf {
        self.blobs.join(place.0.to_string()).join(format!("{first:02x}"))
    }

    pub(super) fn syncs(&self) -> bool {
        self.shared.durability == Durability::Full
    }

    /// The directory of a blob, made when it is not there.
    fn directory(&self, blob: BlobRef) -> Result<Arc<SyncedDirectory>, StoreError> {
        let failed = |error| store_error("make a directory of blobs", error);
        let key = (blob.place, blob.id.0[0]);
        let mut directories = self.directories.lock();
        if let Some(found) = directories.get(&key) {
            return Ok(Arc::clone(found));
        }
        let path = self.directory_path(key.0, key.1);
        make_directory(&path).map_err(failed)?;
        if self.syncs() {
            // Even when it was there: who made it may have crashed before this.
            for parent in path.ancestors().skip(1).take_while(|parent| parent.starts_with(&self.blobs)) {
                sync_directory(parent).map_err(|error| self.unsynced("a directory of blobs", &error))?;
            }
        }
        let directory = Arc::new(SyncedDirectory::open(&path).map_err(failed)?);
        directories.insert(key, Arc::clone(&directory));
        Ok(directory)
    }

    /// A failed sync of a directory leaves open which names the disk knows: the end of writing.
    fn sync(&self, directory: &SyncedDirectory, what: &str) -> Result<(), StoreError> {
        if !self.syncs() {
            return Ok(());
        }
        match directory.sync() {
            Ok(synced) => {
                Counters::add(&self.shared.counters.blob_syncs, u64::from(synced));
                Ok(())
            }
            Err(error) => Err(self.unsynced(what, &error)),
        }
    }

    fn unsynced(&self, what: &str, error: &io::Error) -> StoreError {
        self.shared.health.fail(format!("{what} could not be synced: {error}"))
    }

    /// Makes the names in `staging` durable.
    pub(super) fn sync_staging(&self) -> Result<(), StoreError> {
        self.sync(&self.staging_directory, "staging")
    }

    /// Gives a synced file the name of a sealed blob, durably, or not at all.
    pub(super) fn seal(&self, from: &Path, blob: BlobRef) -> Result<(), StoreError> {
        let failed = |error| store_error(format!("link blob {}", blob.id), error);
        let directory = self.directory(blob)?;
        let sealed = self.sealed(blob);
        fs::hard_link(from, &sealed).map_err(failed)?;
        self.sync(&directory, "a directory of blobs").inspect_err(|_| {
            // Nobody was told of it. If this fails too, it is found through `staging`.
            let _left = fs::remove_file(&sealed);
        })?;
        Counters::add(&self.shared.counters.blobs_sealed, 1);
        Ok(())
    }

    /// Removes a blob's names, durably: otherwise it could come back with nobody left who knows of it.
    pub(super) fn delete(&self, blob: BlobRef) -> Result<(), StoreError> {
        let failed = |error| store_error(format!("delete blob {}", blob.id), error);
        let directory = match SyncedDirectory::open(&self.directory_path(blob.place, blob.id.0[0])) {
            Ok(_) => Some(self.directory(blob)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        if let Some(directory) = directory {
            ignore_missing(fs::remove_file(self.sealed(blob))).map_err(failed)?;
            self.sync(&directory, "a directory of blobs")?;
        }
        self.unstage(blob.id)
    }

    /// Removes a name from `staging`. Not durable: what comes back is settled again.
    pub(super) fn unstage(&self, id: BlobId) -> Result<(), StoreError> {
        let removed = ignore_missing(fs::remove_file(self.staged(id)));
        removed.map_err(|error| store_error(format!("settle blob {id}"), error))
    }
}
