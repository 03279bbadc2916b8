//! A recording as a test holds it.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::event::{Event, Kind, Log, Name, Node, ROOT};
use crate::interpose;
use crate::registry::{self, Inode, Registry};

/// What happens to a directory and everything in it, from the start of this until it is dropped.
#[derive(Debug)]
pub struct Recording {
    id: usize,
}

fn registry() -> Registry {
    registry::hold().expect("nothing in here calls a test's code")
}

fn inode(metadata: &fs::Metadata) -> Inode {
    (metadata.dev(), metadata.ino())
}

/// Records a file's bytes but for zeros: those that fill a file up to its length are many.
fn read(registry: &mut Registry, id: usize, node: Node, mut file: File) -> io::Result<()> {
    let zeros = vec![0; 64 * 1024];
    let mut buffer = zeros.clone();
    let mut offset = 0;
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            return Ok(());
        }
        if buffer[..length] != zeros[..length] {
            registry.record(id, Event::Write { node, offset, bytes: buffer[..length].into() });
        }
        offset += length as u64;
    }
}

/// Records what is there already.
fn scan(
    registry: &mut Registry,
    id: usize,
    path: &Path,
    directory: Node,
    seen: &mut HashMap<Inode, Node>,
) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let (entry, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        let metadata = fs::symlink_metadata(&entry)?;
        if let Some(node) = seen.get(&inode(&metadata)) {
            registry.record(id, Event::Link { at: Name { directory, name }, node: *node });
            continue;
        }
        let kind = if metadata.is_dir() { Kind::Directory } else { Kind::File };
        registry.created((id, directory), name, inode(&metadata), kind);
        let (_, node) = registry.find(inode(&metadata)).expect("just made");
        seen.insert(inode(&metadata), node);
        match kind {
            Kind::Directory => scan(registry, id, &entry, node, seen)?,
            Kind::File => {
                registry.record(id, Event::SetLength { node, length: metadata.len() });
                read(registry, id, node, File::open(&entry)?)?;
            }
        }
    }
    Ok(())
}

impl Recording {
    /// Begins to record a directory. What it holds counts as durable; nothing in it may be open for writing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn start(root: &Path) -> io::Result<Self> {
        interpose::link_all();
        let root_inode = inode(&fs::metadata(root)?);
        let mut registry = registry();
        let id = registry.begin(root_inode);
        let scanned = scan(&mut registry, id, root, ROOT, &mut HashMap::new());
        if let Err(error) = scanned {
            registry.end(id);
            return Err(error);
        }
        let recorded = registry.recorded(id);
        recorded.base = recorded.events.len();
        Ok(Self { id })
    }

    /// Notes that something happened which has this number for the test.
    pub fn mark(&self, mark: u64) {
        registry().record(self.id, Event::Mark(mark));
    }

    /// What happened so far.
    #[must_use]
    pub fn log(&self) -> Log {
        let mut registry = registry();
        let recorded = registry.recorded(self.id);
        Log { events: recorded.events.clone(), base: recorded.base, carries_names: |_| false }
    }

    /// Lets a sync fail with `EIO`, without being done: the `nth` from now on of those that are of a file or directory that `which`
    /// takes, by the first name it had in what is recorded. The next one is the first. Then syncs succeed again, as the kernel's do.
    pub fn fail_sync(&self, nth: u64, which: fn(&Path) -> bool) {
        registry().recorded(self.id).fail_sync(nth, which);
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        if let Some(mut registry) = registry::hold() {
            registry.end(self.id);
        }
    }
}
