//! One program, with what it took.

use std::fmt;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process::Process;
use crate::server::last_lines;
use crate::stopwatch::Stopwatch;

/// How often the program's memory is looked at; also how exact a time is.
const POLL: Duration = Duration::from_millis(5);

pub(super) struct Measured {
    pub(super) seconds: f64,
    /// In the program and in the kernel for it, with all processes it started.
    pub(super) processor_seconds: f64,
    pub(super) peak_bytes: u64,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mebibytes = self.peak_bytes as f64 / 1_048_576.0;
        write!(f, "{:>8.2} s, {:>7.2} s of processor, {mebibytes:>5.0} MiB", self.seconds, self.processor_seconds)
    }
}

/// Runs to the end, which has to be a good one. What is printed goes to `log`.
pub(super) fn run_measured(command: &mut Command, log: &Path) -> Result<Measured> {
    let shown = format!("{command:?}");
    let output = File::create(log)?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let before = Process::own().children_seconds()?;
    let watch = Stopwatch::start();
    let mut child = command.spawn().with_context(|| format!("{shown} does not start"))?;
    let mut peak_bytes = 0;
    let status = loop {
        peak_bytes = peak_bytes.max(Process::new(child.id()).peak_bytes().unwrap_or(0));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(POLL);
    };
    let seconds = watch.elapsed().as_secs_f64();
    if !status.success() {
        bail!("{shown} ended with {status}:\n{}", last_lines(&fs::read_to_string(log).unwrap_or_default(), 20));
    }
    Ok(Measured { seconds, processor_seconds: Process::own().children_seconds()? - before, peak_bytes })
}
