//! The parts a multipart object is made of, in the contents table.

use larder_types::{Checksum, PartNumber};
use serde::{Deserialize, Serialize};

use super::{Record, whole};
use crate::content::Content;
use crate::error::Error;

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
    /// What the frames of its content are bound to, when the object is encrypted.
    pub stream: Option<[u8; 16]>,
}

impl Record for Manifest {
    const NAME: &'static str = "manifest";
    const VERSION: u8 = 2;

    fn decode_earlier(version: u8, fields: &[u8]) -> Option<Result<Self, Error>> {
        let parts = || whole::<Vec<ManifestPartV1>>(Self::NAME, fields);
        (version == 1).then(|| Ok(Self { parts: parts()?.into_iter().map(Into::into).collect() }))
    }
}

/// A part in version 1: from before there was encryption.
#[derive(Deserialize)]
struct ManifestPartV1 {
    number: PartNumber,
    size: u64,
    content: Content,
    checksum: Option<Checksum>,
}

impl From<ManifestPartV1> for ManifestPart {
    fn from(old: ManifestPartV1) -> Self {
        Self { number: old.number, size: old.size, content: old.content, checksum: old.checksum, stream: None }
    }
}
