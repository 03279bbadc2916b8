//! An uploaded part of a multipart upload.

use larder_types::{Checksum, ETag, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Record, padded, whole};
use crate::content::Content;
use crate::error::Error;

/// What is kept of a part until its upload ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRecord {
    /// Its length in bytes.
    pub size: u64,
    /// Its entity tag.
    pub etag: ETag,
    /// Its checksum, of the upload's algorithm.
    pub checksum: Option<Checksum>,
    /// The checksum its client sent, when the upload was started without an algorithm and the client chose another one.
    pub sent: Option<Checksum>,
    /// When it was uploaded.
    pub modified: Timestamp,
    /// Where its bytes are.
    pub content: Content,
    /// What the frames of its content are bound to, when its upload is encrypted; random.
    pub stream: Option<[u8; 16]>,
}

impl Record for PartRecord {
    const NAME: &'static str = "part";
    const VERSION: u8 = 2;

    /// Version 1 is from before there was encryption.
    fn decode_earlier(version: u8, fields: &[u8]) -> Option<Result<Self, Error>> {
        (version == 1).then(|| whole(Self::NAME, &padded(fields, 1)))
    }
}
