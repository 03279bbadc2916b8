//! One program, with what it took.

use std::fmt;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::server::last_lines;
use crate::stopwatch::Stopwatch;

/// How often the program's memory is looked at; also how exact a time is.
const POLL: Duration = Duration::from_millis(5);
/// Linux tells times in this unit to programs, whatever its own clock (`USER_HZ`, see proc(5)).
const TICKS_PER_SECOND: f64 = 100.0;

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
    let before = children_seconds()?;
    let watch = Stopwatch::start();
    let mut child = command.spawn().with_context(|| format!("{shown} does not start"))?;
    let mut peak_bytes = 0;
    let status = loop {
        peak_bytes = peak_bytes.max(peak(child.id()).unwrap_or(0));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        thread::sleep(POLL);
    };
    let seconds = watch.elapsed().as_secs_f64();
    if !status.success() {
        bail!("{shown} ended with {status}:\n{}", last_lines(&fs::read_to_string(log).unwrap_or_default(), 20));
    }
    Ok(Measured { seconds, processor_seconds: children_seconds()? - before, peak_bytes })
}

/// The most memory a process had so far.
fn peak(id: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

/// The processor time of all processes that this one has waited for.
fn children_seconds() -> Result<f64> {
    // cutime and cstime
    ticks(13)
}

/// The processor time of this process.
pub(super) fn own_seconds() -> Result<f64> {
    // utime and stime
    ticks(11)
}

/// Two adjoining fields, counted from the one after the command's name.
fn ticks(first: usize) -> Result<f64> {
    let text = fs::read_to_string("/proc/self/stat").context("this needs Linux")?;
    let fields =
        text.rsplit_once(") ").map(|(_, rest)| rest.split(' ')).context("unknown format of /proc/self/stat")?;
    let ticks: f64 = fields.skip(first).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS_PER_SECOND)
}
