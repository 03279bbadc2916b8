//! What operations on a bucket's configuration share.

use larder_config::ownership::ObjectOwnership;
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

/// What a new bucket has when nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewBuckets {
    /// Who owns its objects; `None` for no ownership controls, under which ACLs count and writers own.
    pub ownership: Option<ObjectOwnership>,
    /// Its Block Public Access.
    pub block: Option<PublicAccessBlock>,
    /// Whether it refuses uploads with customers' keys (SSE-C).
    pub blocks_customer_keys: bool,
}

impl NewBuckets {
    /// What AWS gives every new bucket: since April 2023 ACLs are disabled and public access is blocked, and since April 2026
    /// SSE-C is too, until its owner says otherwise.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html>
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html>
    pub const CURRENT: Self = Self {
        ownership: Some(ObjectOwnership::BucketOwnerEnforced),
        block: Some(PublicAccessBlock::ALL),
        blocks_customer_keys: true,
    };
    /// What AWS gave before, for programs that make buckets and rely on ACLs.
    pub const LEGACY: Self = Self { ownership: None, block: None, blocks_customer_keys: false };
}
