//! Lines that change on a terminal: one for each transfer under way, and a total.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use larder_client::report::{Outcome, Step};
use larder_env::Clock;

use super::sizes::human;

/// What changes faster cannot be read.
const REFRESH: Duration = Duration::from_millis(100);
/// Transfers that show; the oldest do, for they take longest.
const SHOWN: usize = 8;
/// The rate is that of about so many refreshes.
const MEMORY: f64 = 20.0;

pub(crate) struct Live {
    shared: Arc<Shared>,
    bars: MultiProgress,
    drawer: Mutex<Option<thread::JoinHandle<()>>>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    under_way: Mutex<BTreeMap<u64, Transfer>>,
    moved: AtomicI64,
    known: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    finished: AtomicBool,
}

struct Transfer {
    name: String,
    size: Option<u64>,
    moved: i64,
}

impl Live {
    pub(crate) fn start(clock: Arc<dyn Clock>) -> Self {
        let shared = Arc::new(Shared {
            clock,
            under_way: Mutex::default(),
            moved: AtomicI64::new(0),
            known: AtomicU64::new(0),
            done: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            finished: AtomicBool::new(false),
        });
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let (drawn, onto) = (Arc::clone(&shared), bars.clone());
        let drawer = Mutex::new(Some(thread::spawn(move || draw(&drawn, &onto))));
        Self { shared, bars, drawer }
    }

    pub(crate) fn began(&self, step: &Step) {
        let transfer = Transfer { name: step.source.clone(), size: step.size, moved: 0 };
        self.shared.known.fetch_add(step.size.unwrap_or(0), Ordering::Relaxed);
        self.shared.lock().insert(step.id, transfer);
    }

    pub(crate) fn moved(&self, id: u64, bytes: i64) {
        self.shared.moved.fetch_add(bytes, Ordering::Relaxed);
        if let Some(transfer) = self.shared.lock().get_mut(&id) {
            transfer.moved += bytes;
        }
    }

    pub(crate) fn ended(&self, step: &Step, outcome: &Outcome) {
        let told = self.shared.lock().remove(&step.id).map_or(0, |transfer| transfer.moved);
        let count = if matches!(outcome, Outcome::Failed(_)) { &self.shared.failed } else { &self.shared.done };
        count.fetch_add(1, Ordering::Relaxed);
        // What was too small to tell of its progress counts at its end; what failed or was the same no longer counts.
        let size = i64::try_from(step.size.unwrap_or(0)).unwrap_or(i64::MAX);
        self.shared.moved.fetch_add(size - told, Ordering::Relaxed);
    }

    /// Prints a line above those that change.
    pub(crate) fn print(&self, text: &str) {
        // A terminal that is gone has no reader.
        let _ = self.bars.println(text);
    }

    pub(crate) fn finish(&self) {
        self.shared.finished.store(true, Ordering::Relaxed);
        if let Some(drawer) = self.drawer.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // It only draws; if it panicked there is nothing left to draw.
            let _ = drawer.join();
        }
        let _ = self.bars.clear();
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Transfer>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn draw(shared: &Shared, bars: &MultiProgress) {
    let style = ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = || bars.add(ProgressBar::new(1).with_style(style.clone()));
    let lines: Vec<ProgressBar> = (0..SHOWN).map(|_| bar()).collect();
    let total = bar();
    let mut rate = Rate { bytes_per_second: 0.0, before: shared.clock.elapsed(), moved: 0 };
    while !shared.finished.load(Ordering::Relaxed) {
        let shown: Vec<String> = shared.lock().values().take(SHOWN).map(describe).collect();
        for (index, line) in lines.iter().enumerate() {
            line.set_message(shown.get(index).cloned().unwrap_or_default());
        }
        total.set_message(summary(shared, &mut rate));
        thread::sleep(REFRESH);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a bar of twenty characters")]
fn describe(transfer: &Transfer) -> String {
    let moved = u64::try_from(transfer.moved).unwrap_or(0);
    match transfer.size {
        Some(size) if size > 0 => {
            let share = (moved as f64 / size as f64).clamp(0.0, 1.0);
            format!("{} {:>3.0}% {:>10}  {}", bar(share), share * 100.0, human(size), transfer.name)
        }
        _ => format!("{} {:>15}  {}", bar(0.0), human(moved), transfer.name),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between nothing and twenty")]
fn bar(share: f64) -> String {
    let full = (share * 20.0) as usize;
    format!("[{}{}]", "=".repeat(full), " ".repeat(20 - full))
}

struct Rate {
    bytes_per_second: f64,
    before: Duration,
    moved: i64,
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rates and times left are guesses"
)]
fn summary(shared: &Shared, rate: &mut Rate) -> String {
    let (now, moved) = (shared.clock.elapsed(), shared.moved.load(Ordering::Relaxed));
    let seconds = (now - rate.before).as_secs_f64();
    if seconds > 0.0 {
        let current = ((moved - rate.moved) as f64 / seconds).max(0.0);
        rate.bytes_per_second += (current - rate.bytes_per_second) / MEMORY.min(1.0 + now.as_secs_f64() * 10.0);
        (rate.before, rate.moved) = (now, moved);
    }
    let done = shared.done.load(Ordering::Relaxed);
    let known = shared.known.load(Ordering::Relaxed);
    let moved = u64::try_from(moved).unwrap_or(0);
    let mut text =
        format!("{done} done, {} of {} so far, {}/s", human(moved), human(known), human(rate.bytes_per_second as u64));
    if rate.bytes_per_second >= 1.0 && known > moved {
        let left = ((known - moved) as f64 / rate.bytes_per_second) as u64;
        let _ = write!(text, ", {}:{:02} left", left / 60, left % 60);
    }
    let failed = shared.failed.load(Ordering::Relaxed);
    if failed > 0 {
        let _ = write!(text, ", {failed} failed");
    }
    text
}
