//! Commits that wait for the committer.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use larder_store::{Commit, CommitError, MAX_COMMIT_BYTES, Partition, StoreError};
use parking_lot::{Condvar, Mutex};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Bytes of commits that may wait; whoever has more waits before queueing.
const WAITING_BYTES: usize = 32 * 1024 * 1024;

/// What one permit of the queue stands for.
const PERMIT_BYTES: usize = 1024;

/// Bytes of the commits of one group, a larger first one aside: less than a memtable, so that one group fills at most one.
const GROUP_BYTES: usize = 4 * 1024 * 1024;

pub(super) type Answer = Result<(), CommitError>;

/// A commit that waits.
pub(super) struct Waiting {
    pub(super) partition: Partition,
    pub(super) commit: Commit,
    pub(super) answer: oneshot::Sender<Answer>,
    /// Room in the queue, given back when this is answered.
    pub(super) room: OwnedSemaphorePermit,
}

/// Work for the committer while no batch is under way.
pub(super) type Task = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    tasks: VecDeque<Task>,
    closed: bool,
}

pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    room: Arc<Semaphore>,
}

/// What the committer is to do next.
pub(super) enum Next {
    /// These, together.
    Group(Vec<Waiting>),
    /// This, before any commit.
    Task(Task),
    /// Nothing was asked for in a while.
    Idle,
    /// Stop: nothing waits and nothing will come.
    Closed,
}

fn closed() -> CommitError {
    CommitError::Store(StoreError::ReadOnly { what: "the store is closed".to_owned() })
}

impl Queue {
    pub(super) fn new() -> Self {
        let room = Arc::new(Semaphore::new(WAITING_BYTES / PERMIT_BYTES));
        Self { state: Mutex::default(), changed: Condvar::new(), room }
    }

    /// Queues a valid commit and waits for its answer. Dropping the future after it is queued does not take it back.
    pub(super) async fn submit(&self, partition: Partition, commit: Commit) -> Answer {
        debug_assert!(commit.size() <= MAX_COMMIT_BYTES, "the commit was validated");
        let permits = u32::try_from(commit.size() / PERMIT_BYTES + 1).expect("a valid commit is small");
        let room = Arc::clone(&self.room).acquire_many_owned(permits).await;
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { partition, commit, answer, room: room.map_err(|_| closed())? };
        {
            let mut state = self.state.lock();
            if state.closed {
                return Err(closed());
            }
            state.waiting.push_back(waiting);
        }
        self.changed.notify_one();
        answered.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Has the committer do `work` between two groups: what it wrote is then whole, and nothing is being written. Waits for it.
    pub(super) async fn between_groups<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let stopped = || StoreError::ReadOnly { what: "the store is closed".to_owned() };
        {
            let mut state = self.state.lock();
            if state.closed {
                return Err(stopped());
            }
            state.tasks.push_back(Box::new(move || {
                // A caller that went away needs no answer.
                let _gone = answer.send(work());
            }));
        }
        self.changed.notify_one();
        answered.await.map_err(|_| stopped())
    }

    /// Takes the next group, waiting at most `patience` for one to come.
    pub(super) fn next(&self, patience: Duration) -> Next {
        let mut state = self.state.lock();
        if state.waiting.is_empty() && state.tasks.is_empty() && !state.closed {
            self.changed.wait_for(&mut state, patience);
        }
        if let Some(task) = state.tasks.pop_front() {
            return Next::Task(task);
        }
        let mut group = Vec::new();
        let mut bytes = 0;
        while let Some(first) = state.waiting.front() {
            bytes += first.commit.size();
            if bytes > GROUP_BYTES && !group.is_empty() {
                break;
            }
            group.extend(state.waiting.pop_front());
        }
        match (group.is_empty(), state.closed) {
            (false, _) => Next::Group(group),
            (true, true) => Next::Closed,
            (true, false) => Next::Idle,
        }
    }

    /// Takes no more commits; those that wait still come from [`Queue::next`].
    pub(super) fn close(&self) {
        self.state.lock().closed = true;
        self.room.close();
        self.changed.notify_one();
    }

    /// Takes no more commits and drops those that wait, which tells their callers.
    pub(super) fn abandon(&self) {
        self.close();
        let (waiting, tasks) = {
            let mut state = self.state.lock();
            (std::mem::take(&mut state.waiting), std::mem::take(&mut state.tasks))
        };
        drop((waiting, tasks));
    }
}
