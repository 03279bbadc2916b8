//! An uploaded part of a multipart upload.

use larder_types::{Checksum, ETag, Timestamp};
use serde::{Deserialize, Serialize};

use super::Record;
use crate::content::Content;

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
}

impl Record for PartRecord {
    const NAME: &'static str = "part";
    const VERSION: u8 = 1;
}
