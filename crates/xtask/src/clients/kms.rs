//! KMS and Service Quotas through the AWS SDK for Python and the AWS CLI: `clients/kms_check.py`, with a second account for
//! what crosses accounts.

use std::fs;

use anyhow::{Context, Result, bail};

use super::Verdict;
use super::boto3::python;
use super::session::Session;
use crate::program;
use crate::server::last_lines;

pub(super) fn run(session: &Session) -> Result<Verdict> {
    let Some(python) = python(session) else {
        return Ok(Verdict::Skipped("python3 with boto3 not found: pip install boto3".to_owned()));
    };
    // The script wraps key material with it.
    if program::find("openssl").is_none() {
        return Ok(Verdict::Skipped("openssl not found: apt-get install openssl".to_owned()));
    }
    let second = session.path("second-account.json");
    let make = ["admin", "account", "create", "--name", "second", "--email", "second@example.com", "--json"];
    fs::write(&second, session.program(session.binary()).args(make).run()?)?;
    let script = session.script("kms_check.py")?;
    let call = session.program(&python).arg(script).arg(session.binary()).arg(&second);
    let (status, printed) = call.outcome()?;
    let last = printed.lines().last().context("the script printed nothing")?;
    if !status.success() {
        bail!("{last}\n{}", last_lines(&printed, 40));
    }
    Ok(Verdict::Passed(last.to_owned()))
}
