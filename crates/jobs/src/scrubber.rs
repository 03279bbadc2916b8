//! Looking at all that is stored, at a pace that leaves the machine to requests.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use larder_engine::{Engine, Scrub, ScrubOptions, ScrubReport};
use larder_types::Timestamp;
use tokio::sync::{Mutex, Notify};

use crate::{Progress, Worker, WorkerError};

/// The first scrub of a run begins this long after the start, so that a server that is restarted often is scrubbed too.
const FIRST_AFTER: Duration = Duration::from_secs(60 * 60);

/// How long a worker that nobody asks for anything waits.
const FOR_EVER: Duration = Duration::from_secs(24 * 60 * 60);

const MIB: u64 = 1024 * 1024;

/// When to scrub, and how fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScrubSchedule {
    /// From the end of one scrub to the start of the next; zero scrubs only when asked to.
    pub interval: Duration,
    /// MiB read a second; 0 is as fast as it goes.
    pub rate_mib: u64,
}

/// A scrub under way, or the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScrubState {
    /// Whether it is under way or about to begin.
    pub running: bool,
    /// What it is doing, for people.
    pub doing: &'static str,
    /// When it began; `None` before the first.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// What it found so far.
    pub report: ScrubReport,
}

struct State {
    pass: Option<Scrub>,
    asked: bool,
    /// Of the pass that is asked for or under way.
    rate_mib: u64,
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
    last: ScrubReport,
    next: Option<Timestamp>,
}

/// Scrubs the engine's stores when it is time, and when somebody asks.
pub struct Scrubber {
    engine: Arc<Engine>,
    schedule: ScrubSchedule,
    state: Mutex<State>,
    asked: Notify,
}

fn after(now: Timestamp, pause: Duration) -> Timestamp {
    now.plus_millis(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX))
}

impl Scrubber {
    /// A scrubber of `engine`.
    #[must_use]
    pub fn new(engine: Arc<Engine>, schedule: ScrubSchedule) -> Self {
        let next = (!schedule.interval.is_zero()).then(|| after(engine.now(), schedule.interval.min(FIRST_AFTER)));
        let state = State {
            pass: None,
            asked: false,
            rate_mib: schedule.rate_mib,
            started: None,
            finished: None,
            last: ScrubReport::default(),
            next,
        };
        Self { engine, schedule, state: Mutex::new(state), asked: Notify::new() }
    }

    /// Has a scrub begin now, at `rate_mib` MiB a second or the usual rate. One that is under way goes on, at this rate.
    pub async fn begin(&self, rate_mib: Option<u64>) {
        let mut state = self.state.lock().await;
        state.asked = true;
        if state.pass.is_none() {
            state.finished = None;
        }
        state.rate_mib = rate_mib.unwrap_or(self.schedule.rate_mib);
        self.asked.notify_one();
    }

    /// How far it is.
    pub async fn state(&self) -> ScrubState {
        let state = self.state.lock().await;
        let running = state.asked || state.pass.is_some();
        let (doing, report) = match &state.pass {
            Some(pass) => (pass.doing(), pass.report().clone()),
            None if running => ("waiting", ScrubReport::default()),
            None => ("done", state.last.clone()),
        };
        ScrubState { running, doing, started: state.started, finished: state.finished, report }
    }

    /// Ends a pass.
    fn finish(&self, state: &mut State, report: ScrubReport) {
        let now = self.engine.now();
        let (damaged, left_over) = (report.damaged, report.left_over);
        let (blobs, records, bytes) = (report.blobs, report.records, report.bytes);
        match damaged {
            0 => tracing::info!(blobs, records, bytes, left_over, "a scrub found no damage"),
            _ => tracing::error!(blobs, records, bytes, damaged, left_over, "a scrub found damage: larder scrub"),
        }
        state.finished = Some(now);
        state.last = report;
        state.asked = false;
        state.next = (!self.schedule.interval.is_zero()).then(|| after(now, self.schedule.interval));
        state.rate_mib = self.schedule.rate_mib;
    }
}

#[async_trait]
impl Worker for Scrubber {
    fn name(&self) -> &'static str {
        "scrub"
    }

    async fn run_once(&self) -> Result<Progress, WorkerError> {
        let (bytes, rate) = {
            let mut state = self.state.lock().await;
            let now = self.engine.now();
            let is_due = state.next.is_some_and(|next| next <= now);
            if state.pass.is_none() && !state.asked && !is_due {
                let until = state.next.map(|next| next.as_millis().saturating_sub(now.as_millis()));
                let until = until.map(|millis| Duration::from_millis(u64::try_from(millis).unwrap_or(0)));
                return Ok(Progress::IdleFor(until.unwrap_or(FOR_EVER)));
            }
            if state.pass.is_none() {
                (state.started, state.finished) = (Some(now), None);
            }
            let mut pass = state
                .pass
                .take()
                .unwrap_or_else(|| Scrub::new(ScrubOptions { quarantine: true, ..ScrubOptions::default() }));
            let step = self.engine.scrub(&mut pass).await;
            if pass.is_done() {
                self.finish(&mut state, pass.report().clone());
            } else {
                state.pass = Some(pass);
            }
            (step?, state.rate_mib)
        };
        if let Some(micros) = bytes.saturating_mul(1_000_000).checked_div(rate * MIB) {
            tokio::time::sleep(Duration::from_micros(micros)).await;
        }
        Ok(Progress::More)
    }

    async fn wanted(&self) {
        self.asked.notified().await;
    }
}
