//! Upkeep of what is stored: `larder scrub`, `fsck`, `backup` and `restore-backup`.

pub(crate) mod backup;
pub(crate) mod fsck;
mod report;
pub(crate) mod restore_backup;
pub(crate) mod scrub;

use std::path::PathBuf;

use anyhow::{Context, Result};
use larder_server::{Layer, Settings};

use crate::serve::settings;

/// Which data folder, as `larder serve` would find it.
#[derive(clap::Args)]
pub(crate) struct Folder {
    /// Folder that holds everything [env: LARDER_DATA] [default: ./larder-data]
    #[arg(long, value_name = "FOLDER")]
    data: Option<String>,
    /// File of the server's settings [default: ./larder.toml, if there is one]
    #[arg(long, value_name = "FILE", env = "LARDER_CONFIG")]
    config: Option<PathBuf>,
}

impl Folder {
    fn path(self) -> Result<PathBuf> {
        let flags = Layer::flags([("data", self.data.into_iter().collect())]);
        let Settings { data, .. } = settings(self.config.as_deref(), flags)?;
        Ok(data)
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")
}
