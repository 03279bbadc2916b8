//! A multipart upload under way.

use std::sync::Arc;

use larder_config::object_lock::{LegalHold, Retention};
use larder_config::tagging::TagSet;
use larder_types::{AccountId, Acl, ChecksumAlgorithm, ChecksumType, StorageClass, Timestamp};
use serde::{Deserialize, Serialize};

use super::encryption::Encryption;
use super::version::ObjectMetadata;
use super::{Record, padded, whole};
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
    /// How the object is encrypted; `None` when it is not.
    pub encryption: Option<Encryption>,
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
    const VERSION: u8 = 3;

    /// Version 1 is from before there were access control lists and other principals than accounts, 2 from before there was
    /// encryption.
    fn decode_earlier(version: u8, fields: &[u8]) -> Option<Result<Self, Error>> {
        let added = match version {
            1 => 3,
            2 => 1,
            _ => return None,
        };
        Some(whole(Self::NAME, &padded(fields, added)))
    }
}
