//! Group commit: one thread writes, and while it waits for the disk the next group forms.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fjall::{PersistMode, Snapshot};
use larder_store::{CommitError, Mutation, Partition, Precondition, StoreError, Table};

use crate::meta::database::Database;
use crate::meta::encoding;
use crate::meta::queue::{Answer, Next, Queue, Waiting};
use crate::stats::Counters;
use crate::{Durability, Shared};

/// After this long without commits the published state is renewed: an old one keeps files alive that compactions replaced.
const RENEW_AFTER: Duration = Duration::from_secs(5);

/// What the commits of a group that were accepted so far leave of a key.
type Overlay = HashMap<(Table, Bytes), Option<Bytes>>;

pub(super) struct Committer {
    shared: Arc<Shared>,
    database: Arc<Database>,
    queue: Arc<Queue>,
}

/// However the thread ends, nobody waits for it for ever.
struct Abandon(Arc<Queue>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Why a group was not written.
enum Failure {
    /// Nothing was written, and may be later.
    Full,
    ReadOnly(String),
}

impl Failure {
    fn error(&self) -> StoreError {
        match self {
            Self::Full => StoreError::Full,
            Self::ReadOnly(what) => StoreError::ReadOnly { what: what.clone() },
        }
    }
}

impl Committer {
    pub(super) fn new(shared: Arc<Shared>, database: Arc<Database>, queue: Arc<Queue>) -> Self {
        Self { shared, database, queue }
    }

    pub(super) fn run(self) {
        let _abandon = Abandon(Arc::clone(&self.queue));
        loop {
            match self.queue.next(RENEW_AFTER) {
                Next::Group(group) => self.commit(group),
                Next::Task(task) => task(),
                Next::Idle => self.database.publish(),
                Next::Closed => return,
            }
        }
    }

    /// Carries out a group, then answers all of it: a loser that was told earlier would read again and find the value that
    /// beat it not yet visible.
    fn commit(&self, group: Vec<Waiting>) {
        let state = self.database.published();
        let mut overlay = Overlay::new();
        let mut answers = Vec::with_capacity(group.len());
        let (mut accepted, mut conflicts, mut bytes) = (0, 0, 0);
        for waiting in group {
            let Waiting { partition, commit, answer, room } = waiting;
            let verdict = self.check(&state, &overlay, partition, &commit.preconditions);
            match &verdict {
                Ok(()) => {
                    accepted += 1;
                    bytes += commit.size() as u64;
                    let change = |it: Mutation| ((it.table, encoding::full_key(partition, &it.key)), it.value);
                    overlay.extend(commit.mutations.into_iter().map(change));
                }
                Err(CommitError::Conflict) => conflicts += 1,
                Err(CommitError::Store(_)) => {}
            }
            answers.push((answer, verdict, room));
        }
        drop(state);

        let failure = self.write(overlay, bytes).err();
        if failure.is_none() {
            let counters = &self.shared.counters;
            Counters::add(&counters.groups, u64::from(accepted > 0));
            Counters::add(&counters.commits, accepted);
            Counters::add(&counters.conflicts, conflicts);
            Counters::add(&counters.commit_bytes, bytes);
        }
        for (answer, verdict, _room) in answers {
            // A caller that went away needs no answer.
            let _gone = answer.send(match &failure {
                None => verdict,
                Some(failure) => Err(CommitError::Store(failure.error())),
            });
        }
    }

    fn check(&self, state: &Snapshot, overlay: &Overlay, partition: Partition, required: &[Precondition]) -> Answer {
        for Precondition { key, expected } in required {
            let at = (Table::Records, encoding::full_key(partition, key));
            let holds = match overlay.get(&at) {
                Some(pending) => pending == expected,
                None => self.database.get(state, Table::Records, &at.1)? == *expected,
            };
            if !holds {
                return Err(CommitError::Conflict);
            }
        }
        Ok(())
    }

    /// Writes a group's outcome as one batch: durable, then visible. A failure makes the store read-only, because the journal
    /// may hold half of the batch, and it is unknown what of it the disk holds. So space is looked for once more before: others
    /// may have filled the file system since the commits were let in.
    fn write(&self, overlay: Overlay, bytes: u64) -> Result<(), Failure> {
        if let Some(what) = self.shared.health.failure() {
            return Err(Failure::ReadOnly(what.to_owned()));
        }
        if overlay.is_empty() {
            return Ok(());
        }
        if !self.shared.space.has_room_for(bytes) {
            return Err(Failure::Full);
        }
        let mode = match self.shared.durability {
            Durability::Full => PersistMode::SyncData,
            Durability::Relaxed => PersistMode::Buffer,
        };
        let write = || {
            self.database.wait_for_background_work()?;
            let mut batch = self.database.batch(mode);
            for ((table, key), value) in overlay {
                let keyspace = self.database.keyspace(table);
                match value {
                    Some(value) => batch.insert(keyspace, key.clone(), encoding::seal_value(&key, &value)),
                    None => batch.remove(keyspace, key),
                }
            }
            batch.commit()
        };
        match write() {
            Ok(()) => {
                Counters::add(&self.shared.counters.syncs, u64::from(mode == PersistMode::SyncData));
                self.database.publish();
                Ok(())
            }
            Err(error) => {
                let what = format!("a commit could not be made durable: {error}");
                self.shared.health.fail(what.clone());
                Err(Failure::ReadOnly(what))
            }
        }
    }
}
