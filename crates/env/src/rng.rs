//! Sources of random bytes.

use std::sync::atomic::{AtomicU64, Ordering};

/// Gives random bytes.
pub trait Rng: Send + Sync + 'static {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// Eight random bytes as a number.
pub fn random_u64(rng: &dyn Rng) -> u64 {
    let mut bytes = [0; 8];
    rng.fill(&mut bytes);
    u64::from_ne_bytes(bytes)
}

/// The operating system's generator through aws-lc: fit for keys.
#[derive(Debug, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    fn fill(&self, bytes: &mut [u8]) {
        // A machine without randomness can neither make keys nor names that do not collide: there is no way to go on.
        aws_lc_rs::rand::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// The same bytes for the same seed (SplitMix64): for tests and simulations, never for keys.
#[derive(Debug)]
pub struct SeededRng {
    state: AtomicU64,
}

impl SeededRng {
    /// The sequence that `seed` starts.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: AtomicU64::new(seed) }
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut mixed = self.state.fetch_add(STEP, Ordering::SeqCst).wrapping_add(STEP);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Rng for SeededRng {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let random = self.next().to_le_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_its_sequence_again() {
        let (mut first, mut again, mut other) = ([0; 37], [0; 37], [0; 37]);
        SeededRng::new(7).fill(&mut first);
        SeededRng::new(7).fill(&mut again);
        SeededRng::new(8).fill(&mut other);
        assert_eq!(first, again);
        assert_ne!(first, other);
    }
}
