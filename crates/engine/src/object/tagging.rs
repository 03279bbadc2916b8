//! Tags of versions, and the step that changes anything about a version but its bytes.

use larder_config::tagging::TagSet;
use larder_store::Commit;
use larder_types::{ObjectKey, VersionId};

use crate::attempts::Attempts;
use crate::bucket::Bucket;
use crate::engine::Engine;
use crate::error::Error;
use crate::record::version::{ObjectDetail, VersionRecord};

impl Engine {
    /// Replaces a version's tags; an empty set removes them.
    ///
    /// # Errors
    /// Those of finding the version.
    pub async fn put_object_tags(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        version: Option<VersionId>,
        tags: TagSet,
    ) -> Result<VersionRecord, Error> {
        self.change_object(bucket, key, version, |detail: &mut ObjectDetail| {
            detail.tags = tags.clone();
            Ok(())
        })
        .await
    }

    /// Changes what a version's record says of its object, in place: id, time and bytes stay.
    pub(crate) async fn change_object(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        version: Option<VersionId>,
        change: impl Fn(&mut ObjectDetail) -> Result<(), Error>,
    ) -> Result<VersionRecord, Error> {
        let mut attempts = Attempts::at(&self.turns, key);
        loop {
            attempts.next().await?;
            let (current, located) = self.find(bucket, key, version).await?;
            let mut changed = located.record.clone();
            if let Some(detail) = &mut changed.tail.object {
                change(detail)?;
            }
            let mut commit = Commit::new();
            self.replace_version(&mut commit, &located, &changed);
            if self.commit(current.partition, commit).await? {
                return Ok(changed);
            }
        }
    }
}
