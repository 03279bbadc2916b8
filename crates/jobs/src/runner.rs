//! Running workers until the server stops.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use larder_env::{Rng, random_u64};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::{Progress, Schedule, Worker, WorkerError};

/// The workers of a server. Dropping it cuts them off.
pub struct Jobs {
    rng: Arc<dyn Rng>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// How the workers ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Workers that were cut off within a piece of work.
    pub aborted: usize,
}

impl Jobs {
    /// No workers yet; `rng` spreads their retries.
    #[must_use]
    pub fn new(rng: Arc<dyn Rng>) -> Self {
        Self { rng, stop: watch::Sender::new(false), tasks: JoinSet::new() }
    }

    /// Runs `worker` at once, and then whenever it is wanted or the time has come that it named itself.
    pub fn start(&mut self, worker: Arc<dyn Worker>, schedule: Schedule) {
        let (rng, stop) = (Arc::clone(&self.rng), self.stop.subscribe());
        self.tasks.spawn(async move { run(&*worker, schedule, &*rng, stop).await });
    }

    /// Stops: a worker within a piece of work has `grace` to finish it.
    pub async fn stop(mut self, grace: Duration) -> Stopped {
        self.stop.send_replace(true);
        let all_done = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(grace, all_done).await.is_ok() {
            return Stopped { aborted: 0 };
        }
        let aborted = self.tasks.len();
        self.tasks.shutdown().await;
        Stopped { aborted }
    }
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jobs").field("workers", &self.tasks.len()).finish_non_exhaustive()
    }
}

async fn run(worker: &dyn Worker, schedule: Schedule, rng: &dyn Rng, mut stop: watch::Receiver<bool>) {
    let mut failures = 0;
    while !*stop.borrow_and_update() {
        let (pause, can_be_woken) = match run_once(worker).await {
            Ok(progress) => {
                failures = 0;
                match progress {
                    Progress::More => (schedule.throttle, false),
                    Progress::IdleFor(pause) => (pause, true),
                }
            }
            Err(error) => {
                failures += 1;
                let pause = schedule.retry_after(failures, random_u64(rng));
                let worker = worker.name();
                tracing::warn!(worker, failures, ?pause, error = %chain(&*error), "background work failed");
                (pause, false)
            }
        };
        tokio::select! {
            _ = stop.changed() => {}
            () = sleep(pause) => {}
            () = worker.wanted(), if can_be_woken => {}
        }
    }
}

async fn run_once(worker: &dyn Worker) -> Result<Progress, WorkerError> {
    let caught = AssertUnwindSafe(worker.run_once()).catch_unwind().await;
    caught.unwrap_or_else(|_| Err("the worker panicked".into()))
}

/// An error and its sources in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
