//! How long things took, in buckets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the buckets in microseconds, from a small object out of memory to a large one over a slow line.
const BOUNDS_MICROS: [u64; 16] = [
    100,
    250,
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    5_000_000,
    30_000_000,
    120_000_000,
];

/// A histogram. Figures of one observation may be seen apart by whoever reads meanwhile.
#[derive(Debug, Default)]
pub(crate) struct Durations {
    /// How many were within each bound and above the one before; the last counts those above all.
    counts: [AtomicU64; BOUNDS_MICROS.len() + 1],
    micros: AtomicU64,
}

/// A histogram at one moment.
pub(crate) struct Distribution {
    pub(crate) seconds: f64,
    pub(crate) count: u64,
    /// Upper bounds in seconds and how many were within each and above the one before. The last bound is above all.
    pub(crate) buckets: Vec<(f64, u64)>,
}

impl Durations {
    pub(crate) fn observe(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_MICROS.partition_point(|&bound| bound < micros);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Distribution {
        let bounds = BOUNDS_MICROS.iter().map(|&micros| micros as f64 / 1e6).chain([f64::MAX]);
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed));
        let buckets: Vec<_> = bounds.zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        Distribution { seconds: self.micros.load(Ordering::Relaxed) as f64 / 1e6, count, buckets }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_the_first_bucket_that_holds_it() {
        let durations = Durations::default();
        for micros in [0, 100, 101, 1_000_000, 120_000_000, 120_000_001, u64::MAX / 4] {
            durations.observe(Duration::from_micros(micros));
        }
        let read = durations.read();
        let filled: Vec<_> = read.buckets.iter().copied().filter(|(_, count)| *count > 0).collect();
        assert_eq!(filled, [(0.0001, 2), (0.00025, 1), (1.0, 1), (120.0, 1), (f64::MAX, 2)]);
        assert_eq!(read.count, 7);
        assert!(BOUNDS_MICROS.is_sorted());
    }
}
