//! Where downloads come down: under a name of their own, until they are whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use larder_types::Timestamp;
use rustix::fs::OFlags;

use crate::error::{ErrorKind, RequestError};
use crate::names::{MAX_NAME_BYTES, PART_SUFFIX};
use crate::transfer::number_of;

/// Written with one call, and at a multiple of it. With calls of 1 MiB and more the page cache takes memory in larger pieces; in a
/// virtual machine, whose host may have to provide them first, ext4 was measured to need twice the processor time then.
const BLOCK: usize = 256 * 1024;

/// The name under which a file waits to be whole, beside the final one. The same for the same file, so that a download that
/// was cut off is found again.
pub(crate) fn waiting_name(target: &Path, mark: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let mut waiting = format!(".{name}{mark}{PART_SUFFIX}");
    if waiting.len() > MAX_NAME_BYTES {
        waiting = format!(".{:016x}{mark}{PART_SUFFIX}", number_of(name.as_bytes()));
    }
    target.with_file_name(waiting)
}

/// The name of the notes beside a file that waits. It is that of a file whose name ends with the suffix, and there is none:
/// [`crate::names::check_target`] refuses it.
pub(crate) fn notes_name(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(PART_SUFFIX);
    waiting_name(&target.with_file_name(name), "")
}

/// Opens a file under a name that others can guess, for reading and writing. A link that somebody put there is not followed.
pub(crate) fn open_guessable(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let flags = OFlags::NOFOLLOW.bits().cast_signed();
    options.read(true).write(true).create(true).truncate(false).custom_flags(flags);
    if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
        fs::remove_file(path)?;
    }
    open(path, &options)
}

/// Whether a path names something that content is written to and that must not be replaced: a device, a pipe, or a descriptor such
/// as `/dev/stdout`.
pub(crate) fn is_special(path: &Path) -> bool {
    let is_descriptor =
        || path.parent() == Some(Path::new("/dev")) || path.starts_with("/dev/fd") || path.starts_with("/proc");
    fs::metadata(path).is_ok_and(|found| !found.is_dir() && (!found.is_file() || is_descriptor()))
}

/// Opens a special file.
pub(crate) fn open_special(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).truncate(true).open(path)
}

/// Writes content into a special file.
pub(crate) fn write_special(path: &Path, content: &[&[u8]]) -> io::Result<()> {
    let mut file = open_special(path)?;
    content.iter().try_for_each(|bytes| file.write_all(bytes))
}

/// Opens a file for writing, making the folders above it when they are missing.
fn open(path: &Path, options: &OpenOptions) -> io::Result<File> {
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let Some(folder) = path.parent() else { return Err(error) };
            fs::create_dir_all(folder)?;
            options.open(path)
        }
        other => other,
    }
}

/// Writes a whole file under its waiting name and gives it its final one; with `synced`, after it is on the disk. On any failure
/// nothing is left.
pub(crate) fn write_whole(
    target: &Path,
    mark: &str,
    content: &[&[u8]],
    modified: Option<Timestamp>,
    synced: bool,
) -> io::Result<()> {
    let waiting = waiting_name(target, mark);
    let mut file = open(&waiting, OpenOptions::new().write(true).create_new(true))?;
    let written = content.iter().try_for_each(|bytes| file.write_all(bytes)).and_then(|()| finish(&file, modified));
    let written = written.and_then(|()| if synced { file.sync_all() } else { Ok(()) });
    let landed = written.and_then(|()| fs::rename(&waiting, target));
    if landed.is_err() {
        // The first failure is the one to tell; that of cleaning up after it would say the same.
        let _ = fs::remove_file(&waiting);
    }
    landed
}

/// Writes to a place in a file, through the page cache.
pub(crate) fn write_at(file: &File, mut offset: u64, mut content: &[u8]) -> io::Result<()> {
    while !content.is_empty() {
        let room = BLOCK - usize::try_from(offset % BLOCK as u64).unwrap_or(0);
        let now = content.split_off(..room.min(content.len())).unwrap_or_default();
        file.write_all_at(now, offset)?;
        offset += now.len() as u64;
    }
    Ok(())
}

/// Gives a file the time of its object, so that the next synchronisation finds them the same.
pub(crate) fn finish(file: &File, modified: Option<Timestamp>) -> io::Result<()> {
    let Some(modified) = modified else { return Ok(()) };
    let since = Duration::from_millis(u64::try_from(modified.as_millis()).unwrap_or(0));
    file.set_modified(SystemTime::UNIX_EPOCH + since)
}

/// What a failed write means; a full disk is said in those words.
pub(crate) fn write_error(target: &Path, error: &io::Error) -> RequestError {
    let message = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("the disk is full: {} was not written", target.display())
        }
        _ => format!("cannot write {}: {error}", target.display()),
    };
    RequestError::new(ErrorKind::Local, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_appears_whole_with_its_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("a/b/file");
        write_whole(&target, "", &[b"con", b"tent"], Some(Timestamp::from_millis(1_500)), true).expect("written");
        assert_eq!(fs::read(&target).expect("a file"), b"content");
        assert_eq!(crate::walk::modified(&fs::metadata(&target).expect("a file")).as_millis(), 1_500);
        assert_eq!(fs::read_dir(target.parent().expect("a folder")).expect("a folder").count(), 1);
    }

    #[test]
    fn nothing_is_left_of_a_failure() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("file");
        fs::create_dir_all(target.join("in the way")).expect("a folder");
        assert!(write_whole(&target, "", &[b"content"], None, false).is_err());
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn content_is_written_where_it_belongs(offset in 0..2 * BLOCK, length in 0..3 * BLOCK) {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("file");
            let mut expected = vec![b'.'; 6 * BLOCK];
            fs::write(&path, &expected).expect("written");
            let file = File::options().write(true).open(&path).expect("a file");
            let content: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
            write_at(&file, offset as u64, &content).expect("written");
            expected[offset..offset + length].copy_from_slice(&content);
            prop_assert!(fs::read(&path).expect("a file") == expected);
        }
    }

    #[test]
    fn waiting_names_are_never_too_long() {
        let long = PathBuf::from("d").join("n".repeat(255));
        let waiting = waiting_name(&long, ".state");
        assert!(waiting.file_name().expect("a name").len() <= MAX_NAME_BYTES);
        assert_eq!(waiting_name(Path::new("d/f"), ""), Path::new("d/.f.larder-part"));
        assert!(notes_name(&long).file_name().expect("a name").len() <= MAX_NAME_BYTES);
    }

    #[test]
    fn notes_are_where_nothing_waits() {
        for name in ["x", "x.notes", ".x", "x.larder-part.x"] {
            let notes = notes_name(Path::new(name));
            assert!(notes.to_string_lossy().ends_with(PART_SUFFIX), "walks pass over them");
            for other in ["x", "x.notes", ".x", "x.larder-part.x"] {
                assert_ne!(notes, waiting_name(Path::new(other), ""));
            }
        }
        assert!(crate::names::check_target(Path::new("d/x.larder-part")).is_err());
    }

    #[test]
    fn a_link_that_waits_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (waiting, other) = (folder.path().join("waiting"), folder.path().join("other"));
        fs::write(&other, "precious").expect("written");
        std::os::unix::fs::symlink(&other, &waiting).expect("a link");
        open_guessable(&waiting).expect("a file").write_all(b"content").expect("written");
        assert_eq!(fs::read(&other).expect("a file"), b"precious");
        assert_eq!(fs::read(&waiting).expect("a file"), b"content");
    }

    #[test]
    fn devices_pipes_and_descriptors_are_special() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("file"), "").expect("written");
        std::os::unix::fs::symlink(folder.path().join("file"), folder.path().join("link")).expect("a link");
        for plain in [folder.path(), &folder.path().join("file"), &folder.path().join("link"), Path::new("none")] {
            assert!(!is_special(plain), "{}", plain.display());
        }
        assert!(is_special(Path::new("/dev/null")) && is_special(Path::new("/dev/stderr")));
    }
}
