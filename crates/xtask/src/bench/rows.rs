//! One operation after the other, at each size, on each server in turn: a row for each.

use std::time::Duration;

use anyhow::Result;
use clap::ValueEnum;

use super::fleet::Target;
use super::load::Tally;
use super::report::{self, Row};
use super::worker::{Operation, Worker};
use super::{Arguments, load};

pub(super) fn run(targets: &[Target], arguments: &Arguments) -> Result<()> {
    println!("{}", report::HEADING);
    let mut rows = Vec::new();
    for size in &arguments.size {
        measure(targets, *size, arguments, &mut rows)?;
    }
    print!("{}", report::ratios(&rows));
    Ok(())
}

/// Every operation at one size, and nothing left behind.
fn measure(targets: &[Target], size: u64, arguments: &Arguments, rows: &mut Vec<Row>) -> Result<()> {
    let limit = (arguments.most / size.max(1) / u64::from(arguments.connections)).max(1);
    let bucket = format!("larder-bench-{size}");
    let crew = |target: &Target| target.workers(arguments.connections, &bucket, size, limit, arguments.seed);
    let mut crews: Vec<_> = targets.iter().map(|target| (target, crew(target))).collect();
    for (_, workers) in &mut crews {
        workers[0].create_bucket()?;
    }
    for operation in Operation::value_variants().iter().copied() {
        let is_wanted = arguments.operations.contains(&operation);
        if !is_wanted && operation != Operation::Put {
            continue;
        }
        let tallies = in_turn(operation, &mut crews, arguments)?;
        if !is_wanted {
            continue;
        }
        for (target, tally) in targets.iter().zip(tallies) {
            let row = Row { server: target.name.clone(), operation, size, tally };
            println!("{}", row.line());
            rows.push(row);
        }
    }
    for (_, mut workers) in crews {
        if workers.iter().any(|worker| worker.objects() > 0) {
            load::drive("DeleteObjects", &mut workers, None, Duration::MAX, Worker::delete_many)?;
        }
        workers[0].client.connect()?;
        workers[0].delete_bucket()?;
    }
    Ok(())
}

/// One operation in rounds, each in the other direction than the one before: whatever else the machine does meanwhile, and
/// whatever state one server leaves it in for the next, hits all alike.
fn in_turn(operation: Operation, crews: &mut [(&Target, Vec<Worker>)], arguments: &Arguments) -> Result<Vec<Tally>> {
    let mut tallies: Vec<Vec<Tally>> = crews.iter().map(|_| Vec::new()).collect();
    for round in 0..arguments.rounds {
        let mut order: Vec<_> = crews.iter_mut().zip(&mut tallies).collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for ((target, workers), rounds) in order {
            let seconds = Duration::from_secs(arguments.seconds);
            let step = |worker: &mut Worker| worker.step(operation);
            rounds.push(load::drive(operation.name(), workers, target.process, seconds, step)?);
        }
    }
    Ok(tallies.into_iter().filter_map(|rounds| rounds.into_iter().reduce(Tally::and)).collect())
}
