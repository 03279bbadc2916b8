//! Object lock on versions: retention and legal hold.

use larder_config::object_lock::{LegalHold, Retention, may_change_retention};
use larder_types::{ObjectKey, VersionId};

use super::put::NewObject;
use crate::bucket::Bucket;
use crate::engine::Engine;
use crate::error::Error;
use crate::record::version::{ObjectDetail, VersionRecord};

impl Engine {
    /// Refuses lock settings on a bucket without object lock.
    pub(crate) fn check_lock_request(&self, bucket: &Bucket, object: &NewObject) -> Result<(), Error> {
        let asked = object.retention.is_some() || object.legal_hold.is_some();
        if asked && bucket.record.object_lock.is_none() { Err(Error::NoObjectLock) } else { Ok(()) }
    }

    pub(crate) fn default_retention(&self, bucket: &Bucket) -> Option<Retention> {
        bucket.record.object_lock.as_ref()?.default_retention(self.clock.now())
    }

    /// Sets, or with `None` removes, a version's retention.
    ///
    /// # Errors
    /// [`Error::Locked`] when the retention in force forbids the change.
    pub async fn put_object_retention(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        version: Option<VersionId>,
        retention: Option<Retention>,
        bypass_governance: bool,
    ) -> Result<VersionRecord, Error> {
        require_lock(bucket)?;
        let now = self.clock.now();
        self.change_object(bucket, key, version, |detail: &mut ObjectDetail| {
            may_change_retention(detail.retention, retention, bypass_governance, now).map_err(Error::Locked)?;
            detail.retention = retention;
            Ok(())
        })
        .await
    }

    /// Sets a version's legal hold.
    ///
    /// # Errors
    /// [`Error::NoObjectLock`] and those of finding the version.
    pub async fn put_object_legal_hold(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        version: Option<VersionId>,
        hold: LegalHold,
    ) -> Result<VersionRecord, Error> {
        require_lock(bucket)?;
        self.change_object(bucket, key, version, |detail: &mut ObjectDetail| {
            detail.legal_hold = Some(hold);
            Ok(())
        })
        .await
    }
}

fn require_lock(bucket: &Bucket) -> Result<(), Error> {
    if bucket.record.object_lock.is_some() { Ok(()) } else { Err(Error::NoObjectLock) }
}
