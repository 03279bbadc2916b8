//! What the KMS needs of the rest of the server: its secret, and somebody who deletes and rotates keys when their time has come.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use larder_crypto::SecretKey;
use larder_env::Rng;
use larder_jobs::{Progress, Worker, WorkerError};
use larder_kms::Kms;

/// How often it is looked for what is due. Keys whose time has come are unusable before.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The secret that key material is sealed under: in a file beside the data, made at the first start.
pub(crate) fn kms_secret(data: &Path, rng: &dyn Rng) -> io::Result<SecretKey> {
    let path = data.join("kms.key");
    match fs::read(&path) {
        Ok(bytes) => SecretKey::from_slice(&bytes).ok_or_else(|| io::Error::other("kms.key does not hold 32 bytes")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = SecretKey::generate(rng);
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(secret.expose())?;
            file.sync_all()?;
            fs::File::open(data)?.sync_all()?;
            Ok(secret)
        }
        Err(error) => Err(error),
    }
}

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
