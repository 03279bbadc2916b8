//! The recordings of this process, and the only door to them. What is done through a [`Registry`] is in one order, since there is
//! one at a time.

use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::event::{Event, Kind, Name, Node};

/// What the kernel calls a file: its device and its number there.
pub(crate) type Inode = (u64, u64);

/// Recordings under way: while there is none, the functions that stand in for the C library's do nothing more than those.
static ACTIVE: AtomicUsize = AtomicUsize::new(0);

/// Whether there ever was a recording.
static RECORDED: AtomicBool = AtomicBool::new(false);

static STATE: Mutex<Option<State>> = Mutex::new(None);

thread_local! {
    /// Whether this thread holds the registry: what it does to files then is no part of a recording.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

#[derive(Default)]
struct State {
    recordings: HashMap<usize, Recorded>,
    nodes: HashMap<Inode, (usize, Node)>,
    next: usize,
}

/// One recording.
#[derive(Default)]
pub(crate) struct Recorded {
    pub(crate) events: Vec<Event>,
    pub(crate) base: usize,
    nodes: Node,
    syncs: u64,
    /// The first name of each node.
    paths: HashMap<Node, PathBuf>,
    failing: Option<Failing>,
}

/// The sync that is to fail.
struct Failing {
    which: fn(&Path) -> bool,
    /// How many of those are still to come, itself included.
    nth: u64,
}

/// A sync under way.
#[derive(Clone, Copy)]
pub(crate) struct Sync {
    recording: usize,
    number: u64,
    /// It is to fail without being done.
    pub(crate) fails: bool,
}

/// The recordings, held by this thread.
pub(crate) struct Registry {
    state: MutexGuard<'static, Option<State>>,
    _inside: Inside,
}

/// Dropped after the lock.
struct Inside;

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(false);
    }
}

pub(crate) fn has_recorded() -> bool {
    RECORDED.load(Ordering::SeqCst)
}

/// Takes the registry when anything is recorded, and this thread does not hold it already.
pub(crate) fn enter() -> Option<Registry> {
    if ACTIVE.load(Ordering::SeqCst) == 0 { None } else { hold() }
}

/// Takes the registry, also when nothing is recorded yet.
pub(crate) fn hold() -> Option<Registry> {
    if INSIDE.replace(true) {
        return None;
    }
    let inside = Inside;
    let mut state = STATE.lock().unwrap_or_else(PoisonError::into_inner);
    state.get_or_insert_default();
    Some(Registry { state, _inside: inside })
}

impl Registry {
    fn state(&mut self) -> &mut State {
        self.state.as_mut().expect("made when the registry was taken")
    }

    /// Begins a recording; its root is its first node.
    pub(crate) fn begin(&mut self, root: Inode) -> usize {
        let state = self.state();
        let recording = state.next;
        state.next += 1;
        state.recordings.insert(recording, Recorded { nodes: 1, ..Recorded::default() });
        state.nodes.insert(root, (recording, crate::event::ROOT));
        RECORDED.store(true, Ordering::SeqCst);
        ACTIVE.fetch_add(1, Ordering::SeqCst);
        recording
    }

    pub(crate) fn end(&mut self, recording: usize) {
        let state = self.state();
        if state.recordings.remove(&recording).is_some() {
            state.nodes.retain(|_, (of, _)| *of != recording);
            ACTIVE.fetch_sub(1, Ordering::SeqCst);
        }
    }

    pub(crate) fn recorded(&mut self, recording: usize) -> &mut Recorded {
        self.state().recordings.get_mut(&recording).expect("a recording lives as long as its handle")
    }

    /// Which node of which recording a file is.
    pub(crate) fn find(&mut self, inode: Inode) -> Option<(usize, Node)> {
        self.state().nodes.get(&inode).copied()
    }

    /// A file has no name any more. Who has it open may go on; what becomes of it is of no interest.
    pub(crate) fn forget(&mut self, inode: Inode) {
        self.state().nodes.remove(&inode);
    }

    pub(crate) fn record(&mut self, recording: usize, event: Event) {
        self.recorded(recording).events.push(event);
    }

    /// A file or directory was made in a directory that is recorded.
    pub(crate) fn created(&mut self, (recording, directory): (usize, Node), name: OsString, inode: Inode, kind: Kind) {
        let recorded = self.recorded(recording);
        let node = recorded.nodes;
        recorded.nodes += 1;
        let path = recorded.path(directory).join(&name);
        recorded.paths.insert(node, path);
        recorded.events.push(Event::Create { at: Name { directory, name }, node, kind });
        // In place of one that had this number and is gone.
        self.state().nodes.insert(inode, (recording, node));
    }

    pub(crate) fn sync_begins(&mut self, (recording, node): (usize, Node)) -> Sync {
        let recorded = self.recorded(recording);
        recorded.syncs += 1;
        let number = recorded.syncs;
        recorded.events.push(Event::SyncBegins { node, number });
        let path = recorded.path(node);
        let fails = recorded.failing.as_mut().filter(|failing| (failing.which)(&path)).is_some_and(|failing| {
            failing.nth -= 1;
            failing.nth == 0
        });
        recorded.failing.take_if(|_| fails);
        Sync { recording, number, fails }
    }

    pub(crate) fn sync_ends(&mut self, sync: Sync, succeeded: bool) {
        if let Some(recorded) = self.state().recordings.get_mut(&sync.recording) {
            recorded.events.push(Event::SyncEnds { number: sync.number, succeeded });
        }
    }
}

impl Recorded {
    fn path(&self, node: Node) -> PathBuf {
        self.paths.get(&node).cloned().unwrap_or_default()
    }

    /// Lets the `nth` of these syncs from now on fail; the next one is the first.
    pub(crate) fn fail_sync(&mut self, nth: u64, which: fn(&Path) -> bool) {
        self.failing = (nth > 0).then_some(Failing { which, nth });
    }
}
