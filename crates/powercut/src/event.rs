//! What is recorded.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file or directory of a recording, whatever its names are.
pub(crate) type Node = u32;

/// The directory that is recorded.
pub(crate) const ROOT: Node = 0;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
}

/// A name in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) directory: Node,
    pub(crate) name: OsString,
}

#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A new file or directory gets its first name.
    Create {
        at: Name,
        node: Node,
        kind: Kind,
    },
    /// A file gets another name.
    Link {
        at: Name,
        node: Node,
    },
    /// A name goes.
    Unlink {
        at: Name,
    },
    Rename {
        from: Name,
        to: Name,
    },
    Write {
        node: Node,
        offset: u64,
        bytes: Arc<[u8]>,
    },
    /// The length is set; what is added is zeros.
    SetLength {
        node: Node,
        length: u64,
    },
    /// A sync begins: it is to make durable what came before.
    SyncBegins {
        node: Node,
        number: u64,
    },
    SyncEnds {
        number: u64,
        succeeded: bool,
    },
    /// What a test wants to know the place of.
    Mark(u64),
}

/// All that happened up to some moment, in order.
#[derive(Clone, Debug)]
pub struct Log {
    pub(crate) events: Vec<Event>,
    /// How many events make what was there at the start, all of it durable.
    pub(crate) base: usize,
    pub(crate) carries_names: fn(&Path) -> bool,
}

/// Around which a power cut is of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncPoint {
    /// Power fails before this sync begins.
    Before(usize),
    /// Power fails while it is under way.
    During(usize),
    /// Power fails just after it ended.
    After(usize),
}

impl SyncPoint {
    /// How many events there are before power fails.
    #[must_use]
    pub fn cut(self) -> usize {
        match self {
            Self::Before(cut) | Self::During(cut) | Self::After(cut) => cut,
        }
    }
}

impl Log {
    /// Says in which directories, by their paths in what is recorded, a sync of a file makes its name durable too. POSIX promises
    /// that nowhere; ext4, XFS and btrfs do it for a new file.
    #[must_use]
    pub fn with_names_that_follow_files(self, which: fn(&Path) -> bool) -> Self {
        Self { carries_names: which, ..self }
    }

    /// The places where power may fail: any number of events from the first of these to the second, both included.
    #[must_use]
    pub fn cuts(&self) -> (usize, usize) {
        (self.base, self.events.len())
    }

    /// The places around syncs.
    #[must_use]
    pub fn sync_points(&self) -> Vec<SyncPoint> {
        let mut points = Vec::new();
        for (index, event) in self.events.iter().enumerate().skip(self.base) {
            match event {
                Event::SyncBegins { .. } => points.extend([SyncPoint::Before(index), SyncPoint::During(index + 1)]),
                Event::SyncEnds { .. } => points.push(SyncPoint::After(index + 1)),
                _ => {}
            }
        }
        points
    }

    /// How many syncs were begun.
    #[must_use]
    pub fn syncs(&self) -> usize {
        self.events.iter().filter(|event| matches!(event, Event::SyncBegins { .. })).count()
    }

    /// Where each mark is, and which it is, in order.
    pub fn places_of_marks(&self) -> impl Iterator<Item = (usize, u64)> {
        self.events.iter().enumerate().filter_map(|(place, event)| match event {
            Event::Mark(mark) => Some((place, *mark)),
            _ => None,
        })
    }

    /// How many syncs of such files both began and succeeded between two places.
    #[must_use]
    pub fn whole_syncs(&self, from: usize, to: usize, which: fn(&Path) -> bool) -> usize {
        let paths = self.first_names();
        let mut begun = HashSet::new();
        let mut whole = 0;
        for event in &self.events[from..to] {
            match event {
                Event::SyncBegins { node, number } if which(&paths[node]) => drop(begun.insert(*number)),
                Event::SyncEnds { number, succeeded: true } => whole += usize::from(begun.contains(number)),
                _ => {}
            }
        }
        whole
    }

    fn first_names(&self) -> HashMap<Node, PathBuf> {
        let mut paths = HashMap::from([(ROOT, PathBuf::new())]);
        for event in &self.events {
            if let Event::Create { at, node, .. } = event {
                paths.insert(*node, paths[&at.directory].join(&at.name));
            }
        }
        paths
    }

    /// What the syncs that failed were of: the first name of each file or directory.
    #[must_use]
    pub fn failed_syncs(&self) -> Vec<PathBuf> {
        let paths = self.first_names();
        let (mut begun, mut failed) = (HashMap::new(), Vec::new());
        for event in &self.events {
            match event {
                Event::SyncBegins { node, number } => drop(begun.insert(*number, *node)),
                Event::SyncEnds { number, succeeded: false } => failed.push(paths[&begun[number]].clone()),
                _ => {}
            }
        }
        failed
    }

    /// The marks up to a cut, in order.
    pub fn marks(&self, cut: usize) -> impl Iterator<Item = u64> {
        self.places_of_marks().take_while(move |(place, _)| *place < cut).map(|(_, mark)| mark)
    }

    /// What happened at the end of a log of `cut` events, for the message of a test that fails.
    #[must_use]
    pub fn tail(&self, cut: usize, events: usize) -> String {
        let line = |event: &Event| match event {
            Event::Write { node, offset, bytes } => format!("write {} bytes at {offset} of node {node}", bytes.len()),
            other => format!("{other:?}"),
        };
        let from = cut.saturating_sub(events);
        let lines =
            self.events[from..cut].iter().enumerate().map(|(at, event)| format!("{}: {}\n", from + at, line(event)));
        lines.collect()
    }
}
