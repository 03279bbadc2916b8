//! A multipart upload under way.

use larder_config::object_lock::{LegalHold, Retention};
use larder_config::tagging::TagSet;
use larder_types::{AccountId, ChecksumAlgorithm, ChecksumType, StorageClass, Timestamp};
use serde::{Deserialize, Serialize};

use super::Record;
use super::version::ObjectMetadata;

/// What the object will be once the upload is completed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadRecord {
    /// The account that started it.
    pub owner: AccountId,
    /// When it was started.
    pub initiated: Timestamp,
    /// The object's storage class.
    pub class: StorageClass,
    /// The algorithm of its checksums, when the client asked for one.
    pub checksum_algorithm: Option<ChecksumAlgorithm>,
    /// What the object's checksum is taken over.
    pub checksum_type: Option<ChecksumType>,
    /// The object's headers and user metadata.
    pub metadata: ObjectMetadata,
    /// The object's tags.
    pub tags: TagSet,
    /// Until when the object is kept.
    pub retention: Option<Retention>,
    /// Whether the object is kept until further notice.
    pub legal_hold: Option<LegalHold>,
}

impl Record for UploadRecord {
    const NAME: &'static str = "upload";
    const VERSION: u8 = 1;
}
