//! The only door to time and chance. Everything else takes a [`Clock`] and an [`Rng`], so that a test can hold both still
//! and a simulation with the same seed gives the same bytes.

mod clock;
mod rng;

pub use clock::{Clock, SimulatedClock, SystemClock};
pub use rng::{Rng, SeededRng, SystemRng, random_u64};
