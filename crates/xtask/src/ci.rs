//! `cargo xtask ci`: the script that CI runs, for a contributor's own machine.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::repository;

pub(crate) fn run() -> Result<()> {
    let root = repository::root()?;
    let script = root.join(".ci/run");
    let status = Command::new(&script)
        .current_dir(&root)
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("{} does not start", script.display()))?;
    ensure!(status.success(), "{} failed ({status})", script.display());
    Ok(())
}
