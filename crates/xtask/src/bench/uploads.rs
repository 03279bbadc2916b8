//! Many large uploads at once: the server's memory must not follow what clients send, and other clients must go on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};

use super::bystanders::Bystanders;
use super::fleet::{Own, Target};
use super::load::Tally;
use super::report::{mebibytes, milliseconds, size_text};
use super::worker::{Operation, Worker};
use super::{Arguments, load};

/// One object from each of so many clients, all begun at the same time.
pub(super) fn run(own: &Own, count: u32, arguments: &Arguments) -> Result<()> {
    let server = own.start(0)?;
    let target = Target::of("larder", &server, arguments)?;
    let size = arguments.upload_size;
    println!("| {count} uploads of {} at once | |\n|---|---:|", size_text(size));
    let mut bystanders = Bystanders::alone(&target, arguments)?;
    let mut workers = target.workers(count, "larder-bench-uploads", size, 1, arguments.seed);
    workers[0].create_bucket()?;
    let before = target.process.map(|process| process.resident_bytes()).transpose()?;
    let (tally, others) = together(&target, &mut workers, &mut bystanders)?;
    ensure!(tally.requests() == u64::from(count), "{} of {count} uploads succeeded", tally.requests());
    let seconds = tally.took.as_secs_f64();
    println!("| server memory before, MiB | {:.0} |", before.map_or(0.0, mebibytes));
    println!("| server memory at most, MiB | {:.0} |", tally.peak_bytes.map_or(0.0, mebibytes));
    println!("| time, s | {seconds:.1} |");
    println!("| MB/s | {:.0} |", tally.bytes as f64 / 1e6 / seconds);
    println!("| slowest upload, ms | {} |", milliseconds(tally.percentile(1.0)));
    let processor = tally.server_seconds.unwrap_or_default();
    println!(
        "| server CPU with the others', s (ms per MB) | {processor:.1} ({:.2}) |",
        processor * 1e9 / tally.bytes.max(1) as f64
    );
    bystanders.print("meanwhile", &others);
    // What was uploaded comes back as it was; the client compares.
    for worker in &mut workers {
        worker.client.connect()?;
        worker.step(Operation::Get)?;
    }
    server.stop()
}

/// The uploads, and the other clients beside them until the last has ended or a row's time is over.
fn together(target: &Target, workers: &mut [Worker], bystanders: &mut Bystanders) -> Result<(Tally, Tally)> {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let others = scope.spawn(|| bystanders.get_until(&is_over));
        let step = |worker: &mut Worker| worker.step(Operation::Put);
        let tally = load::drive("upload", workers, target.process, Duration::MAX, step);
        is_over.store(true, Ordering::Relaxed);
        let others = others.join().map_err(|_| anyhow!("the other clients panicked"))??;
        Ok((tally?, others))
    })
}
