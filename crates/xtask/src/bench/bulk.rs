//! Very many small objects: load, list, sample, restart, delete.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::Arguments;
use super::figures::{disk, memory, requests};
use super::fleet::{Own, Target};
use super::load::drive;
use super::pages::walk;
use super::report::{mebibytes, milliseconds, size_text};
use super::restart::restart;
use super::worker::{Operation, Worker};
use crate::process::disk_bytes;
use crate::stopwatch::Stopwatch;

pub(super) fn run(own: &Own, objects: u64, arguments: &Arguments) -> Result<()> {
    let server = own.start(0)?;
    let target = Target::of("larder", &server, arguments)?;
    let count = arguments.connections;
    let each = objects.div_ceil(u64::from(count));
    let mut workers = target.workers(count, "larder-bench-bulk", arguments.object_size, each, arguments.seed);
    let objects = each * u64::from(count);
    println!("| {objects} objects of {} | |\n|---|---:|", size_text(arguments.object_size));
    workers[0].create_bucket()?;

    let step = |worker: &mut Worker| worker.step(Operation::Put);
    let tally = drive("PUT", &mut workers, target.process, Duration::MAX, step)?;
    ensure!(tally.requests() == objects, "{} of {objects} objects were put", tally.requests());
    requests("PUT", &tally);
    disk(&own.data(), objects, "object")?;
    memory("after the load", target.process)?;

    list(&mut workers[0], &target, objects)?;
    sample(&mut workers, &target, arguments.seconds)?;
    let server = restart(own, server, &mut || {
        workers[0].client.connect()?;
        workers[0].step(Operation::Head).map(|_| ())
    })?;
    let target = Target::of("larder", &server, arguments)?;
    disk(&own.data(), objects, "object")?;
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
    println!("| disk after all were deleted, MiB | {:.0} |", mebibytes(disk_bytes(&own.data())?));
    server.stop()
}

fn list(worker: &mut Worker, target: &Target, objects: u64) -> Result<()> {
    worker.client.connect()?;
    let listed = walk(target.process, || worker.page())?;
    ensure!(listed == objects, "{listed} of {objects} objects are listed");
    Ok(())
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
