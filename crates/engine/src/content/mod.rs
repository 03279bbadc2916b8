//! An object's or part's bytes: where they are, how they get there and how they are read.

use larder_store::{BlobId, BlobRef, Place};
use serde::{Deserialize, Serialize};

mod encrypted;
mod md5s;
mod read;
mod scratch;
mod source;
mod write;

pub(crate) use encrypted::cipher;
pub(crate) use md5s::Md5s;
pub use read::ContentReader;
pub use source::{BytesSource, ContentSource, Expected, SourceError};
pub use write::check_content;
pub(crate) use write::{Tag, WritePlan, Written, same_checksum};

/// Where an object's or part's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// There are none.
    Empty,
    /// In the contents table, beside the record.
    Inline(ContentId),
    /// In a blob.
    Blob(StoredBlob),
    /// In the parts that a manifest in the contents table lists.
    Manifest(ContentId),
}

/// Names an entry of the contents table: 16 bytes, later ones higher, which keeps an LSM tree's inserts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ContentId {
    /// When it was made, in the resolution of [`crate::Engine`]'s sequences.
    pub(crate) sequence: u64,
    /// Makes it unique.
    pub(crate) nonce: u64,
}

impl ContentId {
    pub(crate) fn to_bytes(self) -> [u8; 16] {
        ((u128::from(self.sequence) << 64) | u128::from(self.nonce)).to_be_bytes()
    }
}

/// A blob as records name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StoredBlob {
    place: u16,
    id: [u8; 16],
}

impl From<BlobRef> for StoredBlob {
    fn from(blob: BlobRef) -> Self {
        Self { place: blob.place.0, id: blob.id.0 }
    }
}

impl From<StoredBlob> for BlobRef {
    fn from(stored: StoredBlob) -> Self {
        Self { place: Place(stored.place), id: BlobId(stored.id) }
    }
}
