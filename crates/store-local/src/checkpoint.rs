//! The metadata as of one moment, made of links while nothing is written: it costs neither space nor time worth mentioning.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use larder_store::StoreError;

use crate::directory::make_directory;
use crate::health::store_error;
use crate::meta::LocalMetaStore;
use crate::meta::files::{self, Expected};
use crate::meta::journal_check;
use crate::{OpenError, Shared};

/// Where checkpoints are; nothing of an earlier run is of any use.
const CHECKPOINTS: &str = "checkpoints";

/// How often it is tried again when the engine replaced files meanwhile.
const ATTEMPTS: usize = 50;

/// Makes checkpoints of an open store.
#[derive(Clone)]
pub struct Checkpoints {
    shared: Arc<Shared>,
    meta: Arc<LocalMetaStore>,
}

/// The metadata as of one moment, until this is dropped.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
}

impl Checkpoint {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Checkpoint {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "a checkpoint stays until the next start");
        }
    }
}

impl Checkpoints {
    pub(crate) fn new(shared: Arc<Shared>, meta: Arc<LocalMetaStore>) -> Self {
        Self { shared, meta }
    }

    /// The data directory, absolute.
    ///
    /// # Errors
    /// When it cannot be resolved.
    pub fn data(&self) -> io::Result<PathBuf> {
        self.shared.directory.path().canonicalize()
    }

    /// Makes one under `name`: every commit that was acknowledged before this is called is in it. Commits wait meanwhile, for as
    /// long as it takes to copy a journal, 64 MiB at most.
    ///
    /// # Errors
    /// When files cannot be linked or read.
    pub async fn make(&self, name: &str) -> Result<Checkpoint, StoreError> {
        self.shared.health.check()?;
        let failed = |error| store_error("make a checkpoint", error);
        let path = self.data().map_err(failed)?.join(CHECKPOINTS).join(name);
        let (from, to) = (self.shared.directory.metadata(), path.join("meta"));
        let checkpoint = Checkpoint { path };
        self.meta.between_groups(move || link_all(&from, &to)).await?.map_err(failed)?;
        Ok(checkpoint)
    }
}

/// Removes what an earlier run left.
pub(crate) fn remove_all(data: &Path) -> Result<(), OpenError> {
    let path = data.join(CHECKPOINTS);
    match fs::remove_dir_all(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(OpenError::io("remove", &path)(error)),
        _ => Ok(()),
    }
}

fn link_all(from: &Path, to: &Path) -> io::Result<()> {
    make_directory(to)?;
    // Journals first: what the engine flushes out of one before it is taken is in a table by the time that tables are.
    link_journals(from, to)?;
    for _ in 0..ATTEMPTS {
        match link_trees(from, to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => fs::remove_dir_all(to.join("keyspaces"))?,
            result => return result,
        }
    }
    Err(io::Error::other("the files of the metadata change all the time"))
}

/// Links journals that are full, and copies what is written of the last one, which goes on.
fn link_journals(from: &Path, to: &Path) -> io::Result<()> {
    let mut journals: Vec<(u64, String)> = Vec::new();
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| Some((name.strip_suffix(".jnl")?.parse().ok()?, name.to_owned())));
        journals.extend(number);
    }
    journals.sort_unstable();
    let last = journals.pop();
    for (_, name) in journals {
        match fs::hard_link(from.join(&name), to.join(&name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => result?,
        }
    }
    if let Some((_, name)) = last {
        let end = journal_check::end(&from.join(&name))?;
        let mut copy = File::create_new(to.join(&name))?;
        io::copy(&mut File::open(from.join(&name))?.take(end), &mut copy)?;
    }
    Ok(())
}

fn link_trees(from: &Path, to: &Path) -> io::Result<()> {
    for (name, expected) in files::list(from)? {
        let target = to.join(&name);
        if let Some(parent) = target.parent() {
            make_directory(parent)?;
        }
        match expected {
            Expected::Bytes(bytes) => fs::write(target, bytes)?,
            Expected::Checksum(_) => fs::hard_link(from.join(&name), target)?,
            Expected::Journal => {}
            Expected::Damaged(what) => return Err(io::Error::other(format!("{name}: {what}"))),
        }
    }
    // The engine keeps both even when they are empty.
    for entry in fs::read_dir(from.join("keyspaces"))? {
        let tree = to.join("keyspaces").join(entry?.file_name());
        make_directory(&tree.join("tables"))?;
        make_directory(&tree.join("blobs"))?;
    }
    Ok(())
}
