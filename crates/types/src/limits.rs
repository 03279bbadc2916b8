//! The limits AWS documents for S3, in one place.
//!
//! Sources: "Amazon S3 multipart upload limits", "Bucket naming rules", "Naming Amazon S3 objects", "Working with object
//! metadata", "Categorizing your objects using tags" in the Amazon S3 user guide.

/// Longest object key, in bytes of UTF-8.
pub const MAX_KEY_BYTES: usize = 1024;
/// Shortest bucket name, in characters.
pub const MIN_BUCKET_NAME: usize = 3;
/// Longest bucket name, in characters.
pub const MAX_BUCKET_NAME: usize = 63;
/// Largest body of one PutObject, UploadPart or POST upload, in bytes (5 GiB).
pub const MAX_PUT_BYTES: u64 = 5 * 1024 * 1024 * 1024;
/// Largest object that a multipart upload may make, in bytes (50 TiB).
pub const MAX_OBJECT_BYTES: u64 = 50 * 1024 * 1024 * 1024 * 1024;
/// Largest source of one CopyObject or UploadPartCopy, in bytes (5 GiB).
pub const MAX_COPY_BYTES: u64 = 5 * 1024 * 1024 * 1024;
/// Smallest part of a multipart upload other than its last, in bytes (5 MiB).
pub const MIN_PART_BYTES: u64 = 5 * 1024 * 1024;
/// Highest part number.
pub const MAX_PART_NUMBER: u16 = 10_000;
/// Most entries on one page of a listing (keys, versions, uploads or parts).
pub const MAX_LIST_PAGE: usize = 1_000;
/// Most keys in one DeleteObjects request.
pub const MAX_DELETE_KEYS: usize = 1_000;
/// Most bytes of user metadata: the sum of names, without their prefix, and values.
pub const MAX_USER_METADATA_BYTES: usize = 2 * 1024;
/// Most entries of an access control list.
pub const MAX_GRANTS: usize = 100;
/// Most tags on an object.
pub const MAX_OBJECT_TAGS: usize = 10;
/// Most tags on a bucket.
pub const MAX_BUCKET_TAGS: usize = 50;
/// Longest tag key, in UTF-16 code units as AWS counts them.
pub const MAX_TAG_KEY: usize = 128;
/// Longest tag value, in UTF-16 code units as AWS counts them.
pub const MAX_TAG_VALUE: usize = 256;
/// Most rules in a CORS configuration.
pub const MAX_CORS_RULES: usize = 100;
/// Most general purpose buckets an account owns before it asks for more.
pub const MAX_BUCKETS_PER_ACCOUNT: usize = 10_000;
/// Longest object-lock retention, in days (100 years).
pub const MAX_RETENTION_DAYS: u32 = 36_500;
/// Longest object-lock retention, in years.
pub const MAX_RETENTION_YEARS: u32 = 100;
