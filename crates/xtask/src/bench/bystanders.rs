//! Ordinary clients, and what becomes of them when others crowd the server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};

use super::Arguments;
use super::figures::latencies;
use super::fleet::Target;
use super::load::{Tally, drive};
use super::worker::{Operation, Worker};

/// Bytes of each object.
const SIZE: u64 = 4 << 10;
/// Objects of each client.
const OBJECTS: u64 = 200;

/// Clients that get random objects of 4 KiB, one after the other.
pub(super) struct Bystanders {
    workers: Vec<Worker>,
    seconds: u64,
    alone: Duration,
}

impl Bystanders {
    /// Puts what they will get, and prints how quickly they get it while nobody else is there.
    pub(super) fn alone(target: &Target, arguments: &Arguments) -> Result<Self> {
        let mut workers =
            target.workers(arguments.connections, "larder-bench-bystanders", SIZE, OBJECTS, arguments.seed);
        workers[0].create_bucket()?;
        drive("PUT", &mut workers, None, Duration::MAX, |worker| worker.step(Operation::Put))?;
        let mut bystanders = Self { workers, seconds: arguments.seconds, alone: Duration::ZERO };
        let tally = bystanders.get()?;
        bystanders.print("alone", &tally);
        bystanders.alone = tally.percentile(0.99);
        Ok(bystanders)
    }

    /// Gets for as long as a row takes.
    pub(super) fn get(&mut self) -> Result<Tally> {
        self.get_until(&AtomicBool::new(false))
    }

    /// Gets until it is over, and at most for as long as a row takes.
    pub(super) fn get_until(&mut self, is_over: &AtomicBool) -> Result<Tally> {
        let limit = Duration::from_secs(self.seconds);
        let tally = drive("GET", &mut self.workers, None, limit, |worker| {
            if is_over.load(Ordering::Relaxed) { Ok(None) } else { worker.step(Operation::Get) }
        })?;
        ensure!(tally.requests() > 0, "there was no time for a GET of the others");
        Ok(tally)
    }

    pub(super) fn print(&self, when: &str, tally: &Tally) {
        let what = format!("GET of 4 KiB by {} others {when},", self.workers.len());
        println!("| {what} requests/s (failed) | {:.0} ({}) |", tally.rate(), tally.failed);
        latencies(&what, tally);
        if !self.alone.is_zero() {
            let times = tally.percentile(0.99).as_secs_f64() / self.alone.as_secs_f64();
            println!("| {what} p99, times that alone | {times:.1} |");
        }
    }
}
