//! `--bandwidth`: at most so many bytes a second over everything under way.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use larder_env::Clock;

/// Spreads bytes over time. Without a limit it costs nothing.
pub struct Pace {
    clock: Arc<dyn Clock>,
    bytes_per_second: Option<u64>,
    /// When everything let through so far will have been sent.
    free_at: Mutex<Duration>,
}

impl Pace {
    /// `None` is no limit.
    #[must_use]
    pub fn new(bytes_per_second: Option<u64>, clock: Arc<dyn Clock>) -> Self {
        Self { clock, bytes_per_second: bytes_per_second.filter(|&rate| rate > 0), free_at: Mutex::new(Duration::ZERO) }
    }

    /// Whether there is a limit.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.bytes_per_second.is_some()
    }

    /// How long to wait before `bytes` more may travel. They count from now on.
    #[must_use]
    pub fn book(&self, bytes: usize) -> Duration {
        let Some(rate) = self.bytes_per_second else { return Duration::ZERO };
        let now = self.clock.elapsed();
        let nanos = u128::from(bytes as u64) * 1_000_000_000 / u128::from(rate);
        let takes = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let begins = (*free_at).max(now);
        *free_at = begins + takes;
        begins - now
    }

    /// Waits until `bytes` may travel.
    pub async fn wait(&self, bytes: usize) {
        if self.bytes_per_second.is_some() {
            tokio::time::sleep(self.book(bytes)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use larder_env::SimulatedClock;
    use larder_types::Timestamp;

    use super::*;

    #[test]
    fn bytes_take_their_time() {
        let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(0)));
        let pace = Pace::new(Some(1_000), clock.clone());
        assert_eq!(pace.book(500), Duration::ZERO);
        assert_eq!(pace.book(1_500), Duration::from_millis(500));
        assert_eq!(pace.book(1), Duration::from_secs(2));
        clock.advance(Duration::from_secs(10));
        assert_eq!(pace.book(1), Duration::ZERO);
        assert_eq!(Pace::new(None, clock).book(usize::MAX), Duration::ZERO);
    }
}
