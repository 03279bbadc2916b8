//! Small files that only the server's own user may read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::process::geteuid;
use zeroize::Zeroizing;

use crate::IdentityError;

const MODE: u32 = 0o600;
/// Far more than any of these files needs; keeps a wrong file from being read whole.
const MAX_BYTES: u64 = 64 * 1024;

/// The text in the file at `path`, or `None` when there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Zeroizing<String>>, IdentityError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("open", path, error)),
    };
    // Asked of the open file, so that nobody can swap it between the check and the read.
    let facts = file.metadata().map_err(|error| failed("inspect", path, error))?;
    let user = geteuid().as_raw();
    if facts.uid() != user {
        return Err(IdentityError::WrongOwner { path: path.to_owned(), owner: facts.uid(), user });
    }
    let mode = facts.mode() & 0o7777;
    if mode & !MODE != 0 {
        return Err(IdentityError::TooOpen { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_BYTES).read_to_string(&mut text).map_err(|error| failed("read", path, error))?;
    Ok(Some(text))
}

/// Puts `text` at `path`, whole or not at all; durable when this returns.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), IdentityError> {
    let temporary = path.with_extension("tmp");
    // One that a crash left behind would make `create_new` fail for ever.
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("remove", &temporary, error)),
        _ => {}
    }
    // `create_new` follows no link that somebody may have laid in the way.
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(MODE)
        .open(&temporary)
        .map_err(|error| failed("create", &temporary, error))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|error| failed("write", &temporary, error))?;
    fs::rename(&temporary, path).map_err(|error| failed("create", path, error))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed("sync", folder, error))
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> IdentityError {
    IdentityError::Io { action, path: path.to_owned(), source }
}

/// Reads `text` as a TOML document.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(path: &Path, text: &str) -> Result<T, IdentityError> {
    // Not the whole error: its rendering quotes the line, which may hold the secret.
    toml::from_str(text).map_err(|error| malformed(path, error.message()))
}

pub(crate) fn malformed(path: &Path, reason: impl ToString) -> IdentityError {
    IdentityError::Malformed { path: path.to_owned(), reason: reason.to_string() }
}
