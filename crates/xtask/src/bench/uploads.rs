//! Many large uploads at once: the server's memory must not follow what clients send.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::report::{mebibytes, milliseconds, size_text};
use super::worker::{Operation, Worker};
use super::{Arguments, Own, load, target_of, workers};

/// One object from each of so many clients, all begun at the same time.
pub(super) fn run(own: &Own, count: u32, arguments: &Arguments) -> Result<()> {
    let server = own.start(0)?;
    let target = target_of("larder", &server, arguments)?;
    let size = arguments.upload_size;
    let mut workers = workers(&target, count, "larder-bench-uploads", size, 1, arguments.seed);
    workers[0].create_bucket()?;
    let before = target.process.map(|process| process.resident_bytes()).transpose()?;
    let step = |worker: &mut Worker| worker.step(Operation::Put);
    let tally = load::drive("upload", &mut workers, target.process, Duration::MAX, step)?;
    ensure!(tally.requests() == u64::from(count), "{} of {count} uploads succeeded", tally.requests());
    let seconds = tally.took.as_secs_f64();
    println!("| {count} uploads of {} at once | |\n|---|---:|", size_text(size));
    println!("| server memory before, MiB | {:.0} |", before.map_or(0.0, mebibytes));
    println!("| server memory at most, MiB | {:.0} |", tally.peak_bytes.map_or(0.0, mebibytes));
    println!("| time, s | {seconds:.1} |");
    println!("| MB/s | {:.0} |", tally.bytes as f64 / 1e6 / seconds);
    println!("| slowest upload, ms | {} |", milliseconds(tally.percentile(1.0)));
    let processor = tally.server_seconds.unwrap_or_default();
    println!("| server CPU, s (ms per MB) | {processor:.1} ({:.2}) |", processor * 1e9 / tally.bytes.max(1) as f64);
    // What was uploaded comes back as it was; the client compares.
    for worker in &mut workers {
        worker.client.connect()?;
        worker.step(Operation::Get)?;
    }
    server.stop()
}
