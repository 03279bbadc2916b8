//! Every request goes through here: a place at the gate, and another try when it failed for a while only.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use larder_env::{Clock, Rng, random_u64};

use crate::error::{ErrorKind, RequestError};
use crate::gate::Gate;
use crate::pace::Pace;

/// Tries of one request; throttled ones are tried longer, for the server said that it will work.
const TRIES: u32 = 5;
const THROTTLED_TRIES: u32 = 10;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// What all requests of a run share.
pub struct Requests {
    /// How many at a time.
    pub gate: Arc<Gate>,
    /// How many bytes a second.
    pub pace: Arc<Pace>,
    rng: Arc<dyn Rng>,
    longest_pause: Duration,
}

impl Requests {
    /// At most `most` requests at a time and `bytes_per_second` over all.
    #[must_use]
    pub fn new(most: usize, bytes_per_second: Option<u64>, clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Self {
        let pace = Arc::new(Pace::new(bytes_per_second, Arc::clone(&clock)));
        Self { gate: Gate::new(most, clock), pace, rng, longest_pause: LONGEST_PAUSE }
    }

    /// Sends what `request` makes, again after a pause when that may help.
    ///
    /// # Errors
    /// The last try's.
    pub async fn send<T, F>(&self, mut request: impl FnMut() -> F) -> Result<T, RequestError>
    where
        F: Future<Output = Result<T, RequestError>>,
    {
        let mut tries = 0;
        loop {
            let pass = self.gate.enter().await;
            let outcome = request().await;
            drop(pass);
            let error = match outcome {
                Ok(answer) => {
                    self.gate.answered();
                    return Ok(answer);
                }
                Err(error) => error,
            };
            let most = if error.kind == ErrorKind::Throttled {
                self.gate.throttled();
                THROTTLED_TRIES
            } else {
                TRIES
            };
            tries += 1;
            if !error.may_work_later() || tries >= most {
                return Err(error);
            }
            tokio::time::sleep(self.pause(tries)).await;
        }
    }

    /// Doubles with each try; anything from nothing to that, so that those who were refused together do not come back
    /// together.
    fn pause(&self, tries: u32) -> Duration {
        let longest = FIRST_PAUSE.saturating_mul(1 << tries.min(16)).min(self.longest_pause);
        let millis = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(random_u64(&*self.rng) % millis.max(1))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use larder_env::{SeededRng, SystemClock};

    use super::*;

    async fn tries_of(kind: ErrorKind, succeeds_at: u32) -> (u32, bool) {
        let mut requests = Requests::new(4, None, Arc::new(SystemClock::new()), Arc::new(SeededRng::new(1)));
        requests.longest_pause = Duration::from_millis(1);
        let tries = AtomicU32::new(0);
        let outcome = requests
            .send(|| async {
                if tries.fetch_add(1, Ordering::SeqCst) + 1 == succeeds_at {
                    Ok(())
                } else {
                    Err(RequestError::new(kind, "x"))
                }
            })
            .await;
        (tries.into_inner(), outcome.is_ok())
    }

    #[tokio::test]
    async fn what_may_work_later_is_tried_again() {
        assert_eq!(tries_of(ErrorKind::Unavailable, 3).await, (3, true));
        assert_eq!(tries_of(ErrorKind::Unavailable, 99).await, (TRIES, false));
        assert_eq!(tries_of(ErrorKind::Throttled, 99).await, (THROTTLED_TRIES, false));
        assert_eq!(tries_of(ErrorKind::Denied, 99).await, (1, false));
    }
}
