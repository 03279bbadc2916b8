//! What the KMS needs of the rest of the server: somebody who deletes and rotates keys when their time has come.

use std::time::Duration;

use async_trait::async_trait;
use larder_jobs::{Progress, Worker, WorkerError};
use larder_kms::Kms;

/// How often it is looked for what is due. Keys whose time has come are unusable before.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Deletes keys whose waiting time is over, and rotates those that are to be rotated.
pub(crate) struct KeyKeeper(pub(crate) Kms);

#[async_trait]
impl Worker for KeyKeeper {
    fn name(&self) -> &'static str {
        "keys"
    }

    async fn run_once(&self) -> Result<Progress, WorkerError> {
        let deleted = self.0.delete_due().await?;
        let rotated = self.0.rotate_due().await?;
        if deleted + rotated > 0 {
            tracing::info!(deleted, rotated, "keys whose time had come");
        }
        Ok(Progress::IdleFor(LOOK_EVERY))
    }
}
