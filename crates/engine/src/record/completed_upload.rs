//! What a completed upload became: kept for a while so that a Complete repeated after a lost answer gets the same one.

use larder_types::{Checksum, ChecksumType, ETag, ObjectKey, VersionId};
use serde::{Deserialize, Serialize};

use super::Record;

/// The result of a CompleteMultipartUpload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletedUpload {
    /// The key the upload was for.
    pub key: ObjectKey,
    /// The object's entity tag.
    pub etag: ETag,
    /// The version it became.
    pub version: VersionId,
    /// Its checksum, when the upload had an algorithm.
    pub checksum: Option<(Checksum, ChecksumType)>,
}

impl Record for CompletedUpload {
    const NAME: &'static str = "completed upload";
    const VERSION: u8 = 1;
}
