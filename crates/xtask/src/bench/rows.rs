//! One operation after the other, at each size, on each server: a row for each.

use std::time::Duration;

use anyhow::Result;
use clap::ValueEnum;

use super::fleet::Target;
use super::report::{self, Row};
use super::worker::{Operation, Worker};
use super::{Arguments, load};

pub(super) fn run(targets: &[Target], arguments: &Arguments) -> Result<()> {
    println!("{}", report::HEADING);
    let mut rows = Vec::new();
    for size in &arguments.size {
        // In turn, so that whatever else the machine does meanwhile hits all alike.
        for target in targets {
            measure(target, *size, arguments, &mut rows)?;
        }
    }
    print!("{}", report::ratios(&rows));
    Ok(())
}

/// Every operation at one size, and nothing left behind.
fn measure(target: &Target, size: u64, arguments: &Arguments, rows: &mut Vec<Row>) -> Result<()> {
    let limit = (arguments.most / size.max(1) / u64::from(arguments.connections)).max(1);
    let bucket = format!("larder-bench-{size}");
    let mut workers = target.workers(arguments.connections, &bucket, size, limit, arguments.seed);
    workers[0].create_bucket()?;
    for operation in Operation::value_variants().iter().copied() {
        let is_wanted = arguments.operations.contains(&operation);
        if !is_wanted && operation != Operation::Put {
            continue;
        }
        let seconds = Duration::from_secs(arguments.seconds);
        let step = |worker: &mut Worker| worker.step(operation);
        let tally = load::drive(operation.name(), &mut workers, target.process, seconds, step)?;
        if is_wanted {
            let row = Row { server: target.name.clone(), operation, size, tally };
            println!("{}", row.line());
            rows.push(row);
        }
    }
    if workers.iter().any(|worker| worker.objects() > 0) {
        load::drive("DeleteObjects", &mut workers, None, Duration::MAX, Worker::delete_many)?;
    }
    workers[0].client.connect()?;
    workers[0].delete_bucket()
}
