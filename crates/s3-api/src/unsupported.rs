//! Headers that ask for what is not there and would do harm if they were ignored. They are refused with 501.

use http::HeaderMap;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::operation::Operation;

/// Headers whose features do not exist yet, or never will.
const REFUSED: [&str; 5] = [
    // A part of an object cannot be written (RFC 9110, section 14.5).
    "content-range",
    // Directory buckets alone have these.
    "x-amz-if-match-last-modified-time",
    "x-amz-if-match-size",
    "x-amz-rename-source",
    "x-amz-write-offset-bytes",
];

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
    match REFUSED.iter().find(|name| headers.contains_key(**name)) {
        Some(name) => Err(S3Error::new(ErrorCode::NotImplemented).with_extra("Header", *name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))])
    }

    #[test]
    fn what_is_not_there_is_refused() {
        for name in REFUSED {
            let code = refuse(&headers(name, "0")).map_err(|error| error.code());
            assert_eq!(code, Err(ErrorCode::NotImplemented), "{name}");
        }
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
