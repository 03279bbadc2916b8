//! Lines of the reports that have one figure a line.

use std::path::Path;

use anyhow::Result;

use super::load::Tally;
use super::report::{mebibytes, milliseconds};
use crate::process::{Process, disk_bytes};

/// How many requests there were a second, how long they took, and what they cost.
pub(super) fn requests(what: &str, tally: &Tally) {
    println!("| {what} requests/s | {:.0} |", tally.rate());
    latencies(what, tally);
    if let Some(processor) = tally.server_seconds {
        println!(
            "| {what} server CPU, s (µs per object) | {processor:.1} ({:.1}) |",
            processor * 1e6 / tally.objects as f64
        );
    }
    if let Some(peak) = tally.peak_bytes {
        println!("| {what} server memory at most, MiB | {:.0} |", mebibytes(peak));
    }
}

pub(super) fn latencies(what: &str, tally: &Tally) {
    let percentile = |share| milliseconds(tally.percentile(share));
    println!("| {what} p50, p99, ms | {}, {} |", percentile(0.5), percentile(0.99));
}

/// `what` is what there are so many of.
pub(super) fn disk(data: &Path, count: u64, what: &str) -> Result<()> {
    let bytes = disk_bytes(data)?;
    println!("| disk, MiB (bytes per {what}) | {:.0} ({:.0}) |", mebibytes(bytes), bytes as f64 / count as f64);
    Ok(())
}

pub(super) fn memory(when: &str, process: Option<Process>) -> Result<()> {
    if let Some(process) = process {
        println!("| server memory {when}, MiB | {:.0} |", mebibytes(process.resident_bytes()?));
    }
    Ok(())
}
