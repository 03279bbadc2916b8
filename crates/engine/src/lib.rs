//! S3's semantics, written once, over the two storage traits.
//!
//! The engine knows buckets, versions, listings, multipart uploads, copies, conditions, object lock and tags; it knows
//! neither HTTP nor who may do what. Its rules for safe data:
//! - a blob is sealed before the commit that names it; a crash may leak an unnamed blob, never lose a named one;
//! - what a commit unnames is removed after it, through the outbox, and not while somebody reads it;
//! - everything about one key lies in one partition, so that one commit makes a change visible whole or not at all.
//!
//! `keyspace` says where every record lies, `record` what is in it.

mod attempts;
mod bucket;
mod content;
mod engine;
mod error;
pub mod fuzz_entry;
mod keyspace;
mod list;
mod multipart;
mod object;
mod pins;
mod reclaim;
mod record;
mod rewrap;
mod scrub;

pub use bucket::{Bucket, BucketPage, BucketRecord, CreateBucket, ListBuckets, VersioningChange};
pub use content::{BytesSource, ContentReader, ContentSource, Expected, SourceError, check_content};
pub use engine::{Engine, EngineSettings, HeldRemovals};
pub use error::Error;
pub use larder_store::StoreError;
pub use list::{
    ListObjects, ListPosition, ListUploads, ListVersions, ListedObject, ListedUpload, ListedVersion, ObjectPage,
    PartPage, UploadPage, UploadPosition, VersionPage, VersionPosition,
};
pub use multipart::{ChecksumConflict, CompletePart, CompleteUpload, Completed, CreateUpload, UploadPart};
pub use object::{
    Condition, CopyObject, CopySource, DeleteObject, Deleted, NewObject, ObjectReader, ObjectVersion, PartView,
    PutObject, ReadConditions, Reading, Side, TagMatch, WriteConditions,
};
pub use reclaim::Reclaimed;
pub use record::encryption::{Encryption, KmsKey, ServerKey, StoredKey};
pub use record::manifest::ManifestPart;
pub use record::part::PartRecord;
pub use record::upload::{Initiator, UploadRecord};
pub use record::version::{
    ObjectDetail, ObjectMetadata, ObjectSummary, VersionHead, VersionKind, VersionRecord, VersionTail,
};
pub use rewrap::{RewrapCursor, Rewrapped};
pub use scrub::{Finding, FindingKind, Owner, Scrub, ScrubOptions, ScrubReport};
