//! Says that a blob belongs to something in this partition: the answer to what a blob's claim asks.

use larder_store::{BlobId, BlobRef, Place};
use serde::{Deserialize, Serialize};

use super::Record;

/// Where the blob lies; its id is in the record's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NamedBlob {
    place: u16,
}

impl NamedBlob {
    pub(crate) fn new(blob: BlobRef) -> Self {
        Self { place: blob.place.0 }
    }

    pub(crate) fn blob(self, id: BlobId) -> BlobRef {
        BlobRef { place: Place(self.place), id }
    }
}

impl Record for NamedBlob {
    const NAME: &'static str = "named blob";
    const VERSION: u8 = 1;
}
