//! After another master key was made: seals the data keys of all objects under it. No content is touched.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use larder_engine::{Engine, RewrapCursor};
use larder_jobs::{Progress, Worker, WorkerError};
use larder_keyring::MasterKeys;
use larder_sse::{Place, Sse, SseError};
use parking_lot::Mutex;

/// How often it is looked whether there is another master key.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Seals data keys under the current master key.
///
/// Earlier master keys stay in the keyring: a write that began before the rotation may still bring a data key that is under
/// one of them, and so may a restored backup.
pub(crate) struct Rewrapper {
    engine: Arc<Engine>,
    sse: Arc<Sse>,
    masters: MasterKeys,
    /// The master key that a finished walk was for.
    done_for: AtomicU32,
    walk: Mutex<Walk>,
}

/// A walk under way.
#[derive(Default)]
struct Walk {
    /// The master key that is current for it.
    under: u32,
    cursor: RewrapCursor,
    changed: usize,
    missed: usize,
}

impl Rewrapper {
    pub(crate) fn new(engine: Arc<Engine>, sse: Arc<Sse>, masters: MasterKeys) -> Self {
        Self { engine, sse, masters, done_for: AtomicU32::new(0), walk: Mutex::default() }
    }
}

/// Why a walk does not go on.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Engine(#[from] larder_engine::Error),
    #[error("the data key of {key} in bucket {bucket} cannot be sealed anew")]
    Key { bucket: String, key: String, source: SseError },
}

#[async_trait]
impl Worker for Rewrapper {
    fn name(&self) -> &'static str {
        "rewrap"
    }

    async fn run_once(&self) -> Result<Progress, WorkerError> {
        let current = self.masters.current_id();
        if self.done_for.load(Ordering::Relaxed) == current || self.masters.list().len() < 2 {
            return Ok(Progress::IdleFor(LOOK_EVERY));
        }
        let cursor = {
            let mut walk = self.walk.lock();
            if walk.under != current {
                *walk = Walk { under: current, ..Walk::default() };
            }
            walk.cursor.clone()
        };
        let step = self.engine.rewrap(cursor, |bucket, key, encryption| {
            let place = Place { bucket_id: bucket.record.id, bucket: &bucket.name, key };
            self.sse.rewrap(encryption, &place).map_err(|source| {
                let (bucket, key) = (bucket.name.to_string(), key.as_str().to_owned());
                Failure::Key { bucket, key, source }
            })
        });
        let step = step.await?;
        let mut walk = self.walk.lock();
        walk.changed += step.changed;
        walk.missed += step.missed;
        match step.next {
            Some(next) => walk.cursor = next,
            None if walk.missed > 0 => *walk = Walk { under: current, ..Walk::default() },
            None => {
                tracing::info!(
                    master_key = current,
                    data_keys = walk.changed,
                    "all data keys are under the current master key"
                );
                self.done_for.store(current, Ordering::Relaxed);
                return Ok(Progress::IdleFor(LOOK_EVERY));
            }
        }
        Ok(Progress::More)
    }
}
