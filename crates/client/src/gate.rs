//! How many requests are under way at a time, found while going.
//!
//! Starts at some, grows by one with every answer until the most that is allowed (so it doubles in each round trip), and is
//! halved when the server asks for less. After that it grows by one for a whole round of answers, as TCP does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use larder_env::Clock;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Requests that may be under way from the start.
const AT_FIRST: usize = 16;
/// Answers to requests that were sent before a cut say nothing about what came of it.
const BETWEEN_CUTS: Duration = Duration::from_millis(500);

/// Lets a bounded number of requests through.
pub struct Gate {
    open: Arc<Semaphore>,
    clock: Arc<dyn Clock>,
    most: usize,
    state: Mutex<State>,
}

struct State {
    limit: usize,
    /// Places that go away when they are given back.
    owed: usize,
    answers: usize,
    cut_at: Option<Duration>,
}

/// A place among the requests under way, given back when dropped.
pub struct Pass {
    gate: Arc<Gate>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Gate {
    /// At most `most` at a time, and at least one.
    #[must_use]
    pub fn new(most: usize, clock: Arc<dyn Clock>) -> Arc<Self> {
        let most = most.max(1);
        let limit = most.min(AT_FIRST);
        Arc::new(Self {
            open: Arc::new(Semaphore::new(limit)),
            clock,
            most,
            state: Mutex::new(State { limit, owed: 0, answers: 0, cut_at: None }),
        })
    }

    /// Waits for a place.
    pub async fn enter(self: &Arc<Self>) -> Pass {
        // The semaphore is never closed, so there is always a place at last.
        let permit = Arc::clone(&self.open).acquire_owned().await.ok();
        Pass { gate: Arc::clone(self), permit }
    }

    /// An answer came that was no complaint.
    pub fn answered(&self) {
        let mut state = self.lock();
        state.answers += 1;
        let round = if state.cut_at.is_some() { state.limit } else { 1 };
        if state.answers >= round && state.limit < self.most {
            state.answers = 0;
            state.limit += 1;
            if state.owed > 0 { state.owed -= 1 } else { self.open.add_permits(1) }
        }
    }

    /// The server asked for fewer.
    pub fn throttled(&self) {
        let now = self.clock.elapsed();
        let mut state = self.lock();
        if state.cut_at.is_some_and(|at| now < at + BETWEEN_CUTS) {
            return;
        }
        let limit = (state.limit / 2).max(1);
        state.owed += state.limit - limit;
        // Places that nobody has go at once.
        state.owed -= self.open.forget_permits(state.owed);
        (state.limit, state.answers, state.cut_at) = (limit, 0, Some(now));
    }

    /// How many may be under way now.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.lock().limit
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut state = self.gate.lock();
        if state.owed > 0
            && let Some(permit) = self.permit.take()
        {
            state.owed -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use larder_env::SimulatedClock;
    use larder_types::Timestamp;

    use super::*;

    #[tokio::test]
    async fn it_grows_until_it_is_cut_and_then_slowly() {
        let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(0)));
        let gate = Gate::new(40, clock.clone());
        assert_eq!(gate.limit(), 16);
        for _ in 0..100 {
            gate.answered();
        }
        assert_eq!(gate.limit(), 40);
        let passes: Vec<Pass> = {
            let mut passes = Vec::new();
            for _ in 0..40 {
                passes.push(gate.enter().await);
            }
            passes
        };
        gate.throttled();
        gate.throttled();
        assert_eq!((gate.limit(), gate.open.available_permits()), (20, 0));
        drop(passes);
        assert_eq!(gate.open.available_permits(), 20);
        for _ in 0..20 {
            gate.answered();
        }
        assert_eq!((gate.limit(), gate.open.available_permits()), (21, 21));
        for _ in 0..9 {
            clock.advance(BETWEEN_CUTS);
            gate.throttled();
        }
        assert_eq!((gate.limit(), gate.open.available_permits()), (1, 1));
    }
}
