//! Room for bodies that are read whole: however many requests bring one, together they take so much memory and no more.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Memory for bodies that are being read and answered, over all requests, in KiB.
const ROOM_KIB: usize = 64 * 1024;
/// Bodies up to this length, in KiB, are read without asking: the connections' own limits bound them.
const SMALL_KIB: usize = 64;
/// How long a request waits for room.
const WAIT: Duration = Duration::from_secs(30);

/// Memory that requests share for bodies they read whole: 64 MiB.
#[derive(Debug)]
pub struct BodyBudget {
    room: Arc<Semaphore>,
    wait: Duration,
}

/// A body's part of a budget, given back when it is dropped.
#[derive(Debug)]
pub struct BodyRoom {
    _held: Option<OwnedSemaphorePermit>,
}

/// Others took all the room for as long as a request waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server reads too many requests at once")]
pub struct NoRoom;

impl BodyBudget {
    /// All of it free. A request waits up to 30 seconds for its part.
    #[must_use]
    pub fn new() -> Self {
        Self { room: Arc::new(Semaphore::new(ROOM_KIB)), wait: WAIT }
    }

    /// The same room, but nobody waits longer for it than this.
    #[must_use]
    pub fn waiting(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// Waits until a body of this many bytes may be read. No body may be longer than the whole budget.
    ///
    /// # Errors
    /// [`NoRoom`].
    pub async fn hold(&self, bytes: usize) -> Result<BodyRoom, NoRoom> {
        let kib = bytes.div_ceil(1024);
        if kib <= SMALL_KIB {
            return Ok(BodyRoom { _held: None });
        }
        let permits = Arc::clone(&self.room).acquire_many_owned(u32::try_from(kib).unwrap_or(u32::MAX));
        match tokio::time::timeout(self.wait, permits).await {
            // The semaphore is never closed.
            Ok(held) => Ok(BodyRoom { _held: held.ok() }),
            Err(_) => Err(NoRoom),
        }
    }
}

impl Default for BodyBudget {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn large_bodies_share_the_room_and_small_ones_do_not_ask() {
        let budget = BodyBudget::new().waiting(Duration::ZERO);
        let most = budget.hold((ROOM_KIB - SMALL_KIB) * 1024).await.expect("room");
        assert_eq!(budget.hold((SMALL_KIB + 1) * 1024).await.err(), Some(NoRoom));
        budget.hold(SMALL_KIB * 1024).await.expect("small");
        drop(most);
        budget.hold(ROOM_KIB * 1024).await.expect("room again");
    }
}
