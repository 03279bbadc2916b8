//! Changes of a bucket's configuration.

use larder_config::cors::CorsConfiguration;
use larder_config::object_lock::ObjectLockConfiguration;
use larder_config::ownership::ObjectOwnership;
use larder_config::tagging::TagSet;
use larder_config::versioning::VersioningStatus;
use larder_store::{Commit, CommitError, Table};

use super::{Bucket, BucketRecord};
use crate::engine::{Attempts, Engine};
use crate::error::Error;
use crate::keyspace;
use crate::record::Record;

impl Engine {
    /// Enables or suspends versioning. A bucket never goes back to being unversioned.
    ///
    /// # Errors
    /// [`Error::InvalidBucketState`] when object lock needs versioning.
    pub async fn put_bucket_versioning(&self, bucket: &Bucket, enabled: bool) -> Result<(), Error> {
        self.configure(bucket, |record| {
            if !enabled && record.object_lock.is_some() {
                return Err(Error::InvalidBucketState(
                    "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.",
                ));
            }
            record.versioning = if enabled { VersioningStatus::Enabled } else { VersioningStatus::Suspended };
            Ok(())
        })
        .await
    }

    /// Sets or removes the bucket's tags.
    ///
    /// # Errors
    /// Those of finding the bucket and of the store.
    pub async fn put_bucket_tags(&self, bucket: &Bucket, tags: Option<TagSet>) -> Result<(), Error> {
        self.configure(bucket, |record| {
            record.tags.clone_from(&tags);
            Ok(())
        })
        .await
    }

    /// Sets or removes the bucket's cross-origin rules.
    ///
    /// # Errors
    /// Those of finding the bucket and of the store.
    pub async fn put_bucket_cors(&self, bucket: &Bucket, cors: Option<CorsConfiguration>) -> Result<(), Error> {
        self.configure(bucket, |record| {
            record.cors.clone_from(&cors);
            Ok(())
        })
        .await
    }

    /// Sets or removes who owns new objects.
    ///
    /// # Errors
    /// Those of finding the bucket and of the store.
    pub async fn put_bucket_ownership(&self, bucket: &Bucket, ownership: Option<ObjectOwnership>) -> Result<(), Error> {
        self.configure(bucket, |record| {
            record.ownership = ownership;
            Ok(())
        })
        .await
    }

    /// Sets the bucket's object-lock configuration, and enables object lock on a bucket that has versioning.
    ///
    /// # Errors
    /// [`Error::InvalidBucketState`] without versioning.
    pub async fn put_object_lock_configuration(
        &self,
        bucket: &Bucket,
        configuration: ObjectLockConfiguration,
    ) -> Result<(), Error> {
        self.configure(bucket, |record| {
            if record.versioning != VersioningStatus::Enabled {
                return Err(Error::InvalidBucketState(
                    "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
                ));
            }
            record.object_lock = Some(configuration);
            Ok(())
        })
        .await
    }

    /// Changes the configuration of exactly this bucket: not of another one that was made under its name since.
    async fn configure(
        &self,
        bucket: &Bucket,
        change: impl Fn(&mut BucketRecord) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut attempts = Attempts::new();
        loop {
            attempts.next().await?;
            let current = self.same_bucket(bucket).await?;
            let mut record = current.record.clone();
            change(&mut record)?;
            let key = keyspace::bucket(&bucket.name);
            let mut commit = Commit::new();
            commit.require(key.clone(), Some(current.raw.clone())).put(Table::Records, key, record.encode());
            match self.meta.commit(keyspace::ROOT, commit).await {
                Ok(()) => return Ok(()),
                Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
    }
}
