//! PutObject, and the step it shares with every operation that ends in a new object.

use larder_config::object_lock::{LegalHold, Retention};
use larder_config::tagging::TagSet;
use larder_crypto::DataKeys;
use larder_store::Commit;
use larder_types::limits::MAX_PUT_BYTES;
use larder_types::{
    AccountId, Acl, Checksum, ChecksumAlgorithm, ChecksumType, ETag, ObjectKey, StorageClass, UploadId,
};

use super::conditions::WriteConditions;
use super::history::Draft;
use crate::attempts::Attempts;
use crate::bucket::Bucket;
use crate::content::{Content, ContentSource, Tag, WritePlan, Written, cipher};
use crate::engine::Engine;
use crate::error::Error;
use crate::record::encryption::Encryption;
use crate::record::version::{ObjectDetail, ObjectMetadata, ObjectSummary, VersionKind, VersionRecord};

/// What a new object is apart from its bytes.
#[derive(Clone, Debug)]
pub struct NewObject {
    /// The account that will own it.
    pub owner: AccountId,
    /// Its storage class.
    pub class: StorageClass,
    /// Headers and user metadata.
    pub metadata: ObjectMetadata,
    /// Its tags.
    pub tags: TagSet,
    /// Until when it is kept; `None` takes the bucket's default.
    pub retention: Option<Retention>,
    /// Whether it is kept until further notice.
    pub legal_hold: Option<LegalHold>,
    /// Its access control list; `None` gives its owner alone full control. A copy does not take its source's.
    pub acl: Option<Acl>,
    /// How it is encrypted; `None` when it is not.
    pub encryption: Option<Encryption>,
}

/// A PutObject request.
#[derive(Clone, Debug)]
pub struct PutObject {
    /// The key.
    pub key: ObjectKey,
    /// What the object is.
    pub object: NewObject,
    /// The additional checksum to keep; CRC64NVME when the client asked for none.
    pub checksum: ChecksumAlgorithm,
    /// What the key must hold just before.
    pub conditions: WriteConditions,
    /// The data keys, for an object that is to be encrypted.
    pub keys: Option<DataKeys>,
}

/// Everything a version's record says of an object's bytes.
pub(crate) struct ContentFacts {
    pub(crate) content: Content,
    pub(crate) size: u64,
    pub(crate) etag: ETag,
    pub(crate) checksum: Option<(Checksum, ChecksumType)>,
    pub(crate) upload: Option<UploadId>,
}

impl Engine {
    /// Stores an object. Returns its version once it is durable and visible.
    ///
    /// # Errors
    /// Of the kinds for conditions, content and object lock; and those of the store.
    pub async fn put_object(
        &self,
        bucket: &Bucket,
        request: PutObject,
        source: &mut dyn ContentSource,
    ) -> Result<VersionRecord, Error> {
        self.check_lock_request(bucket, &request.object)?;
        if !request.conditions.is_empty() {
            // Refuse before the body is taken in; what decides is the check at the commit.
            request.conditions.check(self.current(bucket, &request.key).await?.record.as_ref())?;
        }
        let encryption = request.object.encryption.as_ref();
        let cipher = cipher(encryption, request.keys.as_ref(), Encryption::whole)?;
        let plan = WritePlan {
            partition: bucket.partition_of(&request.key),
            class: request.object.class,
            checksum: Some(request.checksum),
            verify: None,
            tag: Tag::of(encryption, request.keys.as_ref()),
            limit: MAX_PUT_BYTES,
        };
        let mut written = self.write_content(&plan, cipher, source).await?;
        self.install_written(bucket, &request.key, &request.object, &request.conditions, &mut written).await
    }

    /// Makes a written content the newest version of a key.
    pub(crate) async fn install_written(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        object: &NewObject,
        conditions: &WriteConditions,
        written: &mut Written,
    ) -> Result<VersionRecord, Error> {
        let mut attempts = Attempts::at(&self.turns, key);
        loop {
            attempts.next().await?;
            let current = self.current(bucket, key).await?;
            conditions.check(current.record.as_ref())?;
            let mut commit = Commit::new();
            written.name_in(&mut commit);
            let checksum = written.digests.checksum.clone().map(|value| (value, ChecksumType::FullObject));
            let facts = ContentFacts {
                content: written.content,
                size: written.digests.length,
                etag: written.etag,
                checksum,
                upload: None,
            };
            let draft = self.draft(bucket, object, facts);
            let record = self.add_version(&mut commit, bucket, key, &current, draft).await?;
            if written.commit(self, current.partition, commit).await? {
                return Ok(record);
            }
        }
    }

    /// The version that an object with these bytes will be.
    pub(crate) fn draft(&self, bucket: &Bucket, object: &NewObject, facts: ContentFacts) -> Draft {
        let kind = VersionKind::Object(ObjectSummary {
            size: facts.size,
            etag: facts.etag,
            class: object.class,
            checksum: facts.checksum.as_ref().map(|(value, kind)| (value.algorithm(), *kind)),
        });
        let detail = ObjectDetail {
            content: facts.content,
            checksum: facts.checksum.map(|(value, _)| value),
            metadata: object.metadata.clone(),
            tags: object.tags.clone(),
            retention: object.retention.or_else(|| self.default_retention(bucket)),
            legal_hold: object.legal_hold,
            upload: facts.upload,
            acl: object.acl.clone(),
            encryption: object.encryption.clone(),
        };
        Draft { owner: object.owner, kind, object: Some(Box::new(detail)) }
    }
}
