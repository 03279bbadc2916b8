//! Whether the store may still be written.

use std::path::PathBuf;
use std::sync::OnceLock;

use larder_store::StoreError;

/// Writable until the first failure after which it is unknown what is durable; never again after.
///
/// A failed fsync leaves pages marked clean that never reached the disk (Rebello et al., "Can Applications Recover from fsync
/// Failures?", USENIX ATC 2020), so trying again would report success falsely. Only a fresh start, which reads what the disk
/// holds, knows.
///
/// Until the kernel forgets those pages, reading does not tell what the disk holds either. The mark says so to the next start,
/// which writes the journals anew before it believes them. It is not synced: a power cut makes the kernel forget both.
#[derive(Debug)]
pub(crate) struct Health {
    failure: OnceLock<String>,
    mark: PathBuf,
}

impl Health {
    pub(crate) fn new(mark: PathBuf) -> Self {
        Self { failure: OnceLock::new(), mark }
    }

    /// Refuses when the store is read-only.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match self.failure.get() {
            None => Ok(()),
            Some(what) => Err(StoreError::ReadOnly { what: what.clone() }),
        }
    }

    /// Makes the store read-only and says so. The first failure is the one that is told.
    pub(crate) fn fail(&self, what: String) -> StoreError {
        if self.failure.set(what.clone()).is_ok() {
            tracing::error!(what, "the store is read-only until it is opened again");
            if let Err(error) = std::fs::File::create(&self.mark) {
                tracing::error!(%error, "the next start is not told of it: restart the machine before that");
            }
        }
        StoreError::ReadOnly { what: self.failure.get().cloned().unwrap_or(what) }
    }

    pub(crate) fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }
}

/// Tells an IO error's kind: a full disk from a failing one.
pub(crate) fn store_error(what: impl Into<String>, source: std::io::Error) -> StoreError {
    match source.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Io { what: what.into(), source },
    }
}
