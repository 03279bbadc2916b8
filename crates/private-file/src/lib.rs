//! Small files that hold secrets: only the server's own user may read them, and they are written whole or not at all.
//!
//! Text, at most 64 KiB. What is read is wiped from memory when it is dropped. Knows nothing of what the files mean.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use zeroize::Zeroizing;

const MODE: u32 = 0o600;
/// Far more than any of these files needs; keeps a wrong file from being read whole.
const MAX_BYTES: u64 = 64 * 1024;
const ROOT: u32 = 0;

/// Why a private file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PrivateFileError {
    /// It cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Others than its owner may read or write the file, so the keys in it may be known.
    #[error("{} holds secrets but has mode {mode:04o}; run: chmod 600 {}", path.display(), path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file belongs to another user, who could change the keys in it.
    #[error("{} belongs to user {owner}, but the server runs as user {user}", path.display())]
    WrongOwner {
        /// The file.
        path: PathBuf,
        /// The user id that owns it.
        owner: u32,
        /// The user id of this process.
        user: u32,
    },
    /// The file is not what this version of Larder writes.
    #[error("{} is not valid: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it; never shows the values in it.
        reason: String,
    },
}

/// The text in the file at `path`, or `None` when there is no such file.
///
/// # Errors
/// [`PrivateFileError`] unless the file is this user's and nobody else's to read or write.
pub fn read(path: &Path) -> Result<Option<Zeroizing<String>>, PrivateFileError> {
    read_if(path, |owner, user| owner == user, MODE)
}

/// As [`read`], for what systemd passes to a service in `$CREDENTIALS_DIRECTORY`. Such a file belongs to root, and an ACL lets
/// the service's user read it, which shows as the bit of the group: 0440 (systemd issue 29435). The folder around it is closed
/// to others.
///
/// # Errors
/// [`PrivateFileError`] when it belongs to another than this user or root, or others may read or anybody may write it.
pub fn read_credential(path: &Path) -> Result<Option<Zeroizing<String>>, PrivateFileError> {
    read_if(path, |owner, user| owner == user || owner == ROOT, 0o640)
}

fn read_if(
    path: &Path,
    may_own: fn(u32, u32) -> bool,
    widest: u32,
) -> Result<Option<Zeroizing<String>>, PrivateFileError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("open", path, error)),
    };
    // Asked of the open file, so that nobody can swap it between the check and the read.
    let facts = file.metadata().map_err(|error| failed("inspect", path, error))?;
    let user = geteuid().as_raw();
    if !may_own(facts.uid(), user) {
        return Err(PrivateFileError::WrongOwner { path: path.to_owned(), owner: facts.uid(), user });
    }
    let mode = facts.mode() & 0o7777;
    if mode & !widest != 0 {
        return Err(PrivateFileError::TooOpen { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::new());
    file.take(MAX_BYTES).read_to_string(&mut text).map_err(|error| failed("read", path, error))?;
    Ok(Some(text))
}

/// What stands before the checksum in the last line of a file: a comment to who reads the rest.
const CHECKSUM: &str = "# crc32c ";

/// `text` with a last line that lets damage show: a comment in TOML.
fn with_checksum(text: &str) -> Zeroizing<String> {
    Zeroizing::new(format!("{text}{CHECKSUM}{:08x}\n", crc_fast::crc32_iscsi(text.as_bytes())))
}

/// What is wrong with the file at `path`, as far as its checksum tells. A file without one, of an earlier version or by hand,
/// is taken as it is; so is one that is not there.
///
/// # Errors
/// [`PrivateFileError::Io`]
pub fn check(path: &Path) -> Result<Option<&'static str>, PrivateFileError> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => Zeroizing::new(bytes.map_err(|error| failed("read", path, error))?),
    };
    let Some(at) = bytes.windows(CHECKSUM.len()).rposition(|found| found == CHECKSUM.as_bytes()) else {
        return Ok(None);
    };
    let (text, line) = bytes.split_at(at);
    let expected = format!("{CHECKSUM}{:08x}\n", crc_fast::crc32_iscsi(text));
    Ok((line != expected.as_bytes()).then_some("it is not what its checksum says: damaged, or changed by hand"))
}

/// Puts `text`, lines of TOML, at `path` with a checksum, whole or not at all; durable when this returns.
///
/// # Errors
/// [`PrivateFileError::Io`]; what was at `path` is then still there.
pub fn write(path: &Path, text: &str) -> Result<(), PrivateFileError> {
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
    file.write_all(with_checksum(text).as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|error| failed("write", &temporary, error))?;
    rename(&temporary, path)
}

/// Puts the file `from` at `to`, in the place of what is there; durable when this returns. Both are in one folder.
///
/// # Errors
/// [`PrivateFileError::Io`]
pub fn rename(from: &Path, to: &Path) -> Result<(), PrivateFileError> {
    fs::rename(from, to).map_err(|error| failed("create", to, error))?;
    sync_folder(to)
}

/// Removes the file at `path`, if it is there; durable when this returns.
///
/// # Errors
/// [`PrivateFileError::Io`]
pub fn remove(path: &Path) -> Result<(), PrivateFileError> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed("remove", path, error)),
    }
}

fn sync_folder(of: &Path) -> Result<(), PrivateFileError> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed("sync", folder, error))
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> PrivateFileError {
    PrivateFileError::Io { action, path: path.to_owned(), source }
}

/// Reads `text`, which was found at `path`, as a TOML document.
///
/// # Errors
/// [`PrivateFileError::Malformed`], which shows nothing of the text.
pub fn parse<T: serde::de::DeserializeOwned>(path: &Path, text: &str) -> Result<T, PrivateFileError> {
    toml::from_str(text).map_err(|error| malformed(path, shown(error.message())))
}

/// What may be said of an error: its rendering quotes the line, which may hold the secret, and what is said of a value of the
/// wrong kind quotes the value.
fn shown(message: &str) -> &str {
    match message.starts_with("invalid type") || message.starts_with("invalid value") || message.contains('"') {
        true => "a value is not of its kind",
        false => message,
    }
}

/// What is at `path` is not valid; `reason` must not show the values in it.
#[must_use]
pub fn malformed(path: &Path, reason: impl ToString) -> PrivateFileError {
    PrivateFileError::Malformed { path: path.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_private_whole_and_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.key");
        assert!(read(&path).expect("nothing there").is_none());
        write(&path, "one").expect("written");
        write(&path, "two").expect("replaced");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o7777, MODE);
        let text = read(&path).expect("ours").expect("there");
        assert!(text.starts_with("two# crc32c "), "{text:?}");
        let other = folder.path().join("b.key");
        rename(&path, &other).expect("renamed");
        remove(&path).expect("not there any more");
        remove(&other).expect("removed");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn a_flipped_bit_shows_or_is_in_the_marker() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.toml");
        let text = "version = 1\nkey = \"0123456789abcdef\"\n";
        write(&path, text).expect("written");
        assert_eq!(check(&path).expect("read"), None);
        let whole = fs::read(&path).expect("there");
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut flipped = whole.clone();
                flipped[at] ^= 1 << bit;
                fs::write(&path, &flipped).expect("ours");
                let is_marker = (text.len()..text.len() + CHECKSUM.len()).contains(&at);
                assert_eq!(check(&path).expect("read").is_none(), is_marker, "byte {at} bit {bit}");
            }
        }
        fs::write(&path, text).expect("ours");
        assert_eq!(check(&path).expect("read"), None, "one of before");
        assert_eq!(check(&folder.path().join("none")).expect("none"), None);
    }

    #[test]
    fn only_a_credential_may_be_readable_by_a_group() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        write(&path, "secret").expect("written");
        for (mode, private, credential) in [
            (0o400, true, true),
            (0o600, true, true),
            (0o440, false, true),
            (0o460, false, false),
            (0o444, false, false),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("ours");
            assert_eq!(read(&path).is_ok(), private, "{mode:o}");
            assert_eq!(read_credential(&path).is_ok(), credential, "{mode:o}");
        }
    }

    #[test]
    fn an_error_does_not_show_the_text() {
        #[derive(Debug, serde::Deserialize)]
        struct Record {
            #[allow(dead_code, reason = "only read")]
            key: u32,
        }
        let error = parse::<Record>(Path::new("x"), "key = \"swordfish\"").expect_err("a text").to_string();
        assert!(error.starts_with("x is not valid: ") && !error.contains("swordfish"), "{error}");
    }
}
