//! A bucket: its identity and its configuration.

use std::sync::Arc;

use larder_config::cors::CorsConfiguration;
use larder_config::encryption::EncryptionConfiguration;
use larder_config::object_lock::ObjectLockConfiguration;
use larder_config::ownership::ObjectOwnership;
use larder_config::tagging::TagSet;
use larder_config::versioning::VersioningStatus;
use larder_types::{AccountId, Acl, PublicAccessBlock, Region, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Record, padded, whole};
use crate::error::Error;

/// What is kept of a bucket, under its name in the root partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BucketRecord {
    /// The group of its partitions; never reused, so that a bucket made anew under the same name shares nothing.
    pub id: u64,
    /// The account that owns it.
    pub owner: AccountId,
    /// The region it says it is in.
    pub region: Region,
    /// When it was made.
    pub created: Timestamp,
    /// Over how many partitions its keys are spread; fixed for its life.
    pub shards: u16,
    /// Whether overwritten objects are kept.
    pub versioning: VersioningStatus,
    /// Object lock; once enabled it stays.
    pub object_lock: Option<ObjectLockConfiguration>,
    /// Who owns new objects; `None` after its controls were deleted.
    pub ownership: Option<ObjectOwnership>,
    /// Its tags, when it has any.
    pub tags: Option<TagSet>,
    /// Its cross-origin rules, when it has any.
    pub cors: Option<CorsConfiguration>,
    /// Its policy, as it was sent.
    pub policy: Option<Arc<str>>,
    /// Its access control list; `None` gives its owner alone full control.
    pub acl: Option<Acl>,
    /// Block Public Access, as far as the bucket has settings of its own.
    pub public_access_block: Option<PublicAccessBlock>,
    /// Whether those who read it pay for it.
    pub requester_pays: bool,
    /// Whether a second factor is needed to delete a version and to change the versioning state.
    pub mfa_delete: bool,
    /// How its new objects are encrypted; `None` is SSE-S3 with nothing blocked.
    pub encryption: Option<EncryptionConfiguration>,
}

impl Record for BucketRecord {
    const NAME: &'static str = "bucket";
    const VERSION: u8 = 3;

    fn decode_earlier(version: u8, fields: &[u8]) -> Option<Result<Self, Error>> {
        match version {
            1 => Some(whole::<BucketRecordV1>(Self::NAME, fields).map(Into::into)),
            // From before there was encryption.
            2 => Some(whole(Self::NAME, &padded(fields, 1))),
            _ => None,
        }
    }
}

/// Version 1: from before there were policies and access control lists.
#[derive(Deserialize)]
struct BucketRecordV1 {
    id: u64,
    owner: AccountId,
    region: Region,
    created: Timestamp,
    shards: u16,
    versioning: VersioningStatus,
    object_lock: Option<ObjectLockConfiguration>,
    ownership: Option<ObjectOwnership>,
    tags: Option<TagSet>,
    cors: Option<CorsConfiguration>,
}

impl From<BucketRecordV1> for BucketRecord {
    fn from(old: BucketRecordV1) -> Self {
        Self {
            id: old.id,
            owner: old.owner,
            region: old.region,
            created: old.created,
            shards: old.shards,
            versioning: old.versioning,
            object_lock: old.object_lock,
            ownership: old.ownership,
            tags: old.tags,
            cors: old.cors,
            policy: None,
            acl: None,
            // Such a bucket could not be public; it stays so until its owner says otherwise, as with a new one.
            public_access_block: Some(PublicAccessBlock::ALL),
            requester_pays: false,
            mfa_delete: false,
            encryption: None,
        }
    }
}
