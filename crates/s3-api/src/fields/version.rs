//! Version ids in queries and answers.

use larder_config::versioning::VersioningStatus;
use larder_engine::Bucket;
use larder_types::VersionId;
use larder_wire::error::{ErrorCode, S3Error};

/// Reads `versionId`.
///
/// # Errors
/// `InvalidArgument` for text that is empty or no version id.
pub(crate) fn parse(text: Option<&str>) -> Result<Option<VersionId>, S3Error> {
    let Some(text) = text else { return Ok(None) };
    let message =
        if text.is_empty() { "Version id cannot be the empty string" } else { "Invalid version id specified" };
    VersionId::parse(text).map(Some).map_err(|_| {
        S3Error::new(ErrorCode::InvalidArgument)
            .with_message(message)
            .with_extra("ArgumentName", "versionId")
            .with_extra("ArgumentValue", text)
    })
}

/// The version id of an object that was just written: S3 shows it while versioning is enabled, not while it is suspended.
pub(crate) fn created(bucket: &Bucket, id: VersionId) -> Option<String> {
    (bucket.record.versioning == VersioningStatus::Enabled).then(|| id.to_string())
}

/// The version id an answer shows: none while the bucket has never had versioning.
pub(crate) fn shown(bucket: &Bucket, id: VersionId) -> Option<String> {
    (bucket.record.versioning != VersioningStatus::Unversioned).then(|| id.to_string())
}
