//! What a decision has to know of an object: whose it is, its ACL and its tags.

use larder_config::tagging::TagSet;
use larder_engine::{Bucket, Error as EngineError, ObjectVersion, UploadRecord};
use larder_policy::Principal;
use larder_policy::acl::{self, AclResource, Via};
use larder_types::{AccountId, Acl, PublicAccessBlock, UploadId, VersionId};
use larder_wire::error::S3Error;

use super::Wish;
use crate::call::Call;
use crate::{fields, refusal};

/// An object, as far as decisions go.
#[derive(Clone, Debug)]
pub(crate) struct ObjectFacts {
    pub(crate) owner: AccountId,
    pub(crate) acl: Option<Acl>,
    pub(crate) tags: TagSet,
    place: Place,
}

/// Which version of a key it is; a null version that is replaced keeps its id and not its sequence.
type Place = (VersionId, u64);

/// What was seen of the object.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    /// Nothing depends on it so far.
    NotLooked,
    /// There is none, or a delete marker.
    Missing,
    /// This one.
    Object(Box<ObjectFacts>),
    /// An upload under way that the caller's account began.
    OwnUpload,
}

/// What a decision was made over, so that it is not taken for one about another object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Permit {
    about: Option<Option<Place>>,
}

impl From<&ObjectVersion> for ObjectFacts {
    fn from(object: &ObjectVersion) -> Self {
        let (head, detail) = (object.head(), object.detail());
        Self { owner: head.owner, acl: detail.acl.clone(), tags: detail.tags.clone(), place: (head.id, head.sequence) }
    }
}

impl Seen {
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    pub(super) fn object(&self) -> Option<&ObjectFacts> {
        match self {
            Self::Object(object) => Some(object),
            Self::NotLooked | Self::Missing | Self::OwnUpload => None,
        }
    }
}

impl Permit {
    pub(super) fn new(seen: &Seen) -> Self {
        Self {
            about: match seen {
                Seen::NotLooked | Seen::OwnUpload => None,
                Seen::Missing => Some(None),
                Seen::Object(object) => Some(Some(object.place)),
            },
        }
    }

    /// The permit for both of two things: about an object if one of them is, and about none when they are about different
    /// ones.
    pub(super) fn and(self, other: Self) -> Self {
        match (self.about, other.about) {
            (None, about) | (about, None) => Self { about },
            (Some(one), Some(another)) => Self { about: Some(one.filter(|place| Some(*place) == another)) },
        }
    }

    /// Whether the decision holds for this object: it depended on no object, or on this one.
    pub(super) fn covers(&self, found: &ObjectVersion) -> bool {
        let place = (found.head().id, found.head().sequence);
        self.about.is_none_or(|about| about == Some(place))
    }
}

/// Looks at the object or the upload that a wish is about.
pub(super) async fn look(call: &Call<'_>, wish: &Wish<'_>) -> Result<Seen, S3Error> {
    let Some((bucket, key, version)) = wish.target.key() else { return Ok(Seen::NotLooked) };
    if wish.is_on_upload() {
        let Some(Ok(id)) = call.query.get("uploadId").map(UploadId::parse) else { return Ok(Seen::NotLooked) };
        return match call.engine.upload(bucket, key, id).await {
            Ok(upload) if began(&call.caller.principal, &upload) => Ok(Seen::OwnUpload),
            Ok(_) | Err(EngineError::NoSuchUpload) => Ok(Seen::NotLooked),
            Err(error) => Err(refusal::of_engine(error)),
        };
    }
    match call.engine.head_object(bucket, key, version).await {
        Ok(object) => Ok(Seen::Object(Box::new((&object).into()))),
        Err(EngineError::NoSuchKey | EngineError::NoSuchVersion | EngineError::DeleteMarker { .. }) => {
            Ok(Seen::Missing)
        }
        Err(error) => Err(refusal::of_engine(error)),
    }
}

/// Whether a principal's account began an upload. In a bucket that enforces its owner the upload is that owner's, whoever
/// began it.
fn began(principal: &Principal, upload: &UploadRecord) -> bool {
    let Some(account) = principal.account() else { return false };
    let Some(initiator) = &upload.initiator else { return upload.owner == account };
    match initiator.id.strip_prefix("arn:") {
        // arn:aws:iam::ACCOUNT:user/NAME, and the same of a session.
        Some(arn) => arn.split(':').nth(3) == Some(account.to_string().as_str()),
        None => principal.canonical_id().is_some_and(|id| id.as_str() == &*initiator.id),
    }
}

/// Through which entry an ACL gives the caller what it wishes, if one does.
pub(super) fn allowed_by_acl(
    call: &Call<'_>,
    wish: &Wish<'_>,
    bucket: &Bucket,
    seen: &Seen,
    block: PublicAccessBlock,
) -> Option<Via> {
    if matches!(seen, Seen::OwnUpload) {
        return Some(Via::Account);
    }
    if fields::acl::disabled(bucket) {
        return None;
    }
    let (resource, permission) = acl::required_permission(wish.action)?;
    let list = match resource {
        AclResource::Object => seen.object()?.acl.as_ref(),
        AclResource::Bucket => bucket.record.acl.as_ref(),
    };
    let principal = &call.caller.principal;
    if acl::needs_ownership(wish.action) {
        // What WRITE gives: to delete one's own objects. Versions are removed by the bucket's owner, who needs no grant.
        let owns = seen.object().is_some_and(|object| Some(object.owner) == principal.account());
        if !owns || wish.action != "s3:DeleteObject" {
            return None;
        }
    }
    acl::allows_via(list?, principal.canonical_id(), permission, block.ignore_public_acls)
}
