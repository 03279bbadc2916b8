//! Where downloads come down: under a name of their own, until they are whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use larder_types::Timestamp;

use crate::error::{ErrorKind, RequestError};
use crate::names::PART_SUFFIX;
use crate::transfer::number_of;

/// Longest name a file may have, in bytes.
const MAX_NAME_BYTES: usize = 255;

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

/// Opens a file for writing, making the folders above it when they are missing.
pub(crate) fn open(path: &Path, options: &OpenOptions) -> io::Result<File> {
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let Some(folder) = path.parent() else { return Err(error) };
            fs::create_dir_all(folder)?;
            options.open(path)
        }
        other => other,
    }
}

/// Writes a whole file under its waiting name and gives it its final one. On any failure nothing is left.
pub(crate) fn write_whole(target: &Path, mark: &str, content: &[&[u8]], modified: Option<Timestamp>) -> io::Result<()> {
    let waiting = waiting_name(target, mark);
    let mut file = open(&waiting, OpenOptions::new().write(true).create_new(true))?;
    let written = content.iter().try_for_each(|bytes| file.write_all(bytes)).and_then(|()| finish(&file, modified));
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
        write_whole(&target, "", &[b"con", b"tent"], Some(Timestamp::from_millis(1_500))).expect("written");
        assert_eq!(fs::read(&target).expect("a file"), b"content");
        assert_eq!(crate::walk::modified(&fs::metadata(&target).expect("a file")).as_millis(), 1_500);
        assert_eq!(fs::read_dir(target.parent().expect("a folder")).expect("a folder").count(), 1);
    }

    #[test]
    fn nothing_is_left_of_a_failure() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("file");
        fs::create_dir_all(target.join("in the way")).expect("a folder");
        assert!(write_whole(&target, "", &[b"content"], None).is_err());
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
    }
}
