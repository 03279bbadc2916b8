//! A multipart upload under way.

use std::sync::Arc;

use larder_config::object_lock::{LegalHold, Retention};
use larder_config::tagging::TagSet;
use larder_types::{AccountId, Acl, ChecksumAlgorithm, ChecksumType, StorageClass, Timestamp};
use serde::{Deserialize, Serialize};

use super::version::ObjectMetadata;
use super::{Record, whole};
use crate::error::Error;

/// What the object will be once the upload is completed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadRecord {
    /// The account that will own the object.
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
    /// The object's access control list; `None` gives its owner alone full control.
    pub acl: Option<Acl>,
    /// Who started it; `None` when that is its owner.
    pub initiator: Option<Initiator>,
}

/// Who started an upload, as listings show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Initiator {
    /// An account's canonical user id, or the ARN of an IAM identity.
    pub id: Arc<str>,
    /// The account's display name, or the identity's name.
    pub display_name: Arc<str>,
}

impl Record for UploadRecord {
    const NAME: &'static str = "upload";
    const VERSION: u8 = 2;

    fn decode_earlier(version: u8, fields: &[u8]) -> Option<Result<Self, Error>> {
        (version == 1).then(|| whole::<UploadRecordV1>(Self::NAME, fields).map(Into::into))
    }
}

/// Version 1: from before there were access control lists and other principals than accounts.
#[derive(Deserialize)]
struct UploadRecordV1 {
    owner: AccountId,
    initiated: Timestamp,
    class: StorageClass,
    checksum_algorithm: Option<ChecksumAlgorithm>,
    checksum_type: Option<ChecksumType>,
    metadata: ObjectMetadata,
    tags: TagSet,
    retention: Option<Retention>,
    legal_hold: Option<LegalHold>,
}

impl From<UploadRecordV1> for UploadRecord {
    fn from(old: UploadRecordV1) -> Self {
        Self {
            owner: old.owner,
            initiated: old.initiated,
            class: old.class,
            checksum_algorithm: old.checksum_algorithm,
            checksum_type: old.checksum_type,
            metadata: old.metadata,
            tags: old.tags,
            retention: old.retention,
            legal_hold: old.legal_hold,
            acl: None,
            initiator: None,
        }
    }
}
