//! The errors of the engine and of its stores.

use http::{HeaderName, HeaderValue};
use larder_engine::{ChecksumConflict, Error as EngineError, StoreError};
use larder_types::limits::{MAX_PUT_BYTES, MIN_PART_BYTES};
use larder_types::{ChecksumAlgorithm, PartNumber};
use larder_wire::error::{ErrorCode, S3Error};

use super::{of_configuration, of_source};
use crate::fields::{conditions, mfa};

/// AWS has no code for it: it would never say so. Nobody gets other bytes than those that were stored.
const DAMAGED: &str =
    "What is stored is damaged and cannot be read. Trying again does not help; the server's log tells more.";

/// An error of the engine.
pub(crate) fn of_engine(error: EngineError) -> S3Error {
    let plain = S3Error::new;
    match error {
        EngineError::Source(source) => of_source(source),
        EngineError::Store(error) => of_store(&error),
        EngineError::Damaged { what } => of_damage(&what),
        EngineError::Configuration(error) => of_configuration(error),
        EngineError::Locked(refusal) => of_configuration(refusal),
        EngineError::MfaDeleteEnabled => mfa::needed(),
        EngineError::DeleteMarker { version, by_id, modified } => of_delete_marker(version, by_id, modified),
        EngineError::PreconditionFailed { condition, side } => {
            plain(ErrorCode::PreconditionFailed).with_extra("Condition", conditions::header(condition, side))
        }
        EngineError::EntityTooLarge { size, limit } => too_large(size, limit),
        EngineError::BadDigest { expected, calculated } => plain(ErrorCode::BadDigest)
            .with_extra("ExpectedDigest", base64(&expected))
            .with_extra("CalculatedDigest", base64(&calculated)),
        EngineError::Sha256Mismatch { expected, calculated } => plain(ErrorCode::XAmzContentSHA256Mismatch)
            .with_extra("ClientComputedContentSHA256", hex::encode(expected))
            .with_extra("S3ComputedContentSHA256", hex::encode(calculated)),
        EngineError::ChecksumMismatch(algorithm) => plain(ErrorCode::BadDigest)
            .with_message(format!("The {} you specified did not match the calculated checksum.", algorithm.as_str())),
        EngineError::ChecksumKind(conflict) => invalid_request(said_of(conflict)),
        EngineError::InvalidPart { number } => {
            plain(ErrorCode::InvalidPart).with_extra("PartNumber", number.to_string())
        }
        EngineError::PartTooSmall { number, size } => too_small(number, size),
        EngineError::ObjectSizeMismatch { declared, actual } => invalid_request(format!(
            "The provided 'x-amz-mp-object-size' header value {declared} does not match what was computed: {actual}"
        )),
        EngineError::NoSuchPart { parts } => {
            plain(ErrorCode::InvalidPartNumber).with_extra("ActualPartCount", parts.to_string())
        }
        EngineError::RangeOutside { size } => plain(ErrorCode::InvalidArgument)
            .with_message(format!("Range specified is not valid for source object of size: {size}")),
        EngineError::NoObjectLock => invalid_request("Bucket is missing Object Lock Configuration"),
        EngineError::NoSuchBucket => plain(ErrorCode::NoSuchBucket),
        EngineError::BucketAlreadyOwnedByYou => plain(ErrorCode::BucketAlreadyOwnedByYou),
        EngineError::BucketAlreadyExists => plain(ErrorCode::BucketAlreadyExists),
        EngineError::TooManyBuckets => plain(ErrorCode::TooManyBuckets),
        EngineError::BucketNotEmpty => plain(ErrorCode::BucketNotEmpty),
        EngineError::AclsDisabled => plain(ErrorCode::AccessControlListNotSupported),
        EngineError::AclGrantsOthers => plain(ErrorCode::InvalidBucketAclWithObjectOwnership),
        EngineError::NoSuchObjectLockSetting => plain(ErrorCode::NoSuchObjectLockConfiguration),
        EngineError::NoSuchKey => plain(ErrorCode::NoSuchKey),
        EngineError::NoSuchVersion => plain(ErrorCode::NoSuchVersion),
        EngineError::NoSuchUpload => plain(ErrorCode::NoSuchUpload),
        EngineError::NoSuchConfiguration => plain(ErrorCode::NoSuchConfiguration),
        EngineError::NotModified => plain(ErrorCode::NotModified),
        EngineError::Contended => plain(ErrorCode::OperationAborted),
        EngineError::IncompleteBody => plain(ErrorCode::IncompleteBody),
        EngineError::InvalidPartOrder => plain(ErrorCode::InvalidPartOrder),
    }
}

fn invalid_request(message: impl Into<std::borrow::Cow<'static, str>>) -> S3Error {
    S3Error::new(ErrorCode::InvalidRequest).with_message(message)
}

fn said_of(conflict: ChecksumConflict) -> String {
    let name = |algorithm: ChecksumAlgorithm| algorithm.as_str().to_ascii_lowercase();
    match conflict {
        ChecksumConflict::TypeAlone => {
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.".to_owned()
        }
        ChecksumConflict::TypeNotOfAlgorithm { kind, algorithm } => format!(
            "The {} checksum type cannot be used with the {} checksum algorithm.",
            kind.as_str(),
            name(algorithm)
        ),
        ChecksumConflict::OtherAlgorithm { upload, sent } => format!(
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            name(upload),
            name(sent)
        ),
        ChecksumConflict::OtherType { upload, asked } => format!(
            "The upload was created using the {} checksum mode. The complete request must use the same checksum mode, \
             not {}.",
            upload.as_str(),
            asked.as_str()
        ),
        ChecksumConflict::PartWithout { algorithm, number } => format!(
            "The upload was created using a {} checksum. The complete request must include the checksum for each part. \
             It was missing for part {number} in the request.",
            name(algorithm)
        ),
    }
}

fn too_large(size: u64, limit: u64) -> S3Error {
    if limit != MAX_PUT_BYTES {
        return invalid_request(format!("The object of {size} bytes is larger than the {limit} bytes allowed here."));
    }
    S3Error::new(ErrorCode::EntityTooLarge)
        .with_extra("ProposedSize", size.to_string())
        .with_extra("MaxSizeAllowed", limit.to_string())
}

fn too_small(number: PartNumber, size: u64) -> S3Error {
    S3Error::new(ErrorCode::EntityTooSmall)
        .with_extra("ProposedSize", size.to_string())
        .with_extra("MinSizeAllowed", MIN_PART_BYTES.to_string())
        .with_extra("PartNumber", number.to_string())
}

fn of_damage(what: &str) -> S3Error {
    tracing::error!(%what, "stored data is damaged; the request is refused");
    S3Error::new(ErrorCode::InternalError).with_message(DAMAGED)
}

fn of_delete_marker(version: larder_types::VersionId, by_id: bool, modified: larder_types::Timestamp) -> S3Error {
    let marker = HeaderName::from_static("x-amz-delete-marker");
    let id = HeaderName::from_static("x-amz-version-id");
    let code = if by_id { ErrorCode::MethodNotAllowed } else { ErrorCode::NoSuchKey };
    let mut error = S3Error::new(code)
        .with_header(marker, HeaderValue::from_static("true"))
        .with_header(id, larder_wire::headers::value(&version.to_string()));
    if by_id {
        let date = larder_wire::timestamp::http_date(modified.to_jiff());
        let date = HeaderValue::from_bytes(&date).unwrap_or_else(|_| HeaderValue::from_static(""));
        error = error
            .with_extra("Method", "GET")
            .with_extra("ResourceType", "DeleteMarker")
            .with_header(http::header::ALLOW, HeaderValue::from_static("DELETE"))
            .with_header(http::header::LAST_MODIFIED, date);
    }
    error
}

fn of_store(error: &StoreError) -> S3Error {
    match error {
        StoreError::Full => S3Error::new(ErrorCode::InsufficientStorage),
        StoreError::ReadOnly { .. } => {
            tracing::error!(%error, "a write is refused");
            S3Error::new(ErrorCode::ServiceUnavailable)
        }
        StoreError::Corrupt { what } => of_damage(what),
        other => {
            tracing::error!(error = other as &dyn std::error::Error, "the store failed");
            S3Error::new(ErrorCode::InternalError)
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    use ::base64::Engine as _;
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}
