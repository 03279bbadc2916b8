//! The nouns of S3 as validated types: what has passed a constructor here needs no second check anywhere else.
//!
//! No IO, no clock, no protocol. Limits that AWS documents are in [`limits`]; each type's module says which rule it holds
//! and where AWS states it.

mod account;
mod acl;
mod bucket_name;
mod byte_range;
mod checksum;
mod etag;
pub mod limits;
mod network;
mod object_key;
mod part_number;
mod public_access_block;
mod region;
mod storage_class;
mod timestamp;
mod upload_id;
mod version_id;

pub use account::{AccountId, CanonicalUserId, InvalidAccountId, InvalidCanonicalUserId, Owner};
pub use acl::{Acl, Grant, Grantee, Permission};
pub use bucket_name::{BucketName, InvalidBucketName};
pub use byte_range::ByteRange;
pub use checksum::{Checksum, ChecksumAlgorithm, ChecksumType, InvalidChecksum};
pub use etag::{ETag, InvalidETag};
pub use network::{InvalidNetwork, Network};
pub use object_key::{InvalidObjectKey, ObjectKey};
pub use part_number::{InvalidPartNumber, PartNumber};
pub use public_access_block::PublicAccessBlock;
pub use region::{InvalidRegion, Region};
pub use storage_class::{StorageClass, UnknownStorageClass};
pub use timestamp::Timestamp;
pub use upload_id::{InvalidUploadId, UploadId};
pub use version_id::{InvalidVersionId, VersionId};
