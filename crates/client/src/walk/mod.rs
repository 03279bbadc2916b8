//! The files below a folder, in byte order of their keys.
//!
//! That order is not the order of a folder's names: `a.txt` comes before what is in `a/`, for `.` is less than `/`. So a
//! folder counts with a slash at its end. Names of one folder are read whole, into one buffer, and sorted; what is held is
//! the names of the folders on the way down, never the files already seen.
//!
//! Names that are not UTF-8 are no keys. They are holes, and stand where their keys would if what is not UTF-8 were replaced
//! by U+FFFD, for that is the key by which they are told of.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::{self, DirEntry, FileType, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use larder_types::Timestamp;

use crate::entry::{Entry, Extent, Hole, Sighting};
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
    names: String,
    children: Vec<Child>,
    next: usize,
    /// Device and inode, to notice a link that leads back up.
    identity: (u64, u64),
    prefix_length: usize,
    behind_link: bool,
}

/// A name within `Level::names`.
#[derive(Clone, Copy)]
struct Child {
    start: u32,
    length: u16,
    kind: Kind,
    is_utf8: bool,
}

/// What a name stood for when its folder was read. Its place in the order follows from it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A file, or anything that is no folder.
    File,
    Folder,
    LinkToFolder,
    /// A link that could not be followed.
    Unknown,
}

impl Kind {
    fn of(entry: &DirEntry, found: FileType) -> Self {
        if !found.is_symlink() {
            return if found.is_dir() { Self::Folder } else { Self::File };
        }
        match fs::metadata(entry.path()) {
            Ok(metadata) if metadata.is_dir() => Self::LinkToFolder,
            Ok(_) => Self::File,
            Err(_) => Self::Unknown,
        }
    }

    fn is_folder(self) -> bool {
        matches!(self, Self::Folder | Self::LinkToFolder)
    }

    fn extent(self) -> Extent {
        match self {
            Self::File => Extent::File,
            Self::Folder | Self::LinkToFolder => Extent::Folder,
            Self::Unknown => Extent::Either,
        }
    }
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
            names: String::new(),
            children: Vec::new(),
            next: 0,
            identity: (metadata.dev(), metadata.ino()),
            prefix_length: self.prefix.len(),
            behind_link: false,
        };
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let found = entry.file_type()?;
            if found.is_symlink() && !self.follows_links {
                continue;
            }
            level.push(&entry.file_name(), Kind::of(&entry, found))?;
        }
        level.sort();
        Ok(level)
    }

    fn child(&mut self, child: Child, key: String) -> Option<Sighting> {
        let name = &key[self.prefix.len()..];
        if !child.is_utf8 {
            return Some(hole(key, child.kind.extent(), "its name is not UTF-8, and keys are"));
        }
        if name.ends_with(PART_SUFFIX) && !child.kind.is_folder() {
            return None;
        }
        let path = self.folder.join(name);
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) => return Some(hole(key, child.kind.extent(), error)),
        };
        match (child.kind.is_folder(), metadata.is_dir()) {
            (true, true) => self.descend(path, key, &metadata, child.kind == Kind::LinkToFolder),
            (false, false) if metadata.is_file() => {
                let behind_link = self.levels.last().is_some_and(|level| level.behind_link);
                let entry = Entry::new(key, metadata.len(), modified(&metadata));
                Some(Sighting::Entry(Entry { behind_link, ..entry }))
            }
            (false, false) => {
                Some(hole(key, Extent::File, format!("it is {}, not a file", kind_name(metadata.file_type()))))
            }
            // Its keys would not be in order any more: they belong before or after some that were seen.
            (false, true) => Some(hole(key, Extent::Either, "it has just become a folder")),
            (true, false) => Some(hole(key, Extent::Folder, "it was a folder and is none any more")),
        }
    }

    fn descend(&mut self, path: PathBuf, key: String, metadata: &Metadata, is_link: bool) -> Option<Sighting> {
        let identity = (metadata.dev(), metadata.ino());
        if self.levels.iter().any(|level| level.identity == identity) {
            return Some(hole(key, Extent::Folder, "this link leads back to a folder it is in"));
        }
        let behind_link = is_link || self.levels.last().is_some_and(|level| level.behind_link);
        let above = std::mem::replace(&mut self.folder, path);
        let outer = std::mem::replace(&mut self.prefix, format!("{key}/"));
        match self.read(metadata) {
            Ok(level) => {
                self.levels.push(Level { prefix_length: outer.len(), behind_link, ..level });
                None
            }
            Err(error) => {
                (self.folder, self.prefix) = (above, outer);
                Some(hole(key, Extent::Folder, error))
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
                let key = format!("{}{}", self.prefix, level.name(child));
                if let Some(sighting) = self.child(child, key) {
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
    fn push(&mut self, name: &OsStr, kind: Kind) -> io::Result<()> {
        let text = name.to_string_lossy();
        let start = self.names.len();
        if start + text.len() > MOST_NAME_BYTES {
            return Err(io::Error::other("the folder has too many names"));
        }
        let too_long = |_| io::Error::other("a name is too long");
        let length = u16::try_from(text.len()).map_err(too_long)?;
        let start = u32::try_from(start).map_err(too_long)?;
        self.children.push(Child { start, length, kind, is_utf8: matches!(text, Cow::Borrowed(_)) });
        self.names.push_str(&text);
        Ok(())
    }

    fn sort(&mut self) {
        let names = std::mem::take(&mut self.names);
        let key = |child: &Child| name(&names, *child).bytes().chain(child.kind.is_folder().then_some(b'/'));
        // Of two names with the same key, the hole comes before what is below the folder.
        let order = |left: &Child, right: &Child| key(left).cmp(key(right)).then(left.is_utf8.cmp(&right.is_utf8));
        self.children.sort_unstable_by(order);
        self.children.shrink_to_fit();
        self.names = names;
    }

    fn name(&self, child: Child) -> &str {
        name(&self.names, child)
    }
}

fn name(names: &str, child: Child) -> &str {
    &names[child.start as usize..][..usize::from(child.length)]
}

fn hole(mut key: String, extent: Extent, reason: impl ToString) -> Sighting {
    if extent == Extent::Folder {
        key.push('/');
    }
    Sighting::Hole(Hole { key, extent, reason: reason.to_string() })
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
