//! Keeps a reserve of the file system free, so that journal, flushes and compactions never meet a full disk: the key-value
//! engine cannot go on after it did.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder_env::Clock;
use larder_store::StoreError;
use parking_lot::Mutex;

use crate::LocalOptions;
use crate::health::store_error;

/// How long a measurement is believed. Asking is cheap on most file systems, and not on all.
const MEASURED_FOR: Duration = Duration::from_millis(100);

const MIB: u64 = 1024 * 1024;

/// The default reserve: 2% of the file system, but at least what two flushes of the largest memtables write and at most so much.
/// Of a file system that is hardly larger than that, a quarter.
fn default_reserve(total: u64) -> u64 {
    (total / 50).clamp(48 * MIB, 256 * MIB).min(total / 4)
}

/// What a write does to the space that is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It takes more.
    Grow,
    /// It frees some, though it may have to write for that.
    Shrink,
}

struct Measured {
    free: u64,
    at: Duration,
}

/// The space of the file system that the data directory is on.
pub(crate) struct Space {
    directory: File,
    clock: Arc<dyn Clock>,
    reserve: AtomicU64,
    measured: Mutex<Measured>,
}

impl std::fmt::Debug for Space {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Space").field("reserve", &self.reserve).finish_non_exhaustive()
    }
}

/// Bytes free for this process, and bytes in all.
fn measure(directory: &File) -> std::io::Result<(u64, u64)> {
    let found = rustix::fs::fstatvfs(directory)?;
    let unit = if found.f_frsize == 0 { found.f_bsize } else { found.f_frsize };
    Ok((found.f_bavail.saturating_mul(unit), found.f_blocks.saturating_mul(unit)))
}

impl Space {
    pub(crate) fn new(directory: File, options: &LocalOptions) -> std::io::Result<Self> {
        let (free, total) = measure(&directory)?;
        let reserve = options.reserve_bytes.unwrap_or_else(|| default_reserve(total));
        let clock = Arc::clone(&options.clock);
        let measured = Mutex::new(Measured { free, at: clock.elapsed() });
        Ok(Self { directory, clock, reserve: AtomicU64::new(reserve), measured })
    }

    pub(crate) fn set_reserve_bytes(&self, bytes: u64) {
        self.reserve.store(bytes, Ordering::Relaxed);
    }

    /// What is free above the reserve.
    pub(crate) fn free_bytes(&self) -> std::io::Result<u64> {
        let (free, _) = measure(&self.directory)?;
        Ok(free.saturating_sub(self.reserve.load(Ordering::Relaxed)))
    }

    /// Whether so much can be written at this moment without coming near the end of the file system.
    pub(crate) fn has_room_for(&self, bytes: u64) -> bool {
        let floor = self.reserve.load(Ordering::Relaxed) / 4;
        // Where it cannot be asked, the write itself will tell.
        measure(&self.directory).map_or(true, |(free, _)| free.saturating_sub(bytes) >= floor)
    }

    /// Lets `bytes` be written, or says that the store is full.
    pub(crate) fn admit(&self, bytes: u64, purpose: Purpose) -> Result<(), StoreError> {
        let reserve = self.reserve.load(Ordering::Relaxed);
        let floor = match purpose {
            Purpose::Grow => reserve,
            Purpose::Shrink => reserve / 4,
        };
        let mut measured = self.measured.lock();
        let elapsed = self.clock.elapsed();
        if elapsed.saturating_sub(measured.at) >= MEASURED_FOR {
            let (free, _) = measure(&self.directory).map_err(|error| store_error("measure free space", error))?;
            *measured = Measured { free, at: elapsed };
        }
        let left = measured.free.saturating_sub(bytes);
        if left < floor {
            return Err(StoreError::Full);
        }
        measured.free = left;
        Ok(())
    }
}
