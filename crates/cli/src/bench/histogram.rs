//! Latencies, counted in buckets that are about 3% wide.

use std::time::Duration;

/// Buckets for each power of two.
const STEPS: u64 = 32;
const STEP_BITS: u32 = STEPS.trailing_zeros();

/// Counts of microseconds. Small values are exact.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    total: u64,
    longest: u64,
}

impl Histogram {
    pub(super) fn add(&mut self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        let bucket = bucket_of(micros);
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.total += 1;
        self.longest = self.longest.max(micros);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.total += other.total;
        self.longest = self.longest.max(other.longest);
    }

    /// The latency that a share of requests, in parts of 1,000, did not exceed; in microseconds.
    pub(super) fn quantile(&self, per_mille: u64) -> u64 {
        let wanted = (self.total * per_mille).div_ceil(1_000).max(1);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return upper_end(bucket).min(self.longest);
            }
        }
        self.longest
    }

    /// Counts by powers of two: from how many microseconds, and how many requests.
    pub(super) fn by_powers(&self) -> Vec<(u64, u64)> {
        let mut rows: Vec<(u64, u64)> = Vec::new();
        for (bucket, &count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let from = 1_u64 << upper_end(bucket).max(1).ilog2();
            match rows.last_mut() {
                Some((last, sum)) if *last == from => *sum += count,
                _ => rows.push((from, count)),
            }
        }
        rows
    }
}

fn bucket_of(micros: u64) -> usize {
    let bucket = match micros.checked_ilog2() {
        Some(power) if power > STEP_BITS => {
            let shift = power - STEP_BITS;
            u64::from(shift) * STEPS + (micros >> shift)
        }
        _ => micros,
    };
    usize::try_from(bucket).unwrap_or(usize::MAX)
}

/// The largest value that falls into a bucket.
fn upper_end(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < 2 * STEPS {
        return bucket;
    }
    let shift = bucket / STEPS - 1;
    let within = bucket - shift * STEPS;
    ((within + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_their_values() {
        for micros in (0..10_000).chain([1 << 20, (1 << 40) + 12_345]) {
            let bucket = bucket_of(micros);
            assert!(upper_end(bucket) >= micros, "{micros}");
            assert!(bucket == 0 || upper_end(bucket - 1) < micros, "{micros}");
            assert!((upper_end(bucket) - micros) * STEPS <= micros.max(1), "{micros} is told to 3%");
        }
    }

    #[test]
    fn quantiles_are_those_of_the_values() {
        let mut histogram = Histogram::default();
        (1..=1_000).for_each(|micros| histogram.add(Duration::from_micros(micros)));
        let near = |per_mille, expected: u64| histogram.quantile(per_mille).abs_diff(expected) * 32 <= expected;
        assert!(near(500, 500) && near(990, 990) && histogram.quantile(1_000) == 1_000);
        let mut both = histogram.clone();
        both.merge(&histogram);
        assert_eq!(both.quantile(500), histogram.quantile(500));
        assert_eq!(Histogram::default().quantile(500), 0);
        assert_eq!(histogram.by_powers().iter().map(|(_, count)| count).sum::<u64>(), 1_000);
    }
}
