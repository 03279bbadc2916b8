//! Removing what the engine has let go of.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use larder_engine::{Engine, Reclaimed};
use larder_types::Timestamp;

use crate::{Progress, Worker, WorkerError};

/// Pieces of work between two looks at whether the server stops.
const ROUND: usize = 256;
/// What is still being read gives no sign when it no longer is: then the worker looks again after this time.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Carries out what lies in the engine's outboxes: removes contents that no record names any more.
pub struct Reclaimer {
    engine: Arc<Engine>,
}

impl Reclaimer {
    /// A reclaimer for `engine`.
    #[must_use]
    pub fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }
}

#[async_trait]
impl Worker for Reclaimer {
    fn name(&self) -> &'static str {
        "reclaim"
    }

    async fn run_once(&self) -> Result<Progress, WorkerError> {
        let reclaimed = self.engine.reclaim(ROUND).await?;
        Ok(progress(reclaimed, self.engine.now()))
    }

    async fn wanted(&self) {
        self.engine.reclaim_wanted().await;
    }
}

fn progress(reclaimed: Reclaimed, now: Timestamp) -> Progress {
    if reclaimed.more {
        return Progress::More;
    }
    let until_due = reclaimed.next_due.map(|due| due.as_millis().saturating_sub(now.as_millis()));
    let until_due = until_due.map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or(0)));
    Progress::IdleFor(until_due.map_or(LOOK_AGAIN, |until| until.min(LOOK_AGAIN)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_when_something_is_due() {
        let now = Timestamp::from_millis(1_000);
        let after = |reclaimed| progress(reclaimed, now);
        let due = |millis| Reclaimed { next_due: Some(Timestamp::from_millis(millis)), ..Reclaimed::default() };
        assert_eq!(after(Reclaimed { more: true, ..due(9_000) }), Progress::More);
        assert_eq!(after(Reclaimed::default()), Progress::IdleFor(LOOK_AGAIN));
        assert_eq!(after(due(1_250)), Progress::IdleFor(Duration::from_millis(250)));
        assert_eq!(after(due(900)), Progress::IdleFor(Duration::ZERO));
        assert_eq!(after(due(1_000_000)), Progress::IdleFor(LOOK_AGAIN));
    }
}
