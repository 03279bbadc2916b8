//! What a client could reach at most with the large file: the server's share of it, and the file system's.

use std::fs::{self, File};
use std::io::Write;

use anyhow::{Context, Result};

use super::measured::run_measured;
use super::{Noise, Row, Stage, tools};
use crate::process::Process;
use crate::stopwatch::Stopwatch;

/// Bytes of a plain write.
const STEP: usize = 256 * 1024;

pub(super) struct Ceiling {
    part: &'static str,
    /// What the server takes and gives when nothing is read from a file or written to one, MB/s.
    put: f64,
    get: f64,
    /// What the disk takes when nothing else is done, MB/s.
    write: f64,
    write_processor_seconds: f64,
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
        let (write, write_processor_seconds) = plain_write(stage, large)?;
        Ok(Self { part, put, get, write, write_processor_seconds })
    }

    pub(super) fn print(&self, rows: &[Row]) {
        println!(
            "\n`larder bench`, {} objects, 16 at a time: PUT {:.0} MB/s, GET {:.0} MB/s",
            self.part, self.put, self.get
        );
        println!(
            "plain writes to one file: {:.0} MB/s, {:.2} s of processor",
            self.write, self.write_processor_seconds
        );
        for (work, most) in [("large file up", self.put), ("large file down", self.get)] {
            if let Some(row) = rows.iter().find(|row| row.tool == "larder" && row.work == work) {
                let reached = row.amount / row.measured.seconds;
                println!("{work}: {reached:.0} MB/s, {:.0}% of what the bench reaches", 100.0 * reached / most);
            }
        }
    }
}

fn rate_of(printed: &str, operation: &str) -> Result<f64> {
    let rows = printed.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let found = rows.into_iter().find(|row| row["operation"] == operation);
    found.and_then(|row| row["megabytes_per_second"].as_f64()).with_context(|| format!("no {operation} in:\n{printed}"))
}

/// Megabytes a second and processor seconds, for as many bytes as the large file has.
fn plain_write(stage: &Stage, size: u64) -> Result<(f64, f64)> {
    let (path, content) = (stage.path("plain"), Noise(9).bytes(STEP));
    let mut file = File::create(&path)?;
    let (before, watch) = (Process::own().processor_seconds()?, Stopwatch::start());
    let mut left = size;
    while left > 0 {
        let length = usize::try_from(left.min(STEP as u64))?;
        file.write_all(&content[..length])?;
        left -= length as u64;
    }
    let rate = size as f64 / 1e6 / watch.elapsed().as_secs_f64();
    let processor_seconds = Process::own().processor_seconds()? - before;
    drop(file);
    fs::remove_file(&path)?;
    Ok((rate, processor_seconds))
}
