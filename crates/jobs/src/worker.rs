//! What does the work.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;

/// Why a worker could not do its work. Only logged, with its sources.
pub type WorkerError = Box<dyn Error + Send + Sync>;

/// What a worker found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// There is more to do.
    More,
    /// There is nothing to do until [`Worker::wanted`] returns or this time has passed.
    IdleFor(Duration),
}

/// Does some kind of work that nobody waits for.
#[async_trait]
pub trait Worker: Send + Sync + 'static {
    /// What the work is called in logs, such as `reclaim`.
    fn name(&self) -> &'static str;

    /// Does a bounded piece of the work, of some seconds at most: a server that stops waits for it.
    ///
    /// It may be dropped half-way when the server stops waiting, and is run again after a failure: what it does must be
    /// safe to do twice.
    ///
    /// # Errors
    /// Whatever keeps the work from being done; it is tried again later.
    async fn run_once(&self) -> Result<Progress, WorkerError>;

    /// Returns when there may be work. Only awaited while the worker is idle and dropped when something else happens first: a
    /// call that comes at another time must be remembered, as `tokio::sync::Notify` does.
    async fn wanted(&self) {
        std::future::pending().await
    }
}
