//! What a client could reach at most with the large file: the server's share of it, and the file system's.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::{Context, Result};
use rustix::fs::{FallocateFlags, OFlags, fallocate};

use super::measured::run_measured;
use super::{Noise, Row, Stage, tools};
use crate::process::Process;
use crate::stopwatch::Stopwatch;

/// What memory of a direct write has to be a multiple of.
const PAGE: usize = 4 * 1024;
/// Writes past the page cache at a time, as many as a download of `larder` has.
const DIRECT_WRITERS: u64 = 4;

pub(super) struct Ceiling {
    part: &'static str,
    /// What the server takes and gives when nothing is read from a file or written to one, MB/s.
    put: f64,
    get: f64,
    /// What the file system takes when nothing else is done.
    cached: Writes,
    /// The same past the page cache; `None` where there are no such writes.
    direct: Option<Writes>,
}

/// One whole file.
struct Writes {
    /// MB/s
    rate: f64,
    processor_seconds: f64,
}

impl Ceiling {
    /// Right before the clients are measured, for other builds to disturb both alike.
    pub(super) fn measure(stage: &Stage, large: u64) -> Result<Self> {
        // The size that `larder` takes for parts of such a file.
        let part = if large < 2 * 1024 * 1024 * 1024 { "8MiB" } else { "16MiB" };
        let bench = ["bench", stage.endpoint(), "--size", part, "--operations", "put,get", "--concurrency", "16"];
        let mut command = tools::larder(stage);
        command.args(bench).args(["--duration", "10s", "--most-objects", "256", "--json"]);
        run_measured(&mut command, &stage.path("log"))?;
        let printed = fs::read_to_string(stage.path("log"))?;
        let (put, get) = (rate_of(&printed, "PUT")?, rate_of(&printed, "GET")?);
        let cached = write_only(stage, large, 256 * 1024, 1, OFlags::empty())?;
        let direct = match write_only(stage, large, 1024 * 1024, DIRECT_WRITERS, OFlags::DIRECT) {
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => None,
            written => Some(written?),
        };
        Ok(Self { part, put, get, cached, direct })
    }

    pub(super) fn print(&self, rows: &[Row]) {
        println!(
            "\n`larder bench`, {} objects, 16 at a time: PUT {:.0} MB/s, GET {:.0} MB/s",
            self.part, self.put, self.get
        );
        let told = |what: &str, writes: &Writes| {
            println!("{what} to one file: {:.0} MB/s, {:.2} s of processor", writes.rate, writes.processor_seconds);
        };
        told("plain writes", &self.cached);
        match &self.direct {
            Some(direct) => told(&format!("writes past the page cache, {DIRECT_WRITERS} at a time,"), direct),
            None => println!("writes past the page cache: not on this file system"),
        }
        for (work, most) in [("large file up", self.put), ("large file down", self.get)] {
            if let Some(reached) = rate_of_own(rows, work) {
                println!("{work}: {reached:.0} MB/s, {:.0}% of what the bench reaches", 100.0 * reached / most);
            }
        }
        if let (Some(direct), Some(reached)) = (&self.direct, rate_of_own(rows, "large file down")) {
            println!(
                "large file down: {:.0}% of what the disk takes, and that is {:.0}% of what the bench reaches",
                100.0 * reached / direct.rate,
                100.0 * direct.rate / self.get
            );
        }
    }
}

/// MB/s of `larder`.
fn rate_of_own(rows: &[Row], work: &str) -> Option<f64> {
    let row = rows.iter().find(|row| row.tool == "larder" && row.work == work)?;
    Some(row.amount / row.measured.seconds)
}

fn rate_of(printed: &str, operation: &str) -> Result<f64> {
    let rows = printed.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let found = rows.into_iter().find(|row| row["operation"] == operation);
    found.and_then(|row| row["megabytes_per_second"].as_f64()).with_context(|| format!("no {operation} in:\n{printed}"))
}

/// Writes as many bytes as the large file has, by whole steps, and nothing else.
fn write_only(stage: &Stage, size: u64, step: usize, writers: u64, flags: OFlags) -> io::Result<Writes> {
    let (path, memory) = (stage.path("plain"), Noise(9).bytes(step + PAGE));
    let content = &memory[memory.as_ptr().align_offset(PAGE)..][..step];
    let written = write_steps(&path, content, size.div_ceil(step as u64), writers, flags);
    fs::remove_file(&path)?;
    written
}

fn write_steps(path: &Path, content: &[u8], steps: u64, writers: u64, flags: OFlags) -> io::Result<Writes> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).custom_flags(flags.bits().cast_signed());
    let (file, step) = (options.open(path)?, content.len() as u64);
    let own = || Process::own().processor_seconds().map_err(io::Error::other);
    let (before, watch, next) = (own()?, Stopwatch::start(), AtomicU64::new(0));
    if flags.contains(OFlags::DIRECT) {
        fallocate(&file, FallocateFlags::empty(), 0, steps * step)?;
    }
    let write = || {
        let mut mine =
            std::iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed)).take_while(|&number| number < steps);
        mine.try_for_each(|number| file.write_all_at(content, number * step))
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..writers).map(|_| scope.spawn(write)).collect();
        let broke_off = |_| Err(io::Error::other("a writer broke off"));
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(broke_off))
    })?;
    let rate = (steps * step) as f64 / 1e6 / watch.elapsed().as_secs_f64();
    Ok(Writes { rate, processor_seconds: own()? - before })
}
