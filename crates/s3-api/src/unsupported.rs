//! Headers that ask for what is not there. They are refused with 501: nothing is accepted and then ignored.

use http::HeaderMap;
use larder_config::ownership::ObjectOwnership;
use larder_engine::Bucket;
use larder_wire::error::{ErrorCode, S3Error};

/// Headers whose features do not exist yet, or never will.
const REFUSED: [&str; 9] = [
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-algorithm",
    "x-amz-copy-source-server-side-encryption-customer-key",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-context",
    "x-amz-write-offset-bytes",
    "x-amz-mfa",
];

/// Refuses a request that one of its headers makes impossible to carry out as asked.
pub(crate) fn refuse(headers: &HeaderMap, bucket: Option<&Bucket>) -> Result<(), S3Error> {
    for name in headers.keys() {
        let name = name.as_str();
        if !name.starts_with("x-amz-") {
            continue;
        }
        if REFUSED.contains(&name) {
            return Err(S3Error::new(ErrorCode::NotImplemented).with_extra("Header", name));
        }
        if name == "x-amz-acl" || name.starts_with("x-amz-grant-") {
            refuse_acl(name, headers, bucket)?;
        }
    }
    Ok(())
}

/// ACLs: with the owner enforced, the default, S3 itself refuses all that would give others access.
fn refuse_acl(name: &str, headers: &HeaderMap, bucket: Option<&Bucket>) -> Result<(), S3Error> {
    let canned = headers.get("x-amz-acl").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if name == "x-amz-acl" && matches!(canned, "private" | "bucket-owner-full-control") {
        return Ok(());
    }
    let enforced = bucket.is_none_or(|bucket| bucket.record.ownership == Some(ObjectOwnership::BucketOwnerEnforced));
    Err(match enforced && bucket.is_some() {
        true => S3Error::new(ErrorCode::AccessControlListNotSupported),
        false => S3Error::new(ErrorCode::NotImplemented).with_extra("Header", name),
    })
}
