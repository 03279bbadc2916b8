//! Counting requests against the quotas.
//!
//! The generic cell rate algorithm: for each account, region and class one number, the time at which the quota would be unused
//! again. A request adds its share to it and is refused when the number is then more than a second ahead. Taking one locks
//! nothing but a read of the map of accounts.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder_types::{AccountId, Region};
use parking_lot::RwLock;

use super::RequestClass;
use super::limit::raised;
use crate::Kms;
use crate::state::{Place, State};

const CLASSES: usize = RequestClass::ALL.len();
const SECOND: u64 = 1_000_000_000;
/// The interval of a quota of no requests at all.
const NEVER: u64 = u64::MAX;

/// The quota is used up: `ThrottlingException`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.")]
pub struct Throttled {
    /// When it is worth asking again.
    pub retry_after: Duration,
}

/// How many requests of each class were let through and how many refused, since the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calls {
    taken: Vec<u64>,
    throttled: Vec<u64>,
}

impl Calls {
    /// Requests of this class that were let through.
    #[must_use]
    pub fn of(&self, class: RequestClass) -> u64 {
        self.taken[class as usize]
    }

    /// Requests of this class that were refused.
    #[must_use]
    pub fn throttled(&self, class: RequestClass) -> u64 {
        self.throttled[class as usize]
    }

    /// All requests that were let through.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.taken.iter().sum()
    }
}

/// Places kept before those that are idle are dropped.
const KEPT_PLACES: usize = 4_096;

/// One account in one region, a slot for each class.
struct Slots {
    /// Nanoseconds between requests at the quota's rate.
    intervals: [AtomicU64; CLASSES],
    /// When the quota is unused again, in nanoseconds of the clock.
    free_at: [AtomicU64; CLASSES],
}

pub(crate) struct Buckets {
    scale: f64,
    places: RwLock<HashMap<Place, Arc<Slots>>>,
    state: RwLock<Arc<State>>,
    taken: [AtomicU64; CLASSES],
    throttled: [AtomicU64; CLASSES],
}

fn zeros() -> [AtomicU64; CLASSES] {
    std::array::from_fn(|_| AtomicU64::new(0))
}

impl Buckets {
    pub(crate) fn new(scale: f64) -> Self {
        Self { scale, places: RwLock::default(), state: RwLock::default(), taken: zeros(), throttled: zeros() }
    }

    /// Takes over the quotas that were raised.
    pub(crate) fn apply(&self, state: &State) {
        let same = Arc::ptr_eq(&self.state.read().applied_quotas, &state.applied_quotas);
        if same {
            return;
        }
        let applied = Arc::clone(&state.applied_quotas);
        let state = State { applied_quotas: applied, ..State::default() };
        let places = self.places.write();
        for ((account, region), slots) in &*places {
            for class in RequestClass::ALL {
                let interval = self.interval(&state, *account, region, *class);
                slots.intervals[*class as usize].store(interval, Ordering::Relaxed);
            }
        }
        *self.state.write() = Arc::new(state);
    }

    /// Requests of this class in a second.
    pub(crate) fn rate(&self, state: &State, account: AccountId, region: &Region, class: RequestClass) -> f64 {
        raised(state, account, region, class.code()).unwrap_or_else(|| self.default_rate(region, class))
    }

    pub(crate) fn default_rate(&self, region: &Region, class: RequestClass) -> f64 {
        class.default_rate(region) * self.scale
    }

    fn interval(&self, state: &State, account: AccountId, region: &Region, class: RequestClass) -> u64 {
        let rate = self.rate(state, account, region, class);
        if rate.is_infinite() && rate > 0.0 {
            return 0;
        }
        let interval = SECOND as f64 / rate;
        // A rate of zero or less, or no number: nothing is let through. Ten years are as good as never.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        if interval > 0.0 && interval < 3e17 { interval as u64 } else { NEVER }
    }

    fn slots(&self, now: u64, account: AccountId, region: &Region) -> Arc<Slots> {
        let place = (account, region.clone());
        if let Some(slots) = self.places.read().get(&place) {
            return Arc::clone(slots);
        }
        let mut places = self.places.write();
        if places.len() >= KEPT_PLACES {
            // Requests may name any region: a place whose quotas are unused is as good as one that never was.
            places.retain(|_, slots| slots.free_at.iter().any(|at| at.load(Ordering::Relaxed) > now));
        }
        let state = Arc::clone(&self.state.read());
        let slots = places.entry(place).or_insert_with(|| {
            let interval = |at| AtomicU64::new(self.interval(&state, account, region, RequestClass::ALL[at]));
            Arc::new(Slots { intervals: std::array::from_fn(interval), free_at: zeros() })
        });
        Arc::clone(slots)
    }

    fn take(&self, now: Duration, account: AccountId, region: &Region, class: RequestClass) -> Result<(), Throttled> {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let slots = self.slots(now, account, region);
        let at = class as usize;
        let taken = spend(&slots.free_at[at], slots.intervals[at].load(Ordering::Relaxed), now);
        let counter = if taken.is_ok() { &self.taken[at] } else { &self.throttled[at] };
        counter.fetch_add(1, Ordering::Relaxed);
        taken
    }
}

fn spend(free_at: &AtomicU64, interval: u64, now: u64) -> Result<(), Throttled> {
    if interval == 0 {
        return Ok(());
    }
    if interval == NEVER {
        return Err(Throttled { retry_after: Duration::from_secs(1) });
    }
    // What a second's quota may be ahead; one request always fits.
    let ahead = SECOND.max(interval) - interval;
    let mut before = free_at.load(Ordering::Relaxed);
    loop {
        let limit = now.saturating_add(ahead);
        if before > limit {
            return Err(Throttled { retry_after: Duration::from_nanos(before - limit) });
        }
        let after = before.max(now).saturating_add(interval);
        match free_at.compare_exchange_weak(before, after, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return Ok(()),
            Err(found) => before = found,
        }
    }
}

impl Kms {
    /// Counts a request against the quota of its class. Called once for each request, also for those that S3 makes on
    /// somebody's behalf; ReplicateKey counts as a ReplicateKey in the primary's region and as two CreateKey in the replica's,
    /// UpdatePrimaryRegion as one in each.
    ///
    /// # Errors
    /// [`Throttled`] when the quota is used up.
    pub fn take(&self, account: AccountId, region: &Region, class: RequestClass) -> Result<(), Throttled> {
        self.shared.buckets.take(self.shared.clock.elapsed(), account, region, class)
    }

    /// How many requests there were.
    #[must_use]
    pub fn calls(&self) -> Calls {
        let read = |counters: &[AtomicU64; CLASSES]| counters.iter().map(|it| it.load(Ordering::Relaxed)).collect();
        Calls { taken: read(&self.shared.buckets.taken), throttled: read(&self.shared.buckets.throttled) }
    }
}
