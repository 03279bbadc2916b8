//! Where downloads come down: under a name of their own, until they are whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use larder_types::Timestamp;

use crate::error::{ErrorKind, RequestError};
use crate::names::PART_SUFFIX;
use crate::transfer::number_of;

/// Longest name a file may have, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// Written with one call, and at a multiple of it. With calls of 1 MiB and more the page cache takes memory in larger pieces; in a
/// virtual machine, whose host may have to provide them first, ext4 was measured to need twice the processor time then.
pub(crate) const BLOCK: usize = 256 * 1024;
/// The most that Linux takes in one call (`IOV_MAX`).
const SLICES_OF_A_CALL: usize = 1_024;

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

/// Writes adjoining chunks, a [`BLOCK`] at a time. Moves the file's cursor, so only one may do this at a time.
pub(crate) fn write_at(mut file: &File, offset: u64, chunks: &[Bytes]) -> io::Result<()> {
    file.seek(SeekFrom::Start(offset))?;
    let mut together = Vec::new();
    let mut room = room_at(offset);
    for chunk in chunks {
        let mut rest = &chunk[..];
        while !rest.is_empty() {
            let now = rest.split_off(..room.min(rest.len())).unwrap_or_default();
            together.push(IoSlice::new(now));
            room -= now.len();
            if room == 0 || together.len() == SLICES_OF_A_CALL {
                write_all(file, &mut together)?;
                together.clear();
                room = if room == 0 { BLOCK } else { room };
            }
        }
    }
    write_all(file, &mut together)
}

/// Bytes from a place in a file to the next block.
pub(crate) fn room_at(offset: u64) -> usize {
    BLOCK - usize::try_from(offset % BLOCK as u64).unwrap_or(0)
}

fn write_all(mut file: &File, mut left: &mut [IoSlice<'_>]) -> io::Result<()> {
    while !left.is_empty() {
        match file.write_vectored(left) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut left, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
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
        fn chunks_are_written_where_they_belong(
            offset in 0_u64..3 * BLOCK as u64,
            lengths in prop::collection::vec(prop_oneof![0_usize..20, 0..2 * BLOCK], 0..8),
            tiny in 0_usize..2_500,
        ) {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("file");
            fs::write(&path, vec![b'.'; 20 * BLOCK]).expect("written");
            let file = File::options().write(true).open(&path).expect("a file");
            let lengths = lengths.into_iter().chain(std::iter::repeat_n(1, tiny));
            let chunks: Vec<Bytes> = lengths.zip((0..=u8::MAX).cycle()).map(|(length, byte)| vec![byte; length].into()).collect();
            write_at(&file, offset, &chunks).expect("written");
            let found = fs::read(&path).expect("a file");
            let (before, rest) = found.split_at(usize::try_from(offset).expect("small"));
            let (content, after) = rest.split_at(chunks.iter().map(Bytes::len).sum());
            prop_assert!(content == chunks.concat());
            prop_assert!(before == vec![b'.'; before.len()] && after == vec![b'.'; after.len()]);
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
