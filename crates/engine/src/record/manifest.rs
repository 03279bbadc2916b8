//! The parts a multipart object is made of, in the contents table.

use larder_types::{Checksum, PartNumber};
use serde::{Deserialize, Serialize};

use super::Record;
use crate::content::Content;

/// A multipart object's parts in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) parts: Vec<ManifestPart>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestPart {
    /// The number it was uploaded under.
    pub number: PartNumber,
    /// Its length in bytes.
    pub size: u64,
    /// Where its bytes are; never another manifest.
    pub content: Content,
    /// Its checksum, when the upload had an algorithm.
    pub checksum: Option<Checksum>,
}

impl Record for Manifest {
    const NAME: &'static str = "manifest";
    const VERSION: u8 = 1;
}
