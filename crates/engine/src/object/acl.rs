//! Access control lists of versions.

use larder_store::Commit;
use larder_types::{Acl, ObjectKey};

use crate::attempts::Attempts;
use crate::bucket::Bucket;
use crate::engine::Engine;
use crate::error::Error;
use crate::record::version::{VersionHead, VersionRecord};

impl Engine {
    /// Replaces the access control list of exactly this version, in place: id, time and bytes stay. `None` gives its owner
    /// alone full control.
    ///
    /// # Errors
    /// [`Error::Contended`] when the null version was replaced by another object meanwhile, and those of finding the version.
    pub async fn put_object_acl(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        version: &VersionHead,
        acl: Option<Acl>,
    ) -> Result<VersionRecord, Error> {
        let mut attempts = Attempts::at(&self.turns, key);
        loop {
            attempts.next().await?;
            let (current, located) = self.find(bucket, key, Some(version.id)).await?;
            if located.record.head.sequence != version.sequence {
                return Err(Error::Contended);
            }
            let mut changed = located.record.clone();
            if let Some(detail) = &mut changed.tail.object {
                detail.acl.clone_from(&acl);
            }
            let mut commit = Commit::new();
            self.replace_version(&mut commit, &located, &changed);
            if self.commit(current.partition, commit).await? {
                return Ok(changed);
            }
        }
    }
}
