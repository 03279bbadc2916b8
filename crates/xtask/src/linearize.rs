//! `cargo xtask linearize`: the test of the binary's histories, for as long as one likes.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::repository;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// For how long rounds are begun
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The first round's seed; each round after it has the next
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The binary to try; the debug build of this checkout when none is given
    #[arg(long)]
    binary: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut command = Command::new("cargo");
    command
        .args(["test", "--quiet", "--package", "larder-cli", "--test", "linearizable", "--"])
        .args(["--ignored", "--exact", "for_a_long_time", "--nocapture"])
        .current_dir(repository::root()?)
        .env("LARDER_LINEARIZE_SECONDS", arguments.seconds.to_string())
        .env("LARDER_LINEARIZE_SEED", arguments.seed.to_string())
        .stdin(Stdio::null());
    if let Some(binary) = &arguments.binary {
        let binary = binary.canonicalize().with_context(|| format!("there is no {}", binary.display()))?;
        command.env("LARDER_BINARY", binary);
    }
    let status = command.status().context("cargo does not start")?;
    ensure!(status.success(), "a history has no explanation, or the test failed ({status})");
    Ok(())
}
