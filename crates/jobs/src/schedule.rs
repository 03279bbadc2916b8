//! When a worker runs again.

use std::time::Duration;

/// The pace of a worker.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// The pause after a piece of work when there is more: what is left of the machine for requests.
    pub throttle: Duration,
    /// The longest wait after a first failure; it doubles with each further one.
    pub first_retry: Duration,
    /// The longest wait after any failure.
    pub last_retry: Duration,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            throttle: Duration::from_millis(1),
            first_retry: Duration::from_millis(500),
            last_retry: Duration::from_secs(60),
        }
    }
}

impl Schedule {
    /// The wait after the `failures`-th failure in a row: `random` picks a point in the upper half of what the schedule
    /// allows, so that workers that failed together do not come back together.
    pub(crate) fn retry_after(&self, failures: u32, random: u64) -> Duration {
        let doublings = failures.saturating_sub(1).min(31);
        let longest = self.first_retry.saturating_mul(1 << doublings).min(self.last_retry);
        let half = longest / 2;
        // 16 bits are fine enough for a wait, and cannot overflow.
        half + half.mul_f64((random & 0xffff) as f64 / 65_536.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_come_later_and_later_up_to_a_limit() {
        let schedule = Schedule {
            throttle: Duration::ZERO,
            first_retry: Duration::from_millis(100),
            last_retry: Duration::from_secs(1),
        };
        for (failures, longest) in [(1, 100), (2, 200), (4, 800), (5, 1000), (40, 1000), (u32::MAX, 1000)] {
            let longest = Duration::from_millis(longest);
            assert_eq!(schedule.retry_after(failures, 0), longest / 2, "{failures}");
            let latest = schedule.retry_after(failures, u64::MAX);
            assert!(latest > longest * 9 / 10 && latest <= longest, "{failures}: {latest:?}");
        }
    }
}
