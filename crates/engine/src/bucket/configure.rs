//! Changes of a bucket's configuration.

use std::sync::Arc;

use larder_config::ConfigError;
use larder_config::cors::CorsConfiguration;
use larder_config::encryption::EncryptionConfiguration;
use larder_config::object_lock::ObjectLockConfiguration;
use larder_config::ownership::ObjectOwnership;
use larder_config::tagging::TagSet;
use larder_config::versioning::VersioningStatus;
use larder_store::{Commit, CommitError, Table};
use larder_types::{Acl, PublicAccessBlock};

use super::{Bucket, BucketRecord};
use crate::attempts::Attempts;
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::record::Record;

/// A PutBucketVersioning request.
#[derive(Clone, Copy, Debug, Default)]
pub struct VersioningChange {
    /// Whether overwritten objects are kept from now on.
    pub enabled: bool,
    /// Whether MFA Delete is switched on or off; `None` leaves it as it is.
    pub mfa_delete: Option<bool>,
    /// Whether the request came with a valid code of a second factor.
    pub second_factor: bool,
}

impl Engine {
    /// Enables or suspends versioning, and switches MFA Delete on or off. A bucket never goes back to being unversioned.
    ///
    /// # Errors
    /// [`Error::Configuration`] when object lock needs versioning; [`Error::MfaDeleteEnabled`] when MFA Delete is on and
    /// the request came without a valid code.
    pub async fn put_bucket_versioning(&self, bucket: &Bucket, change: VersioningChange) -> Result<(), Error> {
        self.configure(bucket, |record| {
            // Asked of the record that is changed: it may have been switched on since the request looked.
            if record.mfa_delete && !change.second_factor {
                return Err(Error::MfaDeleteEnabled);
            }
            let status = if change.enabled { VersioningStatus::Enabled } else { VersioningStatus::Suspended };
            status.check_object_lock(record.object_lock.is_some()).map_err(ConfigError::from)?;
            record.versioning = status;
            record.mfa_delete = change.mfa_delete.unwrap_or(record.mfa_delete);
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

    /// Sets how the bucket's new objects are encrypted; what `change` makes of how they were.
    ///
    /// # Errors
    /// Those of `change`, of finding the bucket and of the store.
    pub async fn put_bucket_encryption(
        &self,
        bucket: &Bucket,
        change: impl Fn(Option<&EncryptionConfiguration>) -> Result<Option<EncryptionConfiguration>, Error>,
    ) -> Result<(), Error> {
        self.configure(bucket, |record| {
            record.encryption = change(record.encryption.as_ref())?;
            Ok(())
        })
        .await
    }

    /// Sets or removes the bucket's policy.
    ///
    /// # Errors
    /// Those of finding the bucket and of the store.
    pub async fn put_bucket_policy(&self, bucket: &Bucket, policy: Option<Arc<str>>) -> Result<(), Error> {
        self.configure(bucket, |record| {
            record.policy.clone_from(&policy);
            Ok(())
        })
        .await
    }

    /// Replaces the bucket's access control list; `None` gives its owner alone full control.
    ///
    /// # Errors
    /// [`Error::AclsDisabled`] when the bucket's owner owns all objects.
    pub async fn put_bucket_acl(&self, bucket: &Bucket, acl: Option<Acl>) -> Result<(), Error> {
        self.configure(bucket, |record| {
            if record.ownership.is_some_and(ObjectOwnership::acls_disabled) {
                return Err(Error::AclsDisabled);
            }
            record.acl.clone_from(&acl);
            Ok(())
        })
        .await
    }

    /// Sets or removes the bucket's own Block Public Access settings.
    ///
    /// # Errors
    /// Those of finding the bucket and of the store.
    pub async fn put_public_access_block(
        &self,
        bucket: &Bucket,
        block: Option<PublicAccessBlock>,
    ) -> Result<(), Error> {
        self.configure(bucket, |record| {
            record.public_access_block = block;
            Ok(())
        })
        .await
    }

    /// Says whether those who read the bucket pay for it.
    ///
    /// # Errors
    /// Those of finding the bucket and of the store.
    pub async fn put_request_payment(&self, bucket: &Bucket, requester_pays: bool) -> Result<(), Error> {
        self.configure(bucket, |record| {
            record.requester_pays = requester_pays;
            Ok(())
        })
        .await
    }

    /// Sets or removes who owns new objects. `may_disable_acls` is asked of the bucket's list before access control lists
    /// are disabled.
    ///
    /// # Errors
    /// [`Error::AclGrantsOthers`] when it says no.
    pub async fn put_bucket_ownership(
        &self,
        bucket: &Bucket,
        ownership: Option<ObjectOwnership>,
        may_disable_acls: impl Fn(&Acl) -> bool,
    ) -> Result<(), Error> {
        self.configure(bucket, |record| {
            let disables = ownership.is_some_and(ObjectOwnership::acls_disabled);
            if disables && record.acl.as_ref().is_some_and(|acl| !may_disable_acls(acl)) {
                return Err(Error::AclGrantsOthers);
            }
            record.ownership = ownership;
            Ok(())
        })
        .await
    }

    /// Sets the bucket's object-lock configuration, and enables object lock on a bucket that has versioning.
    ///
    /// # Errors
    /// [`Error::Configuration`] without versioning.
    pub async fn put_object_lock_configuration(
        &self,
        bucket: &Bucket,
        configuration: ObjectLockConfiguration,
    ) -> Result<(), Error> {
        self.configure(bucket, |record| {
            ObjectLockConfiguration::check_versioning(record.versioning).map_err(ConfigError::from)?;
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
