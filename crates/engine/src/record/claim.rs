//! What a blob's creator tells the blob store: where to look whether the blob came to be named.

use bytes::Bytes;
use larder_store::Partition;
use serde::{Deserialize, Serialize};

use super::Record;

/// The partition that holds the blob's name if its write was committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    group: u64,
    shard: u16,
}

impl Claim {
    pub(crate) fn on(partition: Partition) -> Bytes {
        Self { group: partition.group, shard: partition.shard }.encode()
    }

    pub(crate) fn partition(self) -> Partition {
        Partition { group: self.group, shard: self.shard }
    }
}

impl Record for Claim {
    const NAME: &'static str = "claim";
    const VERSION: u8 = 1;
}
