//! How long something took, for reports and time limits.

use std::fmt;
use std::time::{Duration, Instant};

/// Measures from its creation; `Display` gives seconds with one decimal.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[allow(clippy::disallowed_methods, reason = "xtask is outside the product and may not depend on larder-env")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

impl fmt::Display for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}s", self.0.elapsed().as_secs_f64())
    }
}
