//! Headers that ask for what is not there. They are refused with 501: nothing is accepted and then ignored.

use http::HeaderMap;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::operation::Operation;

/// Headers whose features do not exist yet, or never will.
const REFUSED: [&str; 1] = ["x-amz-write-offset-bytes"];

/// What the names of all headers about encryption begin with.
const ENCRYPTION: [&str; 2] = ["x-amz-server-side-encryption", "x-amz-copy-source-server-side-encryption"];

/// The one header about encryption that may ask for nothing.
const BUCKET_KEY: &str = "x-amz-server-side-encryption-bucket-key-enabled";

const CONDITIONS: [&str; 4] = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];

/// Refuses a condition that an operation which changes something does not have: without it, it would change what the
/// client wanted left alone. Reads may ignore conditions, and so may the steps of an upload before its completion, to
/// which some clients (minio-go) send those that are meant for it.
pub(crate) fn refuse_conditions(operation: Operation, headers: &HeaderMap) -> Result<(), S3Error> {
    let known: &[&str] = match operation {
        Operation::PutObject | Operation::CopyObject | Operation::CompleteMultipartUpload => &CONDITIONS[..2],
        Operation::DeleteObject => &CONDITIONS[..1],
        Operation::DeleteBucket
        | Operation::DeleteObjectTagging
        | Operation::DeleteObjects
        | Operation::PostObject
        | Operation::PutObjectLegalHold
        | Operation::PutObjectRetention
        | Operation::PutObjectTagging => &[],
        _ => return Ok(()),
    };
    match CONDITIONS.iter().find(|name| headers.contains_key(**name) && !known.contains(name)) {
        Some(name) => Err(S3Error::new(ErrorCode::NotImplemented).with_extra("Header", *name)),
        None => Ok(()),
    }
}

/// Refuses a request that one of its headers makes impossible to carry out as asked.
pub(crate) fn refuse(headers: &HeaderMap) -> Result<(), S3Error> {
    for name in headers.keys() {
        let name = name.as_str();
        if !name.starts_with("x-amz-") {
            continue;
        }
        let encrypts = ENCRYPTION.iter().any(|prefix| name.starts_with(prefix));
        let asks_for_nothing = name == BUCKET_KEY && headers.get(name).is_some_and(|value| value == "false");
        if REFUSED.contains(&name) || (encrypts && !asks_for_nothing) {
            return Err(S3Error::new(ErrorCode::NotImplemented).with_extra("Header", name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))])
    }

    #[test]
    fn encryption_is_refused_whatever_header_asks_for_it() {
        for name in [
            "x-amz-server-side-encryption",
            "x-amz-server-side-encryption-aws-kms-key-id",
            "x-amz-server-side-encryption-customer-key-md5",
            "x-amz-copy-source-server-side-encryption-customer-key-md5",
            "x-amz-server-side-encryption-bucket-key-enabled",
        ] {
            let code = refuse(&headers(name, "true")).map_err(|error| error.code());
            assert_eq!(code, Err(ErrorCode::NotImplemented), "{name}");
        }
        assert!(refuse(&headers(BUCKET_KEY, "false")).is_ok());
        assert!(refuse(&headers("x-amz-request-payer", "requester")).is_ok());
    }

    #[test]
    fn a_change_under_a_condition_that_is_not_there_is_refused() {
        let refused = |operation, name| refuse_conditions(operation, &headers(name, "x")).is_err();
        for name in CONDITIONS {
            let is_tag = name.ends_with("match");
            assert_eq!(refused(Operation::PutObject, name), !is_tag, "{name}");
            assert_eq!(refused(Operation::CompleteMultipartUpload, name), !is_tag, "{name}");
            assert_eq!(refused(Operation::DeleteObject, name), name != "if-match", "{name}");
            assert!(refused(Operation::DeleteObjects, name), "{name}");
            assert!(!refused(Operation::GetObject, name), "{name}");
            assert!(!refused(Operation::CreateMultipartUpload, name), "{name}");
        }
    }
}
