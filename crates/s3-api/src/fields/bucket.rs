//! What operations on a bucket's configuration share.

use larder_config::tagging::{TagScope, TagSet};
use larder_types::PublicAccessBlock;
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

/// What AWS gives every new bucket since April 2023: Block Public Access, unless its owner says otherwise later.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html>
pub(crate) const NEW_BUCKET_BLOCK: Option<PublicAccessBlock> = Some(PublicAccessBlock::ALL);
