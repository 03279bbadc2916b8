//! The data directory: its format, its lock, and directories that are synced.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use rustix::fs::FlockOperation;

use crate::OpenError;

/// The latest format this program writes and knows.
const FORMAT: u32 = 1;
pub(crate) const FORMAT_FILE: &str = "FORMAT";
const FORMAT_PREFIX: &str = "larder data directory ";
const LOCK_FILE: &str = "LOCK";
const FAILURE_FILE: &str = "FAILED";

/// An open, locked data directory.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    path: PathBuf,
    /// Locked while this lives; the kernel unlocks it however the process ends.
    _lock: File,
}

impl DataDirectory {
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        make_directory(path).map_err(OpenError::io("make the directory", path))?;
        let lock = lock(path)?;
        match fs::read_to_string(path.join(FORMAT_FILE)) {
            Ok(text) => check_format(path, &text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => initialize(path)?,
            Err(error) => return Err(OpenError::io("read", &path.join(FORMAT_FILE))(error)),
        }
        let directory = Self { path: path.to_owned(), _lock: lock };
        for child in [directory.metadata(), directory.blobs(), directory.staging()] {
            make_directory(&child).map_err(OpenError::io("make the directory", &child))?;
        }
        sync_directory(path).map_err(OpenError::io("sync", path))?;
        let absolute = path.canonicalize().map_err(OpenError::io("resolve", path))?;
        if let Some(parent) = absolute.parent() {
            sync_directory(parent).map_err(OpenError::io("sync", parent))?;
        }
        Ok(directory)
    }

    /// Locks a data directory that is there, and changes nothing in it.
    pub(crate) fn lock_existing(path: &Path) -> Result<Self, OpenError> {
        let format = path.join(FORMAT_FILE);
        let text = fs::read_to_string(&format).map_err(OpenError::io("read", &format))?;
        let lock = lock(path)?;
        check_format(path, &text)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The directory opened, such as to ask about its file system.
    pub(crate) fn handle(&self) -> Result<File, OpenError> {
        File::open(&self.path).map_err(OpenError::io("open", &self.path))
    }

    /// There after a failure that left open what the disk holds: see [`crate::health::Health`].
    pub(crate) fn failure_mark(&self) -> PathBuf {
        self.path.join(FAILURE_FILE)
    }

    pub(crate) fn metadata(&self) -> PathBuf {
        self.path.join("meta")
    }

    pub(crate) fn blobs(&self) -> PathBuf {
        self.path.join("blobs")
    }

    pub(crate) fn staging(&self) -> PathBuf {
        self.path.join("staging")
    }

    /// Damaged blobs; made when there is one.
    pub(crate) fn quarantine(&self) -> PathBuf {
        self.path.join("quarantine")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

fn lock(path: &Path) -> Result<File, OpenError> {
    let file = path.join(LOCK_FILE);
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&file);
    let lock = lock.map_err(OpenError::io("open", &file))?;
    match rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(error) => Err(OpenError::io("lock", &file)(error.into())),
    }
}

fn check_format(path: &Path, text: &str) -> Result<(), OpenError> {
    let number = text.strip_prefix(FORMAT_PREFIX).and_then(|rest| rest.strip_suffix('\n'));
    match number.and_then(|number| number.parse().ok()) {
        Some(FORMAT) => Ok(()),
        Some(found) if found > FORMAT => Err(OpenError::Newer { path: path.to_owned(), found, known: FORMAT }),
        _ => Err(OpenError::Foreign { path: path.to_owned(), why: "its FORMAT file does not say a format" }),
    }
}

/// What a `FORMAT` file of this program says.
pub(crate) fn format_text() -> String {
    format!("{FORMAT_PREFIX}{FORMAT}\n")
}

fn initialize(path: &Path) -> Result<(), OpenError> {
    for child in ["meta", "blobs", "staging"] {
        if path.join(child).symlink_metadata().is_ok() {
            return Err(OpenError::Foreign { path: path.to_owned(), why: "it has data but no FORMAT file" });
        }
    }
    let (file, temporary) = (path.join(FORMAT_FILE), path.join("FORMAT.new"));
    let write = || {
        let mut written = File::create(&temporary)?;
        written.write_all(format_text().as_bytes())?;
        written.sync_all()?;
        fs::rename(&temporary, &file)?;
        sync_directory(path)
    };
    write().map_err(OpenError::io("write", &file))
}

/// Makes a directory, and those above it, that only its owner may enter; one that is there stays as it is.
pub(crate) fn make_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes what was linked in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// A directory held open whose syncs are shared: callers that wait for the same sync have it done once.
#[derive(Debug)]
pub(crate) struct SyncedDirectory {
    file: File,
    asked: AtomicU64,
    /// The last request that a sync covers, or that a sync failed.
    done: Mutex<Result<u64, ()>>,
}

impl SyncedDirectory {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::open(path)?, asked: AtomicU64::new(0), done: Mutex::new(Ok(0)) })
    }

    /// Makes durable what the caller linked or unlinked before. Says whether it took a sync of its own.
    ///
    /// Once a sync failed, all later ones do: the kernel tells of a failure once, and then claims that all is well.
    pub(crate) fn sync(&self) -> io::Result<bool> {
        let mine = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut done = self.done.lock();
        match *done {
            Ok(covered) if covered >= mine => return Ok(false),
            Ok(_) => {}
            Err(()) => return Err(io::Error::other("an earlier sync of this directory failed")),
        }
        let covers = self.asked.load(Ordering::SeqCst);
        match self.file.sync_all() {
            Ok(()) => {
                *done = Ok(covers);
                Ok(true)
            }
            Err(error) => {
                *done = Err(());
                Err(error)
            }
        }
    }
}
