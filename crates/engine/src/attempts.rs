//! Operations that read, decide and commit, and begin anew when somebody came between.

use larder_types::ObjectKey;
use tokio::sync::{Mutex, MutexGuard};

use crate::error::Error;
use crate::keyspace;

/// How often an operation reads again after others changed what it read before it gives up.
const MAX_ATTEMPTS: u32 = 2_000;

/// Queues that all keys share. Only writers who met another writer of their key stand in one, so few are enough.
const QUEUES: u16 = 256;

/// Where writers of one key wait for each other, the first to come being the first to go.
///
/// What keeps writers apart is the precondition of each commit, here and in other processes on the same store. The queues only
/// spare this process's writers from losing to each other over and over.
pub(crate) struct Turns(Vec<Mutex<()>>);

impl Turns {
    pub(crate) fn new() -> Self {
        Self((0..QUEUES).map(|_| Mutex::default()).collect())
    }

    fn of(&self, key: &ObjectKey) -> &Mutex<()> {
        &self.0[usize::from(keyspace::shard_of(key, QUEUES))]
    }
}

/// Counts the attempts of one operation. It has its turn until this is dropped.
pub(crate) struct Attempts<'turns> {
    made: u32,
    queue: Option<&'turns Mutex<()>>,
    turn: Option<MutexGuard<'turns, ()>>,
}

impl<'turns> Attempts<'turns> {
    /// Those of an operation that waits for nobody.
    pub(crate) fn new() -> Self {
        Self { made: 0, queue: None, turn: None }
    }

    /// Those of a writer of a key: it waits for its turn once an attempt failed, and at once when others wait already.
    pub(crate) fn at(turns: &'turns Turns, key: &ObjectKey) -> Self {
        Self { made: 0, queue: Some(turns.of(key)), turn: None }
    }

    /// To be called before each attempt.
    pub(crate) async fn next(&mut self) -> Result<(), Error> {
        self.made += 1;
        if self.made > MAX_ATTEMPTS {
            return Err(Error::Contended);
        }
        if let (Some(queue), None) = (self.queue, &self.turn)
            && (self.made > 1 || queue.try_lock().is_err())
        {
            self.turn = Some(queue.lock().await);
        }
        if self.made > 8 {
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}
