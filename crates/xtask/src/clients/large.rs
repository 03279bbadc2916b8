//! A large multipart upload whose client and server are both killed halfway: every part that was acknowledged must
//! still be there, the upload must resume, and the object must be whole.

use anyhow::{Context, Result, ensure};

use super::session::Session;
use super::{Verdict, boto3};

/// MiB; large enough that many parts are under way, small enough that a kill lands in the middle.
const PART_SIZE: u64 = 16;

pub(super) fn run(session: &Session) -> Result<Verdict> {
    let Some(python) = boto3::python(session) else {
        return Ok(Verdict::Skipped("python3 with boto3 not found: pip install boto3".to_owned()));
    };
    let parts = session.large_size.div_ceil(PART_SIZE).max(4);
    let script = session.script("large_multipart.py")?;
    let call = |command: &str| {
        let numbers = [parts.to_string(), (PART_SIZE * 1024 * 1024).to_string()];
        session.program(&python).arg(&script).arg(command).args(numbers)
    };
    let halfway = usize::try_from(parts / 2)?;
    let printed = call("upload").kill_after("part ", halfway)?;
    // A line cut short by the kill is not an acknowledgement that anybody saw.
    let acknowledged: Vec<&str> =
        printed.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')?.strip_prefix("part ")).collect();
    session.kill_and_restart_server()?;
    let resumed = call("resume").arg(acknowledged.join(",")).run()?;
    session.stop_server()?;
    let last = resumed.lines().last().context("the script printed nothing")?;
    ensure!(last.starts_with("whole"), "large_multipart.py ended with {last}");
    Ok(Verdict::Passed(format!(
        "{} MiB in {parts} parts, client and server killed after {}, resumed: {last}",
        parts * PART_SIZE,
        acknowledged.len()
    )))
}
