//! CreateBucket.

use larder_config::encryption::EncryptionConfiguration;
use larder_config::object_lock::ObjectLockConfiguration;
use larder_config::ownership::ObjectOwnership;
use larder_config::tagging::TagSet;
use larder_config::versioning::VersioningStatus;
use larder_env::random_u64;
use larder_store::{Commit, CommitError, Table};
use larder_types::{AccountId, Acl, BucketName, PublicAccessBlock, Region};

use super::BucketRecord;
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::record::Record;

/// A CreateBucket request.
#[derive(Clone, Debug)]
pub struct CreateBucket {
    /// Its name, unique over all accounts.
    pub name: BucketName,
    /// The account that will own it.
    pub owner: AccountId,
    /// The region it says it is in.
    pub region: Region,
    /// Whether objects can be locked; versioning is enabled then.
    pub object_lock: bool,
    /// Who will own new objects.
    pub ownership: Option<ObjectOwnership>,
    /// Its tags, when it gets any.
    pub tags: Option<TagSet>,
    /// Its access control list; `None` gives its owner alone full control.
    pub acl: Option<Acl>,
    /// Its Block Public Access settings.
    pub public_access_block: Option<PublicAccessBlock>,
    /// How its objects are encrypted; `None` is SSE-S3 with nothing blocked.
    pub encryption: Option<EncryptionConfiguration>,
}

impl Engine {
    /// Makes a bucket.
    ///
    /// # Errors
    /// [`Error::BucketAlreadyOwnedByYou`] or [`Error::BucketAlreadyExists`], and those of the store.
    pub async fn create_bucket(&self, request: &CreateBucket) -> Result<(), Error> {
        let record = BucketRecord {
            id: random_u64(&*self.rng).max(keyspace::FIRST_BUCKET),
            owner: request.owner,
            region: request.region.clone(),
            created: self.clock.now(),
            shards: self.settings.index_shards.max(1),
            versioning: if request.object_lock { VersioningStatus::Enabled } else { VersioningStatus::Unversioned },
            object_lock: request.object_lock.then(ObjectLockConfiguration::default),
            ownership: request.ownership,
            tags: request.tags.clone(),
            cors: None,
            policy: None,
            acl: request.acl.clone(),
            public_access_block: request.public_access_block,
            encryption: request.encryption.clone(),
            requester_pays: false,
            mfa_delete: false,
        };
        let key = keyspace::bucket(&request.name);
        let mut commit = Commit::new();
        commit.require(key.clone(), None).put(Table::Records, key, record.encode());
        match self.meta.commit(keyspace::ROOT, commit).await {
            Ok(()) => Ok(()),
            Err(CommitError::Conflict) => match self.bucket(&request.name).await {
                Ok(bucket) if bucket.record.owner == request.owner => Err(Error::BucketAlreadyOwnedByYou),
                Ok(_) => Err(Error::BucketAlreadyExists),
                // It was deleted in between: for this request it was there.
                Err(Error::NoSuchBucket) => Err(Error::Contended),
                Err(error) => Err(error),
            },
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }
}
