//! What operations on a bucket's configuration share.

use larder_config::ownership::ObjectOwnership;
use larder_config::tagging::{TagScope, TagSet};
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::shapes::Tag;

use crate::call::Call;
use crate::refusal;

/// The answer when a bucket has no configuration of the kind asked for.
pub(crate) fn not_configured(call: &Call<'_>, code: ErrorCode) -> S3Error {
    S3Error::new(code).with_extra("BucketName", call.bucket_name.unwrap_or_default())
}

/// Tags of a document.
///
/// # Errors
/// As S3 answers for tags that are malformed or too many.
pub(crate) fn tags(scope: TagScope, tags: Vec<Tag>) -> Result<TagSet, S3Error> {
    let pairs = tags.into_iter().map(|tag| (Some(tag.key), Some(tag.value)));
    TagSet::new(scope, pairs).map_err(refusal::of_configuration)
}

/// Refuses the settings under which ACLs count: there are no ACLs.
///
/// # Errors
/// `NotImplemented` for all but the bucket's owner enforced.
pub(crate) fn without_acls(ownership: ObjectOwnership) -> Result<ObjectOwnership, S3Error> {
    if ownership.acls_disabled() {
        return Ok(ownership);
    }
    Err(S3Error::new(ErrorCode::NotImplemented).with_message(format!(
        "The object ownership {} is not implemented: it needs access control lists.",
        ownership.as_str()
    )))
}
