//! Access control lists of versions.

use larder_types::{Acl, ObjectKey, VersionId};

use crate::bucket::Bucket;
use crate::engine::Engine;
use crate::error::Error;
use crate::record::version::{ObjectDetail, VersionRecord};

impl Engine {
    /// Replaces a version's access control list, in place: id, time and bytes stay. `None` gives its owner alone full
    /// control.
    ///
    /// # Errors
    /// Those of finding the version.
    pub async fn put_object_acl(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        version: Option<VersionId>,
        acl: Option<Acl>,
    ) -> Result<VersionRecord, Error> {
        self.change_object(bucket, key, version, |detail: &mut ObjectDetail| {
            detail.acl.clone_from(&acl);
            Ok(())
        })
        .await
    }
}
