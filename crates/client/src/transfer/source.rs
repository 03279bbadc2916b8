//! Reading local files, and noticing when they change meanwhile.

use std::fs::{self, File, Metadata};
use std::io::Read;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use bytes::Bytes;

use crate::error::{ErrorKind, RequestError};

/// Tries to read or upload a small file that somebody writes to.
pub(crate) const TRIES: u32 = 3;

/// Which file it is, and in which state: another one means other content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
    pub(crate) size: u64,
    /// Nanoseconds since 1970.
    pub(crate) modified: i128,
}

impl Identity {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let modified = i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
        Self { device: metadata.dev(), inode: metadata.ino(), size: metadata.len(), modified }
    }

    /// Whether a path has other content of the same size by now: a synchronisation goes by size and time, and the object will be newer.
    /// Another size it notices itself.
    pub(crate) fn is_overtaken(self, path: &Path) -> bool {
        let now = fs::metadata(path).map(|metadata| Self::of(&metadata));
        now.is_ok_and(|now| now.size == self.size && now.modified != self.modified)
    }
}

pub(crate) enum Opened {
    /// All of it.
    Whole(Bytes, Identity),
    /// It is larger than the limit.
    Large(File, Identity),
}

/// Reads a file of at most `limit` bytes, in a state it really had.
pub(crate) fn open(path: &Path, limit: u64) -> Result<Opened, RequestError> {
    let failed = |error: &std::io::Error| RequestError::local("cannot read", error);
    for _ in 0..TRIES {
        let mut file = File::open(path).map_err(|error| failed(&error))?;
        let metadata = file.metadata().map_err(|error| failed(&error))?;
        if metadata.is_dir() {
            return Err(RequestError::new(ErrorKind::Local, "it is a folder"));
        }
        let before = Identity::of(&metadata);
        if before.size > limit {
            return Ok(Opened::Large(file, before));
        }
        let mut content = Vec::with_capacity(usize::try_from(before.size).unwrap_or(0) + 1);
        Read::by_ref(&mut file).take(limit + 1).read_to_end(&mut content).map_err(|error| failed(&error))?;
        let after = Identity::of(&file.metadata().map_err(|error| failed(&error))?);
        if before == after && content.len() as u64 == before.size {
            return Ok(Opened::Whole(content.into(), before));
        }
    }
    Err(changed())
}

/// Bytes read at a time, few enough to be in the processor's cache still when they are used.
pub(crate) const STEP: usize = 256 * 1024;

/// Shows a part of a file, a step at a time.
pub(crate) fn read_through(
    file: &File,
    mut offset: u64,
    length: u64,
    mut show: impl FnMut(&[u8]),
) -> Result<(), RequestError> {
    let end = offset + length;
    let mut step = vec![0; STEP];
    while offset < end {
        let bytes = usize::try_from(end - offset).unwrap_or(STEP).min(STEP);
        read_exact(file, offset, &mut step[..bytes])?;
        show(&step[..bytes]);
        offset += bytes as u64;
    }
    Ok(())
}

/// Fills memory with what a file has at a place.
pub(crate) fn read_exact(file: &File, offset: u64, content: &mut [u8]) -> Result<(), RequestError> {
    match file.read_exact_at(content, offset) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(changed()),
        Err(error) => Err(RequestError::local("cannot read", &error)),
    }
}

/// Fails when the file is no longer what it was.
pub(crate) fn unchanged(file: &File, before: Identity) -> Result<(), RequestError> {
    let metadata = file.metadata().map_err(|error| RequestError::local("cannot read", &error))?;
    if Identity::of(&metadata) == before { Ok(()) } else { Err(changed()) }
}

/// Whether a path names this file still.
pub(crate) fn is_named(file: &File, path: &Path) -> bool {
    let place = |metadata: &Metadata| (metadata.dev(), metadata.ino());
    matches!((file.metadata(), fs::metadata(path)), (Ok(open), Ok(named)) if place(&open) == place(&named))
}

/// It changed too late to be left alone.
pub(crate) fn replaced() -> RequestError {
    RequestError::new(ErrorKind::Changed, "the file changed while it was uploaded: the object is what it was before")
}

pub(crate) fn changed() -> RequestError {
    RequestError::new(ErrorKind::Changed, "the file changed while it was read, so it was not uploaded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_shown_once_and_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        let content: Vec<u8> = (0..=u8::MAX).cycle().take(3 * STEP + 100).collect();
        std::fs::write(&path, &content).expect("written");
        let file = File::open(&path).expect("a file");
        for (offset, length) in [(0, content.len()), (5, 0), (7, STEP), (STEP, 2 * STEP + 1)] {
            let mut shown = Vec::new();
            read_through(&file, offset as u64, length as u64, |bytes| shown.extend_from_slice(bytes)).expect("read");
            assert!(shown == content[offset..offset + length]);
        }
    }

    #[test]
    fn a_file_that_got_another_name_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (waiting, target) = (folder.path().join("waiting"), folder.path().join("target"));
        let file = File::create(&waiting).expect("a file");
        assert!(is_named(&file, &waiting));
        fs::rename(&waiting, &target).expect("renamed");
        assert!(!is_named(&file, &waiting), "there is none");
        fs::write(&waiting, "another").expect("written");
        assert!(!is_named(&file, &waiting), "it is another");
    }

    #[test]
    fn a_file_that_shrinks_is_noticed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, [7; 100]).expect("written");
        let Ok(Opened::Large(file, before)) = open(&path, 10) else { panic!("it is larger") };
        let read = || read_through(&file, 90, 10, |bytes| assert_eq!(bytes, [7; 10]));
        read().expect("a part");
        unchanged(&file, before).expect("the same");
        std::fs::write(&path, [7; 50]).expect("written");
        assert_eq!(read().expect_err("gone").kind, ErrorKind::Changed);
        assert_eq!(unchanged(&file, before).expect_err("other").kind, ErrorKind::Changed);
        assert!(matches!(open(&path, 50), Ok(Opened::Whole(content, _)) if content.len() == 50));
    }
}
