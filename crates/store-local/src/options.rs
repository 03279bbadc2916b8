//! How a store is opened.

use std::sync::Arc;

use larder_env::{Clock, SystemClock};

const MIB: u64 = 1024 * 1024;

/// What an acknowledged write survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Power loss and the end of the process, however it ends.
    #[default]
    Full,
    /// The end of the process only: nothing is synced, so after power loss or a crash of the kernel the last seconds of writes
    /// may be missing, a record may name a blob that is not there, and the metadata may not open. For tests and scratch data.
    Relaxed,
}

/// How a store is opened. All sizes are in bytes.
///
/// Memory: `cache_bytes`, up to four memtables of `memtable_bytes` and four of twice that when flushes cannot keep up (one of each when they
/// do), 32 MiB of commits that wait, and 512 KiB for each blob being written.
#[derive(Clone)]
pub struct LocalOptions {
    /// Whether writes are synced.
    pub durability: Durability,
    /// Bytes of the file system that are left free: writes that need more are refused. `None` takes 2% of the file system,
    /// but at least 48 MiB and at most 256 MiB, and never more than a quarter of it. Commits that free space may go on down to a
    /// quarter of the reserve.
    pub reserve_bytes: Option<u64>,
    /// Blocks of metadata that are kept in memory.
    pub cache_bytes: u64,
    /// Bytes of records that are held in memory before they are sorted into a file; small contents are held up to twice as much.
    pub memtable_bytes: u64,
    /// Files of the metadata that are kept open.
    pub max_open_files: usize,
    /// Threads that flush and compact metadata; at least 1. With one, memtables outgrow `memtable_bytes` while a compaction is
    /// under way, for as long as that takes.
    pub background_threads: usize,
    /// Tells when free space is to be measured again.
    pub clock: Arc<dyn Clock>,
}

impl Default for LocalOptions {
    fn default() -> Self {
        Self {
            durability: Durability::Full,
            reserve_bytes: None,
            cache_bytes: 32 * MIB,
            memtable_bytes: 8 * MIB,
            max_open_files: 256,
            background_threads: 2,
            clock: Arc::new(SystemClock::new()),
        }
    }
}
