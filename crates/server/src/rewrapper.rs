//! After another master key was made: seals the data keys of all objects under it. No content is touched.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use larder_engine::{Engine, RewrapCursor};
use larder_env::Clock;
use larder_jobs::{Progress, Worker, WorkerError};
use larder_keyring::MasterKeys;
use larder_sse::{Place, Sse};
use larder_types::Timestamp;
use parking_lot::Mutex;

/// How often it is looked whether there is another master key.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How often everything is walked again while there are several master keys: a write that began before a rotation, or a
/// record that moved while a walk passed, may have brought an old one.
const WALK_AGAIN_AFTER: i64 = 60 * 60 * 1000;

/// Seals data keys under the current master key.
///
/// Earlier master keys stay in the keyring: a write that began before the rotation may still bring a data key that is under
/// one of them, and so may a restored backup.
pub(crate) struct Rewrapper {
    engine: Arc<Engine>,
    sse: Arc<Sse>,
    masters: MasterKeys,
    clock: Arc<dyn Clock>,
    walk: Mutex<Walk>,
}

/// A walk under way.
#[derive(Default)]
struct Walk {
    /// The master key that is current for it.
    under: u32,
    cursor: RewrapCursor,
    /// Data keys sealed anew since the master key is current.
    changed: usize,
    /// Data keys that this walk sealed anew or missed: the last walk has none.
    unfinished: usize,
    /// Data keys that could not be opened.
    failed: usize,
    /// When a walk found nothing left to do.
    done_at: Option<Timestamp>,
}

impl Rewrapper {
    pub(crate) fn new(engine: Arc<Engine>, sse: Arc<Sse>, masters: MasterKeys, clock: Arc<dyn Clock>) -> Self {
        Self { engine, sse, masters, clock, walk: Mutex::default() }
    }
}

#[async_trait]
impl Worker for Rewrapper {
    fn name(&self) -> &'static str {
        "rewrap"
    }

    async fn run_once(&self) -> Result<Progress, WorkerError> {
        let (current, now) = (self.masters.current_id(), self.clock.now());
        if self.masters.list().len() < 2 {
            return Ok(Progress::IdleFor(LOOK_EVERY));
        }
        let cursor = {
            let mut walk = self.walk.lock();
            if walk.under != current {
                *walk = Walk { under: current, ..Walk::default() };
            }
            if walk.done_at.is_some_and(|at| now.as_millis() - at.as_millis() < WALK_AGAIN_AFTER) {
                return Ok(Progress::IdleFor(LOOK_EVERY));
            }
            walk.done_at = None;
            walk.cursor.clone()
        };
        let failed = AtomicUsize::new(0);
        let step = self.engine.rewrap(cursor, |bucket, key, encryption| {
            let place = Place { bucket_id: bucket.record.id, bucket: &bucket.name, key };
            self.sse.rewrap(encryption, &place).unwrap_or_else(|error| {
                tracing::error!(%error, bucket = %bucket.name, key = key.as_str(), "a data key cannot be sealed anew");
                failed.fetch_add(1, Ordering::Relaxed);
                None
            })
        });
        let step = step.await?;
        let failed = failed.into_inner() + step.damaged;
        let mut walk = self.walk.lock();
        walk.changed += step.changed;
        walk.unfinished += step.changed + step.missed;
        walk.failed += failed;
        if let Some(next) = step.next {
            walk.cursor = next;
            return Ok(Progress::More);
        }
        let again = walk.unfinished > 0;
        let (changed, failed) = (walk.changed, walk.failed);
        *walk = Walk { under: current, changed, done_at: (!again).then_some(now), ..Walk::default() };
        if again {
            return Ok(Progress::More);
        }
        match failed {
            0 => tracing::info!(master_key = current, changed, "all data keys are under the current master key"),
            _ => tracing::error!(failed, "data keys could not be sealed under the current master key"),
        }
        Ok(Progress::IdleFor(LOOK_EVERY))
    }
}

#[cfg(test)]
mod tests;
