//! Checks of the store's own files, other than those of blobs.

use std::fs;
use std::io;
use std::path::Path;

use larder_store::{CheckedFile, StoreError};

use crate::OpenError;
use crate::blob::verify;
use crate::directory::{self, FORMAT_FILE};
use crate::health::store_error;
use crate::meta::files::{self, Expected};

/// How often a file that changes all the time is looked at again.
const ATTEMPTS: usize = 50;

const METADATA: &str = "meta/";

fn listed(directory: &Path) -> Result<files::Files, StoreError> {
    let failed = |error| store_error("list the files of the metadata", error);
    let found = files::list(&directory.join("meta")).map_err(failed)?;
    let mut all: files::Files =
        found.into_iter().map(|(name, expected)| (format!("{METADATA}{name}"), expected)).collect();
    all.insert(FORMAT_FILE.to_owned(), Expected::Bytes(directory::format_text().into_bytes()));
    Ok(all)
}

fn check(directory: &Path, name: &str, expected: &Expected) -> CheckedFile {
    // A file that cannot be read is as good as damaged.
    let (bytes, damage) = files::check(directory, name, expected)
        .unwrap_or_else(|error| (0, Some(format!("it cannot be read: {error}"))));
    CheckedFile { name: name.to_owned(), bytes, damage }
}

/// Checks the first file behind `after`.
pub(crate) fn check_next(directory: &Path, after: Option<&str>) -> Result<Option<CheckedFile>, StoreError> {
    let files = listed(directory)?;
    let next = files.iter().find(|(name, _)| after.is_none_or(|after| name.as_str() > after));
    Ok(next.map(|(name, expected)| check(directory, name, expected)))
}

/// Checks one file, if it is still among those that count.
pub(crate) fn check_named(directory: &Path, name: &str) -> Result<Option<CheckedFile>, StoreError> {
    let mut expected = listed(directory)?.remove(name);
    for _ in 0..ATTEMPTS {
        let Some(before) = expected else { return Ok(None) };
        let checked = check(directory, name, &before);
        if checked.damage.is_none() {
            return Ok(Some(checked));
        }
        // A flush or a compaction may have replaced it since it was listed.
        let now = listed(directory)?.remove(name);
        if now.as_ref() == Some(&before) {
            return Ok(Some(checked));
        }
        expected = now;
    }
    Ok(None)
}

/// Checks the files of a data directory that nobody has open, without opening it and without changing anything: the metadata,
/// `FORMAT` and what is in `staging`. Blobs are checked through an open store.
///
/// # Errors
/// When another process has it open, or it is no data directory or of a newer version; [`OpenError::Io`] when files cannot be
/// listed.
pub fn check_closed(path: &Path, mut report: impl FnMut(CheckedFile)) -> Result<(), OpenError> {
    let _locked = directory::DataDirectory::lock_existing(path)?;
    let metadata = path.join("meta");
    let listed = listed(path).map_err(|error| match error {
        StoreError::Io { source, .. } => OpenError::io("list", &metadata)(source),
        error => OpenError::io("list", &metadata)(io::Error::other(error)),
    })?;
    for (name, expected) in &listed {
        report(check(path, name, expected));
    }
    let staging = path.join("staging");
    let entries = match fs::read_dir(&staging) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(OpenError::io("list", &staging))?,
    };
    for entry in entries {
        let name = entry.map_err(OpenError::io("list", &staging))?.file_name();
        let Some(name) = name.to_str().filter(|name| verify::staged_blob(name).is_some()) else { continue };
        let found = verify::check_staged(&staging.join(name));
        let damage = found.unwrap_or_else(|error| Some(format!("it cannot be read: {error}")));
        report(CheckedFile { name: format!("staging/{name}"), bytes: 0, damage });
    }
    Ok(())
}
