//! The data folder that a command works on itself, without a server.

use std::path::PathBuf;

use anyhow::{Context, Result};
use larder_server::{Layer, Settings};
use tokio::runtime::{Builder, Runtime};

use crate::serve::settings;

/// Which data folder, as `larder serve` would find it.
#[derive(clap::Args)]
pub(crate) struct DataFolder {
    /// Folder that holds everything [env: LARDER_DATA] [default: ./larder-data]
    #[arg(long, value_name = "FOLDER")]
    data: Option<String>,
    /// File of the server's settings [default: ./larder.toml, if there is one]
    #[arg(long, value_name = "FILE", env = "LARDER_CONFIG")]
    config: Option<PathBuf>,
}

impl DataFolder {
    /// The settings that a server of it has.
    pub(crate) fn settings(self) -> Result<Settings> {
        settings(self.config.as_deref(), Layer::flags([("data", self.data.into_iter().collect())]))
    }

    pub(crate) fn path(self) -> Result<PathBuf> {
        Ok(self.settings()?.data)
    }
}

/// Threads for what the server's own code does.
pub(crate) fn runtime() -> Result<Runtime> {
    Builder::new_multi_thread().enable_all().build().context("cannot start threads")
}
