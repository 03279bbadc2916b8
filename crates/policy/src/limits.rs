//! How large documents may be.
//!
//! Source: "Bucket policies" in the Amazon S3 user guide. IAM's quotas are `larder-identity`'s, as only it knows what AWS
//! counts: a session's policies together, a user's inline policies together. [`Policy::parse`](crate::Policy::parse) refuses
//! what no kind of document may reach.

/// Largest bucket policy, in bytes.
pub const MAX_BUCKET_POLICY_BYTES: usize = 20 * 1024;

/// The longest text that is read at all, in bytes: the longest document that IAM's API takes.
pub(crate) const MAX_DOCUMENT_BYTES: usize = 131_072;
/// Deepest nesting of objects and lists. A valid document needs six levels.
pub(crate) const MAX_DEPTH: usize = 12;
/// Most statements. The smallest statement of use takes some 50 bytes, so a bucket policy cannot have more.
pub(crate) const MAX_STATEMENTS: usize = 1_000;
