//! `cargo xtask powercut`: the power cuts of the tests, as many as one likes.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::repository;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often power fails
    #[arg(long, default_value_t = 5000)]
    cuts: u32,
    /// Decides on workloads, places and what is lost
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let status = Command::new("cargo")
        .args(["test", "--quiet", "--package", "larder-powercut", "--test", "powercut", "--"])
        .args(["cuts::", "--nocapture", "--test-threads", "1"])
        .current_dir(repository::root()?)
        .env("LARDER_POWERCUT_CUTS", arguments.cuts.to_string())
        .env("LARDER_POWERCUT_SEED", arguments.seed.to_string())
        .stdin(Stdio::null())
        .status()
        .context("cargo does not start")?;
    ensure!(status.success(), "something acknowledged was lost, or the test failed ({status})");
    Ok(())
}
