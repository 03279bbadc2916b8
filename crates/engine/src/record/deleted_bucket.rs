//! A deleted bucket whose partitions are still to be cleared.

use serde::{Deserialize, Serialize};

use super::Record;

/// What is needed to clear it; its id is in the record's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeletedBucket {
    /// How many partitions it had.
    pub(crate) shards: u16,
}

impl Record for DeletedBucket {
    const NAME: &'static str = "deleted bucket";
    const VERSION: u8 = 1;
}
