//! Names of files that a power cut must not take: of those whose sources are deleted once they are here.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Folders that are known to be on the disk, with everything above them.
#[derive(Default)]
pub(crate) struct Folders {
    durable: Mutex<HashSet<PathBuf>>,
}

impl Folders {
    /// Brings to the disk that a folder has this file, and that there is the folder. A folder may have been made a moment ago by
    /// another transfer, so those above it count too, once for each run.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn keep(&self, file: &Path) -> io::Result<()> {
        let mut folder = above(file);
        sync(folder)?;
        while folder != Path::new(".") && folder.parent().is_some() && !self.lock().contains(folder) {
            match sync(above(folder)) {
                // Nobody makes folders in one that may not be read.
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
                other => other?,
            }
            self.lock().insert(folder.to_owned());
            folder = above(folder);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The folder that something is in; of a name alone that is the current one.
fn above(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn sync(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // File systems that have no such thing for folders.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_folders_above_are_synced_once() {
        let root = tempfile::tempdir().expect("a folder");
        let inner = root.path().join("a/b");
        std::fs::create_dir_all(&inner).expect("folders");
        std::fs::write(inner.join("file"), "x").expect("a file");
        let folders = Folders::default();
        folders.keep(&inner.join("file")).expect("synced");
        let durable = folders.lock().clone();
        assert!(durable.contains(&inner) && durable.contains(root.path()) && !durable.contains(&inner.join("file")));
        folders.keep(Path::new("Cargo.toml")).expect("the current folder");
        assert_eq!(*folders.lock(), durable);
        assert!(folders.keep(&root.path().join("none/file")).is_err());
    }
}
