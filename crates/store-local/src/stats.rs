//! Counters.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Live counters.
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $(pub(crate) $name: AtomicU64,)*
        }

        /// What a store has done since it was opened.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Stats {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Counters {
            pub(crate) fn read(&self) -> Stats {
                Stats { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }
    };
}

counters! {
    /// Commits carried out.
    commits,
    /// Commits refused because a precondition did not hold.
    conflicts,
    /// Groups of commits written together.
    groups,
    /// Syncs of the metadata's journal.
    syncs,
    /// Bytes of keys and values committed.
    commit_bytes,
    /// Blobs sealed, duplicates included.
    blobs_sealed,
    /// Bytes of blobs written, without headers and checksums.
    blob_bytes_written,
    /// Bytes of blobs read and verified.
    blob_bytes_read,
    /// Syncs of blob files and of the directories that name them.
    blob_syncs,
    /// Blobs deleted.
    blobs_deleted,
}

impl Counters {
    pub(crate) fn add(counter: &AtomicU64, amount: u64) {
        counter.fetch_add(amount, Ordering::Relaxed);
    }
}
