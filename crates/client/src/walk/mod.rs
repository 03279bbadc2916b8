//! The files below a folder, in byte order of their keys.
//!
//! That order is not the order of a folder's names: `a.txt` comes before what is in `a/`, for `.` is less than `/`. So a
//! folder counts with a slash at its end. Names of one folder are read whole, into one buffer, and sorted; what is held is
//! the names of the folders on the way down, never the files already seen.

use std::ffi::OsStr;
use std::fs::{self, FileType, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use larder_types::Timestamp;

use crate::entry::{Entry, Hole, Sighting};
use crate::names::PART_SUFFIX;

#[cfg(test)]
mod tests;

/// Walks down from a folder.
pub struct Walk {
    folder: PathBuf,
    /// The key of the folder at the top of the stack; empty or with a slash at its end.
    prefix: String,
    levels: Vec<Level>,
    follows_links: bool,
}

/// One folder on the way down.
struct Level {
    names: Vec<u8>,
    children: Vec<Child>,
    next: usize,
    /// Device and inode, to notice a link that leads back up.
    identity: (u64, u64),
    prefix_length: usize,
}

/// A name within `Level::names`.
#[derive(Clone, Copy)]
struct Child {
    start: u32,
    length: u16,
    is_folder: bool,
}

/// Nothing else fills a folder's names up to what 32 bits count.
const MOST_NAME_BYTES: usize = u32::MAX as usize;

impl Walk {
    /// Begins at `root`.
    ///
    /// # Errors
    /// When it is no folder or cannot be read.
    pub fn new(root: &Path, follows_links: bool) -> io::Result<Self> {
        let mut walk = Self { folder: root.to_owned(), prefix: String::new(), levels: Vec::new(), follows_links };
        let metadata = fs::metadata(root)?;
        let level = walk.read(&metadata)?;
        walk.levels.push(level);
        Ok(walk)
    }

    /// Reads the folder that `self.folder` names.
    fn read(&self, metadata: &Metadata) -> io::Result<Level> {
        let mut level = Level {
            names: Vec::new(),
            children: Vec::new(),
            next: 0,
            identity: (metadata.dev(), metadata.ino()),
            prefix_length: self.prefix.len(),
        };
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_symlink() && !self.follows_links {
                continue;
            }
            let is_folder = kind.is_dir() || kind.is_symlink() && fs::metadata(entry.path()).is_ok_and(|m| m.is_dir());
            level.push(entry.file_name().as_bytes(), is_folder)?;
        }
        level.sort();
        Ok(level)
    }

    fn child(&mut self, child: Child, name: &[u8]) -> Option<Sighting> {
        let Ok(text) = std::str::from_utf8(name) else {
            let key = format!("{}{}", self.prefix, String::from_utf8_lossy(name));
            return Some(hole(key, child.is_folder, "its name is not UTF-8, and keys are".to_owned()));
        };
        if text.ends_with(PART_SUFFIX) && !child.is_folder {
            return None;
        }
        let path = self.folder.join(OsStr::from_bytes(name));
        let key = format!("{}{text}", self.prefix);
        match fs::metadata(&path) {
            Err(error) => Some(hole(key, child.is_folder, error.to_string())),
            Ok(metadata) if metadata.is_dir() => self.descend(path, key, &metadata),
            Ok(metadata) if metadata.is_file() => {
                Some(Sighting::Entry(Entry::new(key, metadata.len(), modified(&metadata))))
            }
            Ok(metadata) => Some(hole(key, false, format!("it is {}, not a file", kind_name(metadata.file_type())))),
        }
    }

    fn descend(&mut self, path: PathBuf, key: String, metadata: &Metadata) -> Option<Sighting> {
        let identity = (metadata.dev(), metadata.ino());
        if self.levels.iter().any(|level| level.identity == identity) {
            return Some(hole(key, true, "this link leads back to a folder it is in".to_owned()));
        }
        let above = std::mem::replace(&mut self.folder, path);
        let outer = std::mem::replace(&mut self.prefix, format!("{key}/"));
        match self.read(metadata) {
            Ok(mut level) => {
                level.prefix_length = outer.len();
                self.levels.push(level);
                None
            }
            Err(error) => {
                (self.folder, self.prefix) = (above, outer);
                Some(hole(key, true, error.to_string()))
            }
        }
    }
}

impl Iterator for Walk {
    type Item = Sighting;

    fn next(&mut self) -> Option<Sighting> {
        loop {
            let level = self.levels.last_mut()?;
            if let Some(&child) = level.children.get(level.next) {
                level.next += 1;
                let name = level.name(child).to_vec();
                if let Some(sighting) = self.child(child, &name) {
                    return Some(sighting);
                }
                continue;
            }
            self.prefix.truncate(level.prefix_length);
            self.levels.pop();
            self.folder.pop();
        }
    }
}

impl Level {
    fn push(&mut self, name: &[u8], is_folder: bool) -> io::Result<()> {
        let start = self.names.len();
        if start + name.len() > MOST_NAME_BYTES {
            return Err(io::Error::other("the folder has too many names"));
        }
        let too_long = |_| io::Error::other("a name is too long");
        let length = u16::try_from(name.len()).map_err(too_long)?;
        self.children.push(Child { start: u32::try_from(start).map_err(too_long)?, length, is_folder });
        self.names.extend_from_slice(name);
        Ok(())
    }

    fn sort(&mut self) {
        let names = std::mem::take(&mut self.names);
        let key = |child: &Child| {
            let name = bytes(&names, *child);
            name.iter().copied().chain(child.is_folder.then_some(b'/'))
        };
        self.children.sort_unstable_by(|left, right| key(left).cmp(key(right)));
        self.children.shrink_to_fit();
        self.names = names;
    }

    fn name(&self, child: Child) -> &[u8] {
        bytes(&self.names, child)
    }
}

fn bytes(names: &[u8], child: Child) -> &[u8] {
    &names[child.start as usize..][..usize::from(child.length)]
}

fn hole(mut key: String, is_folder: bool, reason: String) -> Sighting {
    if is_folder {
        key.push('/');
    }
    Sighting::Hole(Hole { key, reason })
}

/// A file's modification time, to the millisecond below.
#[must_use]
pub fn modified(metadata: &Metadata) -> Timestamp {
    let millis = metadata.mtime().saturating_mul(1_000).saturating_add(metadata.mtime_nsec() / 1_000_000);
    Timestamp::from_millis(millis)
}

fn kind_name(kind: FileType) -> &'static str {
    match () {
        () if kind.is_fifo() => "a named pipe",
        () if kind.is_socket() => "a socket",
        () if kind.is_block_device() || kind.is_char_device() => "a device",
        () => "something else",
    }
}
