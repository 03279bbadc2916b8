//! Writes of large files past the page cache.
//!
//! The kernel copies what is written into memory that it has to find first, and throws out for it what others read before. For
//! gigabytes that are on their way to the disk anyway both are in vain. `docs/adr/0014-large-downloads.md` has the reasons.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{FallocateFlags, FsWord, OFlags, fallocate, fstatfs};
use rustix::io::{Errno, retry_on_intr};

use super::landing;
use super::piece::Piece;

/// Memory, offsets and lengths are multiples of this: a page, which is enough for most disks. See `O_DIRECT` in open(2).
pub(crate) const ALIGNMENT: usize = 4 * 1024;

/// `TMPFS_MAGIC` of statfs(2).
const TMPFS_MAGIC: FsWord = 0x0102_1994;

/// A file that is written past the page cache.
pub(crate) struct Direct {
    file: File,
    refused: AtomicBool,
}

impl Direct {
    /// Opens a file that is there for writing; `None` where the file system has no such writes, or is memory itself.
    pub(crate) fn open(path: &Path) -> Option<Self> {
        let flags = (OFlags::DIRECT | OFlags::NOFOLLOW).bits().cast_signed();
        let file = OpenOptions::new().write(true).custom_flags(flags).open(path).ok()?;
        let is_memory = fstatfs(&file).is_ok_and(|found| found.f_type == TMPFS_MAGIC);
        (!is_memory).then(|| Self { file, refused: AtomicBool::new(false) })
    }

    /// Gives the file its length and, where the file system can, its place on the disk, so that writes need not look for it.
    ///
    /// # Errors
    /// A disk that is too full, before anything is written.
    pub(crate) fn allocate(&self, length: u64) -> io::Result<()> {
        match retry_on_intr(|| fallocate(&self.file, FallocateFlags::empty(), 0, length)) {
            Err(error @ (Errno::NOSPC | Errno::DQUOT | Errno::FBIG)) => Err(error.into()),
            Ok(()) => Ok(()),
            Err(_) => self.file.set_len(length),
        }
    }

    /// Writes a piece. What is less than a page is left to `cached`, the same file with the page cache. Several threads may
    /// write different pieces at a time.
    pub(crate) fn write(&self, cached: &File, piece: &Piece) -> io::Result<()> {
        let (offset, content) = (piece.offset(), piece.content());
        let whole = offset.is_multiple_of(ALIGNMENT as u64);
        let pages = if whole { content.len() - content.len() % ALIGNMENT } else { 0 };
        let (pages, rest) = content.split_at(pages);
        self.write_pages(cached, offset, pages)?;
        landing::write_at(cached, offset + pages.len() as u64, rest)
    }

    fn write_pages(&self, cached: &File, offset: u64, pages: &[u8]) -> io::Result<()> {
        if !self.refused.load(Ordering::Relaxed) {
            match self.file.write_all_at(pages, offset) {
                // Some file systems say so only now, and some of their disks have larger blocks.
                Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
                    self.refused.store(true, Ordering::Relaxed);
                }
                written => return written,
            }
        }
        landing::write_at(cached, offset, pages)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::transfer::buffers::Buffers;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn pieces_are_written_where_they_belong(
            refused in any::<bool>(),
            offset in prop_oneof![(0..3_usize).prop_map(|page| page * ALIGNMENT), 0..3 * ALIGNMENT],
            length in prop_oneof![(0..8_usize).prop_map(|page| page * ALIGNMENT), 0..8 * ALIGNMENT],
        ) {
            let folder = folder();
            let path = folder.path().join("file");
            let mut expected = vec![b'.'; 20 * ALIGNMENT];
            fs::write(&path, &expected).expect("written");
            let cached = OpenOptions::new().write(true).open(&path).expect("a file");
            let content: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
            let mut piece = Piece::new(&Arc::new(Buffers::default()), offset as u64);
            piece.fill(&mut Bytes::from(content.clone()));
            expected[offset..offset + length].copy_from_slice(&content);
            if let Some(mut direct) = open_or_say_so(&path) {
                direct.refused = AtomicBool::new(refused);
                direct.write(&cached, &piece).expect("written");
                prop_assert!(fs::read(&path).expect("a file") == expected);
            }
        }
    }

    /// Below the build's own folder, which is seldom in memory as the one for temporary files may be.
    fn folder() -> tempfile::TempDir {
        let built = std::env::current_exe().expect("the test has a path");
        tempfile::tempdir_in(built.parent().expect("it is in a folder")).expect("a folder")
    }

    fn open_or_say_so(path: &Path) -> Option<Direct> {
        let direct = Direct::open(path);
        if direct.is_none() {
            println!("SKIPPED: {} is on a file system without direct writes, so nothing is tested", path.display());
        }
        direct
    }

    #[test]
    fn a_file_has_its_length_before_it_is_written_and_a_write_that_fails_is_told() {
        let folder = folder();
        let path = folder.path().join("file");
        fs::write(&path, b"").expect("written");
        let Some(direct) = open_or_say_so(&path) else { return };
        direct.allocate(10_000).expect("there is room");
        assert_eq!(fs::metadata(&path).expect("a file").len(), 10_000);
        let mut piece = Piece::new(&Arc::new(Buffers::default()), 0);
        piece.fill(&mut Bytes::from(vec![7; 10_000]));
        let read_only = File::open(&path).expect("a file");
        assert!(direct.write(&read_only, &piece).is_err(), "the rest of a page cannot be written");
        let broken = Direct { file: File::open(&path).expect("a file"), refused: AtomicBool::new(false) };
        assert!(broken.write(&read_only, &piece).is_err(), "pages cannot be written");
    }
}
