//! A bucket: its identity and its configuration.

use larder_config::cors::CorsConfiguration;
use larder_config::object_lock::ObjectLockConfiguration;
use larder_config::ownership::ObjectOwnership;
use larder_config::tagging::TagSet;
use larder_config::versioning::VersioningStatus;
use larder_types::{AccountId, Region, Timestamp};
use serde::{Deserialize, Serialize};

use super::Record;

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
}

impl Record for BucketRecord {
    const NAME: &'static str = "bucket";
    const VERSION: u8 = 1;
}
