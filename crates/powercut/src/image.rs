//! What a disk holds after a power cut, to be looked at or to be written out.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::event::Node;
use crate::history::PAGE;

/// A file's bytes; pages that are not there are zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Contents {
    pub(crate) length: u64,
    pub(crate) pages: BTreeMap<u64, Box<[u8]>>,
}

#[derive(Clone, Debug)]
pub(crate) enum Entry {
    File(Node),
    Directory(BTreeMap<OsString, Entry>),
}

/// A directory as a power cut left it.
#[derive(Clone, Debug)]
pub struct Image {
    pub(crate) root: Entry,
    pub(crate) contents: BTreeMap<Node, Contents>,
}

impl Contents {
    fn write(&self, path: &Path) -> io::Result<()> {
        let file = File::create_new(path)?;
        file.set_len(self.length)?;
        for (page, bytes) in &self.pages {
            let start = page * PAGE;
            let length = usize::try_from((self.length - start).min(PAGE)).expect("a page");
            if bytes[..length].iter().any(|byte| *byte != 0) {
                file.write_all_at(&bytes[..length], start)?;
            }
        }
        Ok(())
    }

    fn is(&self, bytes: &[u8]) -> bool {
        let zeros = [0; PAGE as usize];
        bytes.len() as u64 == self.length
            && bytes.chunks(PAGE as usize).zip(0..).all(|(chunk, page)| {
                self.pages.get(&page).map_or(&zeros[..], |bytes| &bytes[..])[..chunk.len()] == *chunk
            })
    }
}

impl Image {
    /// Writes it into an empty directory. Names of one file become names of one file.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        self.write_entries(&self.root, directory, &mut HashMap::new())
    }

    fn write_entries(&self, entry: &Entry, path: &Path, written: &mut HashMap<Node, PathBuf>) -> io::Result<()> {
        let Entry::Directory(entries) = entry else { unreachable!("only directories have entries") };
        for (name, entry) in entries {
            let path = path.join(name);
            match entry {
                Entry::Directory(_) => {
                    fs::create_dir(&path)?;
                    self.write_entries(entry, &path, written)?;
                }
                Entry::File(node) => match written.get(node) {
                    Some(first) => fs::hard_link(first, &path)?,
                    None => {
                        self.contents[node].write(&path)?;
                        written.insert(*node, path);
                    }
                },
            }
        }
        Ok(())
    }

    /// In what a directory differs from this.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn differences(&self, directory: &Path) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        self.compare(&self.root, directory, &mut found)?;
        Ok(found)
    }

    fn compare(&self, entry: &Entry, path: &Path, found: &mut Vec<String>) -> io::Result<()> {
        let at = path.display();
        match entry {
            Entry::File(node) if path.is_file() => {
                if !self.contents[node].is(&fs::read(path)?) {
                    found.push(format!("{at} has other bytes"));
                }
            }
            Entry::Directory(entries) if path.is_dir() => {
                for (name, entry) in entries {
                    self.compare(entry, &path.join(name), found)?;
                }
                for there in fs::read_dir(path)? {
                    let name = there?.file_name();
                    if !entries.contains_key(&name) {
                        found.push(format!("{} is not recorded", path.join(&name).display()));
                    }
                }
            }
            _ => found.push(format!("{at} is not there")),
        }
        Ok(())
    }

    /// All of its files: where each is, and its bytes. For tests.
    #[must_use]
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        self.collect(&self.root, Path::new(""), &mut files);
        files
    }

    fn collect(&self, entry: &Entry, path: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
        match entry {
            Entry::Directory(entries) => {
                for (name, entry) in entries {
                    self.collect(entry, &path.join(name), files);
                }
            }
            Entry::File(node) => {
                let contents = &self.contents[node];
                let mut bytes = vec![0; usize::try_from(contents.length).expect("fits into memory")];
                for (page, written) in &contents.pages {
                    let start = usize::try_from(page * PAGE).expect("fits into memory");
                    let length = (bytes.len() - start).min(written.len());
                    bytes[start..start + length].copy_from_slice(&written[..length]);
                }
                files.insert(path.to_owned(), bytes);
            }
        }
    }
}
