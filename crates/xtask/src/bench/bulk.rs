//! Very many small objects: load, list, sample, restart, delete.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use super::load::{Tally, drive};
use super::process::{Process, disk_bytes};
use super::report::{mebibytes, milliseconds, size_text};
use super::worker::{Operation, PAGE, Worker};
use super::{Arguments, Own, Target, target_of, workers};
use crate::server::Server;
use crate::stopwatch::Stopwatch;

/// Pages at the beginning and at the end of the listing that are compared.
const EDGE: usize = 100;
/// How long a server may take to be ready.
const PATIENCE: Duration = Duration::from_secs(300);

pub(super) fn run(own: &Own, objects: u64, arguments: &Arguments) -> Result<()> {
    let server = own.start(0)?;
    let target = target_of("larder", &server, arguments)?;
    let count = arguments.connections;
    let each = objects.div_ceil(u64::from(count));
    let mut workers = workers(&target, count, "larder-bench-bulk", arguments.object_size, each, arguments.seed);
    let objects = each * u64::from(count);
    println!("| {objects} objects of {} | |\n|---|---:|", size_text(arguments.object_size));
    workers[0].create_bucket()?;

    let step = |worker: &mut Worker| worker.step(Operation::Put);
    let tally = drive("PUT", &mut workers, target.process, Duration::MAX, step)?;
    ensure!(tally.requests() == objects, "{} of {objects} objects were put", tally.requests());
    requests("PUT", &tally);
    disk(&own.data(), objects)?;
    memory("after the load", target.process)?;

    list(&mut workers[0], &target, objects)?;
    sample(&mut workers, &target, arguments.seconds)?;
    let (server, target) = restart(own, server, &mut workers, arguments)?;
    disk(&own.data(), objects)?;
    memory("after the restart", target.process)?;
    list(&mut workers[0], &target, objects)?;
    sample(&mut workers, &target, arguments.seconds)?;

    let tally = drive("DeleteObjects", &mut workers, target.process, Duration::MAX, Worker::delete_many)?;
    ensure!(tally.objects == objects, "{} of {objects} objects were deleted", tally.objects);
    let seconds = tally.took.as_secs_f64();
    println!("| DeleteObjects, s (objects/s) | {seconds:.1} ({:.0}) |", objects as f64 / seconds);
    requests("DeleteObjects", &tally);
    workers[0].client.connect()?;
    let (left, _) = workers[0].page()?;
    ensure!(left.objects == 0, "{} objects are listed after all were deleted", left.objects);
    let watch = Stopwatch::start();
    workers[0].delete_bucket()?;
    println!("| DeleteBucket, ms | {} |", milliseconds(watch.elapsed()));
    println!("| disk after all were deleted, MiB | {:.0} |", super::disk_mebibytes(&own.data())?);
    server.stop()
}

fn requests(what: &str, tally: &Tally) {
    let (count, seconds) = (tally.requests() as f64, tally.took.as_secs_f64());
    println!("| {what} requests/s | {:.0} |", count / seconds);
    println!(
        "| {what} p50, p99, ms | {}, {} |",
        milliseconds(tally.percentile(0.5)),
        milliseconds(tally.percentile(0.99))
    );
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

fn disk(data: &Path, objects: u64) -> Result<()> {
    let bytes = disk_bytes(data)?;
    println!("| disk, MiB (bytes per object) | {:.0} ({:.0}) |", mebibytes(bytes), bytes as f64 / objects as f64);
    Ok(())
}

fn memory(when: &str, process: Option<Process>) -> Result<()> {
    if let Some(process) = process {
        println!("| server memory {when}, MiB | {:.0} |", mebibytes(process.resident_bytes()?));
    }
    Ok(())
}

/// Walks the whole bucket; a page must not cost more the further it lies from the beginning.
fn list(worker: &mut Worker, target: &Target, objects: u64) -> Result<()> {
    let processor_seconds = || target.process.map_or(Ok(0.0), Process::processor_seconds);
    let mut pages = Vec::new();
    let mut spent = vec![processor_seconds()?];
    let mut listed = 0;
    worker.client.connect()?;
    let watch = Stopwatch::start();
    loop {
        let (page, is_last) = worker.page()?;
        pages.push(page.took);
        spent.push(processor_seconds()?);
        listed += page.objects;
        if is_last {
            break;
        }
    }
    ensure!(listed == objects, "{listed} of {objects} objects are listed");
    println!("| list all by pages of {PAGE}, s | {:.1} |", watch.elapsed().as_secs_f64());
    let edge = EDGE.min(pages.len());
    let begin = pages.len() - edge;
    let cost = |first: usize| (spent[first + edge] - spent[first]) * 1e3 / edge as f64;
    let (first, last) = (median(&pages[..edge]), median(&pages[begin..]));
    println!("| median of the first {edge} pages, ms (server CPU) | {} ({:.1}) |", milliseconds(first), cost(0));
    println!("| median of the last {edge} pages, ms (server CPU) | {} ({:.1}) |", milliseconds(last), cost(begin));
    println!(
        "| last to first (server CPU) | {:.2} ({:.2}) |",
        last.as_secs_f64() / first.as_secs_f64(),
        cost(begin) / cost(0)
    );
    Ok(())
}

/// Not the mean: one page that waited for another program would decide it.
fn median(durations: &[Duration]) -> Duration {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Random objects, for as long as a row of the usual load takes.
fn sample(workers: &mut [Worker], target: &Target, seconds: u64) -> Result<()> {
    for operation in [Operation::Head, Operation::Get] {
        let step = |worker: &mut Worker| worker.step(operation);
        let tally = drive(operation.name(), workers, target.process, Duration::from_secs(seconds), step)?;
        ensure!(tally.failed == 0, "{} of {} failed", tally.failed, operation.name());
        requests(operation.name(), &tally);
    }
    Ok(())
}

/// Ends the server in an orderly way and starts it again, then kills it and starts it once more.
fn restart(own: &Own, server: Server, workers: &mut [Worker], arguments: &Arguments) -> Result<(Server, Target)> {
    let port: u16 = server
        .endpoint
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .with_context(|| format!("{} has no port", server.endpoint))?;
    let watch = Stopwatch::start();
    server.stop()?;
    println!("| stop, s | {:.2} |", watch.elapsed().as_secs_f64());
    let server = started(own, port, workers, "restart")?;
    server.kill()?;
    let server = started(own, port, workers, "restart after kill -9")?;
    let target = target_of("larder", &server, arguments)?;
    Ok((server, target))
}

/// Starts the server and measures until it answers a request about an object.
fn started(own: &Own, port: u16, workers: &mut [Worker], what: &str) -> Result<Server> {
    let watch = Stopwatch::start();
    let server = own.start(port)?;
    workers[0].client.connect()?;
    while let Err(error) = workers[0].step(Operation::Head) {
        if watch.elapsed() > PATIENCE {
            bail!("the server is not ready after {PATIENCE:?}: {error:#}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    println!("| {what} until the first HEAD is answered, s | {:.2} |", watch.elapsed().as_secs_f64());
    Ok(server)
}
