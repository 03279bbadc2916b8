//! Keeps workers busy at once and adds up what came of it.

use std::thread;
use std::time::Duration;

use anyhow::{Error, Result, bail};

use super::client::Connected;
use super::worker::Sample;
use crate::process::Process;
use crate::stopwatch::Stopwatch;

/// Failures after which a worker gives up.
const MOST_FAILURES: u64 = 100;

/// What a load gave.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Of each request that succeeded, sorted once all workers are done.
    latencies: Vec<Duration>,
    pub(super) bytes: u64,
    pub(super) objects: u64,
    pub(super) failed: u64,
    pub(super) took: Duration,
    /// Requests a second.
    rate: f64,
    /// Processor seconds of the server.
    pub(super) server_seconds: Option<f64>,
    /// Processor seconds of this program.
    pub(super) own_seconds: f64,
    /// The most memory of the server.
    pub(super) peak_bytes: Option<u64>,
    first_failure: Option<Error>,
}

impl Tally {
    pub(super) fn requests(&self) -> u64 {
        self.latencies.len() as u64
    }

    /// Requests a second. Within a time, the sum of what each worker reached until its last request had ended: one that
    /// waits long for its last answer does not stand for all. Without one, all requests in all the time they took.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// Processor seconds of the server for each request.
    pub(super) fn cost(&self) -> Option<f64> {
        Some(self.server_seconds? / self.requests().max(1) as f64)
    }

    /// What this share of the requests stayed below; zero without any.
    pub(super) fn percentile(&self, share: f64) -> Duration {
        let index = (self.latencies.len() as f64 * share).ceil() as usize;
        self.latencies.get(index.saturating_sub(1)).copied().unwrap_or_default()
    }

    fn record(&mut self, outcome: Result<Sample>) {
        match outcome {
            Ok(sample) => {
                self.latencies.push(sample.took);
                self.bytes += sample.bytes;
                self.objects += sample.objects;
            }
            Err(error) => {
                self.failed += 1;
                self.first_failure.get_or_insert(error);
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.bytes += other.bytes;
        self.objects += other.objects;
        self.failed += other.failed;
        self.rate += other.rate;
        self.first_failure = self.first_failure.take().or(other.first_failure);
    }

    /// What this and a later round gave together.
    pub(super) fn and(mut self, later: Self) -> Self {
        let seconds = [self.took, later.took].map(|took| took.as_secs_f64());
        let rate = (self.rate * seconds[0] + later.rate * seconds[1]) / (seconds[0] + seconds[1]);
        self.took += later.took;
        self.own_seconds += later.own_seconds;
        self.server_seconds = self.server_seconds.zip(later.server_seconds).map(|(before, now)| before + now);
        self.peak_bytes = self.peak_bytes.max(later.peak_bytes);
        self.add(later);
        self.rate = rate;
        self.latencies.sort_unstable();
        self
    }

    /// Fails with the first failure when no request succeeded; else prints it when there was one.
    fn judge(&mut self, what: &str) -> Result<()> {
        match self.first_failure.take() {
            Some(error) if self.latencies.is_empty() => bail!("every {what} failed, the first with: {error:#}"),
            Some(error) => eprintln!("{} {what} failed, the first with: {error:#}", self.failed),
            None => {}
        }
        Ok(())
    }
}

/// Lets every worker take steps until the time is over or it has nothing left to do.
pub(super) fn drive<W: Connected>(
    what: &str,
    workers: &mut [W],
    server: Option<Process>,
    limit: Duration,
    step: impl Fn(&mut W) -> Result<Option<Sample>> + Sync,
) -> Result<Tally> {
    for worker in &mut *workers {
        worker.client().connect()?;
    }
    if let Some(server) = server {
        server.forget_peak();
    }
    let server_before = server.map(Process::processor_seconds).transpose()?;
    let own_before = Process::own().processor_seconds()?;
    let watch = Stopwatch::start();
    let mut total = thread::scope(|scope| {
        let step = &step;
        let watch = &watch;
        let busy = |worker| scope.spawn(move || steps(worker, watch, limit, step));
        let threads: Vec<_> = workers.iter_mut().map(busy).collect();
        let mut total = Tally::default();
        for thread in threads {
            match thread.join() {
                Ok(tally) => total.add(tally),
                Err(_) => bail!("a worker panicked"),
            }
        }
        Ok(total)
    })?;
    total.took = watch.elapsed();
    if limit == Duration::MAX {
        total.rate = total.requests() as f64 / total.took.as_secs_f64();
    }
    total.own_seconds = Process::own().processor_seconds()? - own_before;
    if let (Some(server), Some(before)) = (server, server_before) {
        total.server_seconds = Some(server.processor_seconds()? - before);
        total.peak_bytes = Some(server.peak_bytes()?);
    }
    total.latencies.sort_unstable();
    total.judge(what)?;
    Ok(total)
}

fn steps<W>(
    worker: &mut W,
    watch: &Stopwatch,
    limit: Duration,
    step: impl Fn(&mut W) -> Result<Option<Sample>>,
) -> Tally {
    let mut tally = Tally::default();
    while watch.elapsed() < limit && tally.failed < MOST_FAILURES {
        match step(worker) {
            Ok(None) => break,
            Ok(Some(sample)) => tally.record(Ok(sample)),
            Err(error) => tally.record(Err(error)),
        }
    }
    tally.rate = tally.requests() as f64 / watch.elapsed().as_secs_f64();
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_latency_that_so_many_stay_below() {
        let latencies = (1..=200).map(Duration::from_millis).collect();
        let tally = Tally { latencies, ..Tally::default() };
        assert_eq!(tally.percentile(0.5), Duration::from_millis(100));
        assert_eq!(tally.percentile(0.99), Duration::from_millis(198));
        assert_eq!(tally.percentile(1.0), Duration::from_millis(200));
        assert_eq!(Tally::default().percentile(0.5), Duration::ZERO);
    }

    #[test]
    fn rounds_add_up() {
        let round = |seconds, requests, server| Tally {
            latencies: (1..=requests).map(Duration::from_millis).collect(),
            took: Duration::from_secs(seconds),
            rate: requests as f64 / seconds as f64,
            server_seconds: Some(server),
            peak_bytes: Some(seconds),
            ..Tally::default()
        };
        let both = round(1, 10, 1.0).and(round(3, 50, 2.0));
        assert_eq!((both.rate(), both.cost(), both.peak_bytes), (15.0, Some(0.05), Some(3)));
        assert_eq!(both.percentile(0.5), Duration::from_millis(20));
    }

    #[test]
    fn only_failures_are_an_error_and_some_are_not() {
        let sample = || Sample { took: Duration::from_millis(1), bytes: 2, objects: 3 };
        let mut tally = Tally::default();
        tally.record(Err(anyhow::anyhow!("first")));
        tally.record(Err(anyhow::anyhow!("second")));
        let mut mixed = Tally::default();
        mixed.record(Ok(sample()));
        mixed.add(tally);
        assert_eq!((mixed.requests(), mixed.bytes, mixed.objects, mixed.failed), (1, 2, 3, 2));
        assert!(mixed.judge("PUT").is_ok());
        let mut tally = Tally::default();
        tally.record(Err(anyhow::anyhow!("first")));
        assert!(tally.judge("PUT").unwrap_err().to_string().contains("first"));
    }
}
