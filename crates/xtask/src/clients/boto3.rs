//! The AWS SDK for Python: the API's finer points, checked by `clients/boto3_check.py`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::Verdict;
use super::session::Session;
use crate::program;
use crate::server::last_lines;

pub(super) fn run(session: &Session) -> Result<Verdict> {
    let Some(python) = python(session) else {
        return Ok(Verdict::Skipped("python3 with boto3 not found: pip install boto3".to_owned()));
    };
    let (status, printed) = session.program(&python).arg(session.script("boto3_check.py")?).outcome()?;
    let last = printed.lines().last().context("the script printed nothing")?;
    if !status.success() {
        bail!("{last}\n{}", last_lines(&printed, 40));
    }
    Ok(Verdict::Passed(last.to_owned()))
}

/// The first python3 on PATH if it has boto3.
pub(super) fn python(session: &Session) -> Option<PathBuf> {
    let python = program::find("python3")?;
    session.program(&python).args(["-c", "import boto3"]).run().is_ok().then_some(python)
}
