//! Keys and paths: which keys a folder can hold, and which names a bucket can.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use larder_types::limits::MAX_KEY_BYTES;

/// Longest name of a file on the file systems people have, in bytes (`NAME_MAX`).
pub(crate) const MAX_NAME_BYTES: usize = 255;

/// Ends the names of a download that is not complete and of its notes.
pub const PART_SUFFIX: &str = ".larder-part";

/// Why a key cannot become a file's path, or a path a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// `a//b`, `/a` or `a/`.
    #[error("a file's path cannot have an empty part, and this key has")]
    EmptyPart,
    /// `a/../b`: it would lead out of the folder, or to another key's file.
    #[error("a key with a part `.` or `..` would become another file")]
    DotPart,
    /// A NUL byte.
    #[error("a file's name cannot hold a NUL byte")]
    Nul,
    /// A part of more than 255 bytes.
    #[error("a part of the key is longer than the {MAX_NAME_BYTES} bytes a file's name may have")]
    LongPart,
    /// It ends like an unfinished download of ours.
    #[error("names that end with `{PART_SUFFIX}` are kept for unfinished downloads")]
    Reserved,
    /// More than 1,024 bytes.
    #[error("the key would be longer than S3's {MAX_KEY_BYTES} bytes")]
    LongKey,
    /// No key at all.
    #[error("an object needs a key")]
    EmptyKey,
}

/// The path of a key below a folder.
///
/// # Errors
/// When no file can have that name, or the path would not lead to a file of its own below the folder.
pub fn path_of(key: &str) -> Result<PathBuf, NameError> {
    for part in key.split('/') {
        match part {
            "" => return Err(NameError::EmptyPart),
            "." | ".." => return Err(NameError::DotPart),
            _ if part.contains('\0') => return Err(NameError::Nul),
            _ if part.len() > MAX_NAME_BYTES => return Err(NameError::LongPart),
            _ => {}
        }
    }
    let path = PathBuf::from(key);
    check_target(&path)?;
    Ok(path)
}

/// Whether a file of this name may be downloaded.
///
/// # Errors
/// When it ends like an unfinished download of ours, which it could be taken for, and whose notes it could be.
pub fn check_target(path: &Path) -> Result<(), NameError> {
    let name = path.file_name().unwrap_or_default().as_bytes();
    if name.ends_with(PART_SUFFIX.as_bytes()) { Err(NameError::Reserved) } else { Ok(()) }
}

/// Whether S3 can hold an object of this key.
///
/// # Errors
/// When it is empty or longer than 1,024 bytes.
pub fn check_key(key: &str) -> Result<(), NameError> {
    match key.len() {
        0 => Err(NameError::EmptyKey),
        length if length > MAX_KEY_BYTES => Err(NameError::LongKey),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Component;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_path_is_the_key_and_stays_below(key in prop_oneof![any::<String>(), "[a./]{0,12}"]) {
            if let Ok(path) = path_of(&key) {
                prop_assert!(path.components().all(|part| matches!(part, Component::Normal(_))));
                prop_assert_eq!(path.to_str(), Some(key.as_str()));
                prop_assert_eq!(path.components().count(), key.split('/').count());
            }
        }
    }

    #[test]
    fn no_key_leads_out_of_the_folder() {
        for key in ["..", "../a", "a/../b", "a/.."] {
            assert_eq!(path_of(key), Err(NameError::DotPart), "{key}");
        }
        for key in ["", "/etc/passwd", "a//b", "a/"] {
            assert_eq!(path_of(key), Err(NameError::EmptyPart), "{key}");
        }
        assert_eq!(path_of("a\0b"), Err(NameError::Nul));
        assert_eq!(path_of(&format!("a/{}", "b".repeat(256))), Err(NameError::LongPart));
        assert_eq!(path_of("a/b.larder-part"), Err(NameError::Reserved));
        assert_eq!(path_of("a/..b/c\\d"), Ok(PathBuf::from("a/..b/c\\d")));
    }

    #[test]
    fn keys_have_a_length() {
        assert_eq!(check_key(""), Err(NameError::EmptyKey));
        assert_eq!(check_key(&"k".repeat(1025)), Err(NameError::LongKey));
        assert_eq!(check_key(&"k".repeat(1024)), Ok(()));
    }
}
