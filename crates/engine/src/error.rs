//! What an operation can fail with, by kind. One table in the protocol layer turns these into S3's codes.

use larder_config::ConfigError;
use larder_config::object_lock::LockRefusal;
use larder_store::StoreError;
use larder_types::{ChecksumAlgorithm, PartNumber, VersionId};

use crate::content::SourceError;
use crate::multipart::ChecksumConflict;
use crate::object::{Condition, Side};

/// Why an operation was not carried out. Nothing of it is visible then.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such bucket.
    #[error("the bucket does not exist")]
    NoSuchBucket,
    /// The bucket's name is taken by its own owner.
    #[error("the bucket exists and belongs to the same account")]
    BucketAlreadyOwnedByYou,
    /// The bucket's name is taken by another account.
    #[error("the bucket exists and belongs to another account")]
    BucketAlreadyExists,
    /// The account has as many buckets as it may.
    #[error("the account has its greatest number of buckets")]
    TooManyBuckets,
    /// The bucket still holds versions.
    #[error("the bucket holds objects, versions or delete markers")]
    BucketNotEmpty,
    /// The bucket's configuration forbids the change, such as suspending versioning under object lock.
    #[error(transparent)]
    Configuration(#[from] ConfigError),
    /// MFA Delete is on and no valid code came with the request.
    #[error("the bucket asks for a second factor")]
    MfaDeleteEnabled,
    /// An access control list for a bucket whose owner owns all objects.
    #[error("the bucket does not allow access control lists")]
    AclsDisabled,
    /// Access control lists cannot be disabled while the bucket's own gives others access.
    #[error("the bucket's access control list gives others access")]
    AclGrantsOthers,
    /// A bucket configuration that is asked for was never set.
    #[error("the bucket has no such configuration")]
    NoSuchConfiguration,
    /// Object-lock settings on a bucket without object lock.
    #[error("the bucket has no object lock")]
    NoObjectLock,
    /// The object has no retention or legal hold.
    #[error("the object has no such object-lock setting")]
    NoSuchObjectLockSetting,
    /// There is no such key.
    #[error("the key does not exist")]
    NoSuchKey,
    /// The version that was asked for, or the newest, is a delete marker.
    #[error("the version is a delete marker")]
    DeleteMarker {
        /// Its id.
        version: VersionId,
        /// Whether it was asked for by its id: GET answers 405 then, not 404.
        by_id: bool,
        /// When it was written.
        modified: larder_types::Timestamp,
    },
    /// There is no such version of the key.
    #[error("the version does not exist")]
    NoSuchVersion,
    /// There is no such multipart upload.
    #[error("the upload does not exist")]
    NoSuchUpload,
    /// A precondition of the request does not hold.
    #[error("the precondition {condition:?} does not hold")]
    PreconditionFailed {
        /// Which.
        condition: Condition,
        /// Of which object.
        side: Side,
    },
    /// The client has what it asks for.
    #[error("not modified")]
    NotModified,
    /// Others changed the same thing the whole time.
    #[error("the operation met too many others on the same thing")]
    Contended,
    /// An object-lock rule forbids it.
    #[error("object lock forbids the operation")]
    Locked(#[source] LockRefusal),
    /// Fewer bytes than declared.
    #[error("the body is not as long as declared")]
    IncompleteBody,
    /// More bytes than allowed.
    #[error("the content is too large: {size} bytes of at most {limit}")]
    EntityTooLarge {
        /// Bytes proposed, as far as known.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The content is not what `Content-MD5` says.
    #[error("the content's MD5 is not the one declared")]
    BadDigest {
        /// The MD5 that was declared.
        expected: [u8; 16],
        /// The MD5 of what came.
        calculated: [u8; 16],
    },
    /// The content is not what `x-amz-content-sha256` says.
    #[error("the content's SHA-256 is not the one signed")]
    Sha256Mismatch {
        /// The SHA-256 that was signed.
        expected: [u8; 32],
        /// The SHA-256 of what came.
        calculated: [u8; 32],
    },
    /// The content is not what its additional checksum says.
    #[error("the content's checksum is not the one declared")]
    ChecksumMismatch(ChecksumAlgorithm),
    /// A checksum's algorithm or type is not the upload's.
    #[error("the checksum is of another kind than it may be: {0:?}")]
    ChecksumKind(ChecksumConflict),
    /// A part that Complete names is not there or is another one.
    #[error("part {number} is not there or is not the one named")]
    InvalidPart {
        /// Its number.
        number: PartNumber,
    },
    /// Complete names parts out of order.
    #[error("parts are not in ascending order")]
    InvalidPartOrder,
    /// A part other than the last is smaller than 5 MiB.
    #[error("part {number} has {size} bytes")]
    PartTooSmall {
        /// Its number.
        number: PartNumber,
        /// Its size in bytes.
        size: u64,
    },
    /// The object the parts make is not as long as the client declared.
    #[error("the parts make {actual} bytes, {declared} were declared")]
    ObjectSizeMismatch {
        /// What the client declared.
        declared: u64,
        /// What the parts make.
        actual: u64,
    },
    /// The object has no part of that number.
    #[error("the object has no such part")]
    NoSuchPart {
        /// How many parts it has.
        parts: u64,
    },
    /// The range lies outside the source object.
    #[error("the range lies outside the object of {size} bytes")]
    RangeOutside {
        /// The object's size in bytes.
        size: u64,
    },
    /// The body stopped before its end or was tampered with.
    #[error("the body could not be read")]
    Source(#[source] SourceError),
    /// What is stored cannot be decoded. It is never handed out.
    #[error("stored data is damaged: {what}")]
    Damaged {
        /// What, for the operator.
        what: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
