//! Tells a person or a script what a run does.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use larder_client::error::RequestError;
use larder_client::report::{Event, Outcome, Report, Step};
use larder_client::run::Summary;
use larder_env::Clock;
use serde_json::json;

use super::live::Live;
use super::output::{Mode, has_colours};
use super::{Ending, Failure, sizes};

/// Failures kept to be listed at the end; memory is not to grow with what goes wrong.
const FAILURES_KEPT: usize = 1_000;
/// Lines wait so long at most.
const FLUSH_EVERY: Duration = Duration::from_millis(200);

/// Prints events.
pub(crate) struct Console {
    mode: Mode,
    colours: bool,
    clock: Arc<dyn Clock>,
    started: Duration,
    state: Mutex<State>,
    live: Option<Live>,
}

struct State {
    out: BufWriter<Stdout>,
    flushed: Duration,
    failures: Vec<String>,
    more_failures: u64,
}

impl Console {
    pub(crate) fn new(mode: Mode, clock: Arc<dyn Clock>) -> Arc<Self> {
        let started = clock.elapsed();
        let out = BufWriter::with_capacity(64 * 1024, io::stdout());
        let state = State { out, flushed: started, failures: Vec::new(), more_failures: 0 };
        let live = (mode == Mode::Live).then(|| Live::start(Arc::clone(&clock)));
        Arc::new(Self { mode, colours: has_colours(), clock, started, state: Mutex::new(state), live })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints a line of output. What cannot be printed has no reader.
    fn line(&self, text: &str) {
        let now = self.clock.elapsed();
        let mut state = self.state();
        let _ = writeln!(state.out, "{text}");
        if now >= state.flushed + FLUSH_EVERY {
            let _ = state.out.flush();
            state.flushed = now;
        }
    }

    fn complain(&self, text: &str) {
        let text = if self.colours { format!("\u{1b}[31m{text}\u{1b}[0m") } else { text.to_owned() };
        match &self.live {
            Some(live) => live.print(&text),
            None => eprintln!("{text}"),
        }
    }

    fn ended(&self, step: &Step, outcome: &Outcome) {
        if let Some(live) = &self.live {
            live.ended(step, outcome);
        }
        match (outcome, self.mode) {
            (Outcome::Failed(error), _) => self.failed(step, error),
            (Outcome::Done { bytes }, Mode::Json) => self.line(&told("done", step, Some(*bytes))),
            (Outcome::Same, Mode::Json) => self.line(&told("same", step, None)),
            (Outcome::Done { .. }, Mode::Lines) => self.line(&describe(step)),
            _ => {}
        }
    }

    fn failed(&self, step: &Step, error: &RequestError) {
        let verb = step.verb.as_str();
        let target = step.target.as_ref().map_or_else(String::new, |target| format!(" to {target}"));
        let text = format!("{verb} failed: {}{target}: {error}", step.source);
        if self.mode == Mode::Json {
            let line = json!({
                "event": "failed", "action": verb, "source": step.source, "target": step.target,
                "code": error.code, "kind": format!("{:?}", error.kind), "message": error.message,
            });
            self.line(&line.to_string());
        } else {
            self.complain(&text);
        }
        let mut state = self.state();
        if state.failures.len() < FAILURES_KEPT { state.failures.push(text) } else { state.more_failures += 1 }
    }

    /// Says how the run ended.
    pub(crate) fn finish(&self, summary: &Summary, dry: bool) -> Ending {
        if let Some(live) = &self.live {
            live.finish();
        }
        let took = (self.clock.elapsed() - self.started).as_secs_f64();
        if self.mode == Mode::Json {
            let fatal = summary.fatal.as_ref().map(ToString::to_string);
            let line = json!({
                "event": "summary", "done": summary.done, "same": summary.same, "deleted": summary.deleted,
                "failed": summary.failed, "bytes": summary.bytes, "seconds": took, "stopped": summary.stopped, "fatal": fatal,
            });
            self.line(&line.to_string());
        }
        let _ = self.state().out.flush();
        if self.mode != Mode::Json {
            self.list_failures(summary);
            if !dry && (self.mode != Mode::Quiet || summary.stopped) {
                eprintln!("{}", sentence(summary, took));
            }
            if let Some(error) = &summary.fatal {
                self.complain(&format!("larder: {error}"));
            }
        }
        let well = summary.failed == 0 && !summary.stopped && summary.fatal.is_none();
        if well { Ok(()) } else { Err(Failure::Told) }
    }

    /// Again at the end, for what scrolled away. One failure, or failures alone, need no repetition.
    fn list_failures(&self, summary: &Summary) {
        let (failures, more) = {
            let mut state = self.state();
            (std::mem::take(&mut state.failures), state.more_failures)
        };
        if failures.is_empty() || self.mode == Mode::Quiet || summary.failed + summary.done < 2 {
            return;
        }
        self.complain(&format!("{} failed:", summary.failed));
        failures.iter().for_each(|failure| self.complain(&format!("  {failure}")));
        if more > 0 {
            self.complain(&format!("  and {more} more"));
        }
    }
}

impl Report for Console {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::Ended(step, outcome) => self.ended(step, outcome),
            Event::Would(step) if self.mode == Mode::Json => self.line(&told("would", step, None)),
            Event::Would(_) if self.mode == Mode::Quiet => {}
            Event::Would(step) => self.line(&format!("(dryrun) {}", describe(step))),
            Event::Warning { subject, message } if self.mode == Mode::Json => {
                self.line(&json!({"event": "warning", "subject": subject, "message": message}).to_string());
            }
            Event::Warning { subject, message } => self.complain(&format!("warning: {subject}: {message}")),
            Event::Began(step) => {
                if let Some(live) = &self.live {
                    live.began(step);
                }
            }
            Event::Moved { id, bytes } => {
                if let Some(live) = &self.live {
                    live.moved(*id, *bytes);
                }
            }
        }
    }
}

/// As `aws s3` words it.
fn describe(step: &Step) -> String {
    match &step.target {
        Some(target) => format!("{}: {} to {target}", step.verb.as_str(), step.source),
        None => format!("{}: {}", step.verb.as_str(), step.source),
    }
}

fn told(event: &str, step: &Step, bytes: Option<u64>) -> String {
    json!({
        "event": event, "action": step.verb.as_str(), "source": step.source, "target": step.target,
        "size": step.size, "bytes": bytes,
    })
    .to_string()
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is shown with one decimal"
)]
fn sentence(summary: &Summary, took: f64) -> String {
    let copied = summary.done - summary.deleted;
    let mut parts = vec![format!("{copied} done")];
    for (count, what) in [(summary.deleted, "deleted"), (summary.same, "the same"), (summary.failed, "failed")] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    let rate =
        if took > 0.0 { sizes::human((summary.bytes as f64 / took) as u64) } else { sizes::human(summary.bytes) };
    let stopped = if summary.stopped { "Stopped; the same command goes on from here. " } else { "" };
    format!("{stopped}{}; {} in {took:.1} s ({rate}/s)", parts.join(", "), sizes::human(summary.bytes))
}
