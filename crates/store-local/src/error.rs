//! Why a data directory does not open.

use std::path::{Path, PathBuf};

/// A data directory could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file system failed.
    #[error("cannot {what} {}", path.display())]
    Io {
        /// What was being done.
        what: &'static str,
        /// With which file or directory.
        path: PathBuf,
        /// The failure.
        #[source]
        source: std::io::Error,
    },
    /// Another process has it open.
    #[error("{} is in use by another process: two servers cannot share a data directory", path.display())]
    InUse {
        /// The data directory.
        path: PathBuf,
    },
    /// A later version of Larder wrote it.
    #[error("{} has format {found}, and this version of Larder knows up to {known}: start the newer version", path.display())]
    Newer {
        /// The data directory.
        path: PathBuf,
        /// The format it has.
        found: u32,
        /// The latest format this program knows.
        known: u32,
    },
    /// It holds something else, or its `FORMAT` file is damaged.
    #[error("{} is not a Larder data directory: {why}", path.display())]
    Foreign {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The metadata is damaged. Nothing was changed.
    #[error("the metadata in {} is damaged: {what}", path.display())]
    Damaged {
        /// The directory of the metadata.
        path: PathBuf,
        /// Where, for the operator.
        what: String,
    },
}

impl OpenError {
    /// Makes an error of an IO error.
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }
}
