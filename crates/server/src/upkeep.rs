//! Scrubs and backups of a running server, as operators ask for them.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use larder_admin_api::messages::{BackupPoint, ScrubReport, ScrubStatus};
use larder_admin_api::{Upkeep, UpkeepError};
use larder_engine::{Engine, HeldRemovals};
use larder_env::{Clock, Rng, random_u64};
use larder_jobs::{Progress, Scrubber, Worker, WorkerError};
use larder_store_local::{Checkpoint, Checkpoints};
use larder_types::Timestamp;
use tokio::sync::Mutex;

use crate::private_files;

/// A backup that nobody asks for during this time is given up: whoever made it is gone.
const KEEP: Duration = Duration::from_secs(5 * 60);

/// How often it is looked for such backups.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// A point that is being copied, and what keeps its contents in place.
struct Held {
    id: String,
    /// When it is given up, by [`Clock::elapsed`].
    until: Duration,
    _checkpoint: Checkpoint,
    _removals: HeldRemovals,
}

/// Scrubs, and holds still for backups.
pub(crate) struct Keeper {
    engine: Arc<Engine>,
    scrubber: Arc<Scrubber>,
    checkpoints: Checkpoints,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    held: Mutex<Option<Held>>,
}

impl Keeper {
    pub(crate) fn new(
        engine: Arc<Engine>,
        scrubber: Arc<Scrubber>,
        checkpoints: Checkpoints,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Self {
        Self { engine, scrubber, checkpoints, clock, rng, held: Mutex::new(None) }
    }

    fn give_up_old(&self, held: &mut Option<Held>) {
        if held.take_if(|held| held.until <= self.clock.elapsed()).is_some() {
            tracing::warn!("a backup is given up: nobody asked for it any more");
        }
    }
}

fn shown(time: Timestamp) -> String {
    time.to_jiff_seconds().to_string()
}

#[async_trait]
impl Upkeep for Keeper {
    async fn start_scrub(&self, rate_mib: Option<u64>) {
        self.scrubber.begin(rate_mib).await;
    }

    async fn scrub_status(&self) -> ScrubStatus {
        let state = self.scrubber.state().await;
        let mut report = ScrubReport::from(&state.report);
        if !state.running
            && let Ok(data) = self.checkpoints.data()
        {
            private_files::check(&data, &mut report);
        }
        ScrubStatus {
            running: state.running,
            doing: state.doing.to_owned(),
            started: state.started.map(shown),
            finished: state.finished.map(shown),
            report,
        }
    }

    async fn begin_backup(&self) -> Result<BackupPoint, UpkeepError> {
        let mut held = self.held.lock().await;
        self.give_up_old(&mut held);
        if held.is_some() {
            return Err(UpkeepError::Busy);
        }
        let id = format!("{:016x}", random_u64(&*self.rng));
        // First: what the metadata of that moment names must still be there, and stay.
        let removals = self.engine.hold_removals().await;
        let checkpoint = self.checkpoints.make(&id).await.map_err(|error| UpkeepError::Failed(Box::new(error)))?;
        let data = self.checkpoints.data().map_err(|error| UpkeepError::Failed(Box::new(error)))?;
        let point = BackupPoint {
            id: id.clone(),
            data: data.display().to_string(),
            checkpoint: checkpoint.path().display().to_string(),
            keep_seconds: KEEP.as_secs(),
        };
        let until = self.clock.elapsed() + KEEP;
        *held = Some(Held { id, until, _checkpoint: checkpoint, _removals: removals });
        tracing::info!("a backup begins; nothing is removed meanwhile");
        Ok(point)
    }

    async fn keep_backup(&self, id: &str) -> Result<(), UpkeepError> {
        let mut held = self.held.lock().await;
        self.give_up_old(&mut held);
        let held = held.as_mut().filter(|held| held.id == id).ok_or(UpkeepError::NoSuchBackup)?;
        held.until = self.clock.elapsed() + KEEP;
        Ok(())
    }

    async fn end_backup(&self, id: &str) -> Result<(), UpkeepError> {
        let mut held = self.held.lock().await;
        self.give_up_old(&mut held);
        held.take_if(|held| held.id == id).ok_or(UpkeepError::NoSuchBackup)?;
        tracing::info!("the backup has ended");
        Ok(())
    }
}

#[async_trait]
impl Worker for Keeper {
    fn name(&self) -> &'static str {
        "backup"
    }

    async fn run_once(&self) -> Result<Progress, WorkerError> {
        self.give_up_old(&mut *self.held.lock().await);
        Ok(Progress::IdleFor(LOOK_EVERY))
    }
}
