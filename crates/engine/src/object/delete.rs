//! DeleteObject.

use larder_config::object_lock::may_delete;
use larder_config::versioning::VersioningStatus;
use larder_store::Commit;
use larder_types::{AccountId, ObjectKey, VersionId};

use super::conditions::WriteConditions;
use super::history::Draft;
use crate::attempts::Attempts;
use crate::bucket::Bucket;
use crate::engine::Engine;
use crate::error::Error;
use crate::record::version::{VersionKind, VersionRecord};

/// A DeleteObject request.
#[derive(Clone, Debug)]
pub struct DeleteObject {
    /// The key.
    pub key: ObjectKey,
    /// The version to remove for good; without one the key gets a delete marker, or loses its null version.
    pub version: Option<VersionId>,
    /// The account that will own a delete marker.
    pub owner: AccountId,
    /// Whether governance retention may be passed over.
    pub bypass_governance: bool,
    /// What the key must hold just before.
    pub conditions: WriteConditions,
}

/// What a deletion did. Deleting what is not there is no error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// There was nothing to delete.
    Nothing,
    /// A version was removed for good.
    Version {
        /// Its id.
        id: VersionId,
        /// Whether it was a delete marker.
        was_delete_marker: bool,
    },
    /// A delete marker is the newest version of the key.
    MarkerAdded {
        /// The marker's id.
        id: VersionId,
    },
}

impl Engine {
    /// Deletes a key or one version of it.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::PreconditionFailed`] and those of the store.
    pub async fn delete_object(&self, bucket: &Bucket, request: &DeleteObject) -> Result<Deleted, Error> {
        let mut attempts = Attempts::at(&self.turns, &request.key);
        loop {
            attempts.next().await?;
            let mut commit = Commit::new();
            let outcome = match (request.version, bucket.record.versioning) {
                (Some(version), _) => self.plan_removal(&mut commit, bucket, request, version).await?,
                (None, VersioningStatus::Unversioned) => {
                    self.plan_removal(&mut commit, bucket, request, VersionId::Null).await?
                }
                (None, _) => self.plan_marker(&mut commit, bucket, request).await?,
            };
            if commit.mutations.is_empty() || self.commit(bucket.partition_of(&request.key), commit).await? {
                return Ok(outcome);
            }
        }
    }

    async fn plan_removal(
        &self,
        commit: &mut Commit,
        bucket: &Bucket,
        request: &DeleteObject,
        version: VersionId,
    ) -> Result<Deleted, Error> {
        let (current, located) = self.find_any(bucket, &request.key, Some(version)).await?;
        let subject = match request.version {
            Some(_) => located.as_ref().map(|located| &located.record),
            None => current.record.as_ref(),
        };
        check_conditions(&request.conditions, subject)?;
        let Some(located) = located else { return Ok(Deleted::Nothing) };
        if let Some((_, detail)) = located.record.object() {
            may_delete(detail.retention, detail.legal_hold, request.bypass_governance, self.clock.now())
                .map_err(Error::Locked)?;
        }
        self.remove_version(commit, &request.key, &current, &located).await?;
        let was_delete_marker = located.record.head.kind == VersionKind::DeleteMarker;
        Ok(Deleted::Version { id: version, was_delete_marker })
    }

    async fn plan_marker(
        &self,
        commit: &mut Commit,
        bucket: &Bucket,
        request: &DeleteObject,
    ) -> Result<Deleted, Error> {
        let current = self.current(bucket, &request.key).await?;
        check_conditions(&request.conditions, current.record.as_ref())?;
        let draft = Draft { owner: request.owner, kind: VersionKind::DeleteMarker, object: None };
        let marker = self.add_version(commit, bucket, &request.key, &current, draft).await?;
        Ok(Deleted::MarkerAdded { id: marker.head.id })
    }
}

fn check_conditions(conditions: &WriteConditions, subject: Option<&VersionRecord>) -> Result<(), Error> {
    if conditions.is_empty() { Ok(()) } else { conditions.check(subject) }
}
