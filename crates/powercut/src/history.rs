//! A log taken apart: what happened to each file and to the names in each directory, and what of it a sync made durable.
//! Times are numbers of events: at time `t` the first `t` events have happened.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::event::{Event, Kind, Log, Name, Node, ROOT};

pub(crate) const PAGE: u64 = 4096;

/// A change of a file's bytes.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Write { offset: u64, bytes: Arc<[u8]> },
    Cut { length: u64 },
    Extend { length: u64 },
}

/// What happened to one file.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// When, and what.
    pub(crate) changes: Vec<(usize, Change)>,
    /// For each page that was ever written which of the changes concern it.
    pub(crate) pages: BTreeMap<u64, Vec<usize>>,
    /// Changes that a sync failed to make durable. The kernel takes their pages for clean from then on, so that a later sync
    /// writes nothing of them.
    pub(crate) lost: BTreeSet<usize>,
    /// What came before is durable.
    pub(crate) durable: usize,
    length: u64,
}

/// A change of a directory's names.
#[derive(Debug)]
pub(crate) enum Naming {
    Set(OsString, Node),
    Remove(OsString),
    /// Removed because a rename gave the name to another directory, once that one has it.
    MovedTo(OsString, Node),
}

#[derive(Debug, Default)]
pub(crate) struct Directory {
    path: PathBuf,
    pub(crate) changes: Vec<(usize, Naming)>,
    pub(crate) durable: usize,
}

/// All that happened before a cut.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) files: HashMap<Node, File>,
    pub(crate) directories: HashMap<Node, Directory>,
    /// Everything before is durable.
    base: usize,
}

impl File {
    fn change(&mut self, time: usize, change: Change) {
        let index = self.changes.len();
        match &change {
            Change::Write { offset, bytes } => {
                let end = offset + bytes.len() as u64;
                for page in offset / PAGE..end.div_ceil(PAGE) {
                    self.pages.entry(page).or_default().push(index);
                }
                self.length = self.length.max(end);
            }
            Change::Cut { length } => {
                for (_, changes) in self.pages.range_mut(length / PAGE..) {
                    changes.push(index);
                }
                self.length = *length;
            }
            Change::Extend { length } => self.length = *length,
        }
        self.changes.push((time, change));
    }

    fn set_length(&mut self, time: usize, length: u64) {
        let change = if length < self.length { Change::Cut { length } } else { Change::Extend { length } };
        self.change(time, change);
    }

    /// Its length at a time.
    pub(crate) fn length_at(&self, time: usize) -> u64 {
        let before = self.changes.iter().take_while(|(at, _)| *at < time);
        before.fold(0, |length, (_, change)| match change {
            Change::Write { offset, bytes } => length.max(offset + bytes.len() as u64),
            Change::Cut { length } | Change::Extend { length } => *length,
        })
    }

    fn sync_failed(&mut self, begun: usize) {
        let (durable, changes) = (self.durable, self.changes.iter().enumerate());
        let failed = changes.filter(|(_, (time, _))| (durable..begun).contains(time)).map(|(index, _)| index);
        self.lost.extend(failed);
    }
}

impl History {
    pub(crate) fn new(log: &Log, cut: usize) -> Self {
        let mut history = Self { base: log.base, ..Self::default() };
        history.directories.insert(ROOT, history.new_directory(PathBuf::new()));
        let mut names: HashMap<(Node, OsString), Node> = HashMap::new();
        let mut syncs = HashMap::new();
        for (time, event) in log.events[..cut].iter().enumerate() {
            match event {
                Event::SyncBegins { node, number } => {
                    syncs.insert(*number, (*node, time));
                }
                Event::SyncEnds { number, succeeded } => {
                    let (node, begun) = syncs[number];
                    history.sync_ends(node, begun, *succeeded);
                    if *succeeded {
                        history.carry_names(node, begun, log.carries_names);
                    }
                }
                Event::Write { node, offset, bytes } => {
                    let change = Change::Write { offset: *offset, bytes: Arc::clone(bytes) };
                    history.file(*node).change(time, change);
                }
                Event::SetLength { node, length } => history.file(*node).set_length(time, *length),
                Event::Mark(_) => {}
                naming => history.name(time, naming, &mut names),
            }
        }
        history
    }

    fn new_directory(&self, path: PathBuf) -> Directory {
        Directory { path, changes: Vec::new(), durable: self.base }
    }

    /// A sync of a file made durable what it is called in these directories.
    fn carry_names(&mut self, file: Node, begun: usize, which: fn(&Path) -> bool) {
        for directory in self.directories.values_mut().filter(|directory| which(&directory.path)) {
            let named = |(time, change): &(usize, Naming)| {
                (*time < begun && matches!(change, Naming::Set(_, node) if *node == file)).then_some(time + 1)
            };
            let durable = directory.changes.iter().rev().find_map(named);
            directory.durable = directory.durable.max(durable.unwrap_or(0));
        }
    }

    fn file(&mut self, node: Node) -> &mut File {
        let durable = self.base;
        self.files.entry(node).or_insert_with(|| File { durable, ..File::default() })
    }

    fn sync_ends(&mut self, node: Node, begun: usize, succeeded: bool) {
        if let Some(directory) = self.directories.get_mut(&node) {
            if succeeded {
                directory.durable = directory.durable.max(begun);
            }
            return;
        }
        let file = self.file(node);
        if !succeeded {
            file.sync_failed(begun);
        }
        // After a failure too: what was lost is not tried again.
        file.durable = file.durable.max(begun);
    }

    fn changes(&mut self, directory: Node) -> &mut Vec<(usize, Naming)> {
        &mut self.directories.get_mut(&directory).expect("a directory is made before its names").changes
    }

    fn name(&mut self, time: usize, event: &Event, names: &mut HashMap<(Node, OsString), Node>) {
        let key = |at: &Name| (at.directory, at.name.clone());
        match event {
            Event::Create { at, node, kind } => {
                match kind {
                    Kind::Directory => {
                        let path = self.directories[&at.directory].path.join(&at.name);
                        self.directories.insert(*node, self.new_directory(path));
                    }
                    Kind::File => _ = self.file(*node),
                }
                names.insert(key(at), *node);
                self.changes(at.directory).push((time, Naming::Set(at.name.clone(), *node)));
            }
            Event::Link { at, node } => {
                names.insert(key(at), *node);
                self.changes(at.directory).push((time, Naming::Set(at.name.clone(), *node)));
            }
            Event::Unlink { at } => {
                names.remove(&key(at));
                self.changes(at.directory).push((time, Naming::Remove(at.name.clone())));
            }
            Event::Rename { from, to } => {
                let node = names.remove(&key(from)).expect("what is renamed has a name");
                names.insert(key(to), node);
                let left = match from.directory == to.directory {
                    true => Naming::Remove(from.name.clone()),
                    false => Naming::MovedTo(from.name.clone(), to.directory),
                };
                self.changes(from.directory).push((time, left));
                self.changes(to.directory).push((time, Naming::Set(to.name.clone(), node)));
            }
            _ => {}
        }
    }
}
