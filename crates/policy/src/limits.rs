//! How large documents may be.
//!
//! Sources: "IAM and AWS STS quotas" in the IAM user guide, "Bucket policies" in the Amazon S3 user guide. Callers check the
//! sizes of what they keep, as only they know what AWS counts: a session's policies together, a user's inline policies
//! together. [`Policy::parse`](crate::Policy::parse) refuses what no kind of document may reach.

/// Largest bucket policy, in bytes.
pub const MAX_BUCKET_POLICY_BYTES: usize = 20 * 1024;
/// Largest managed policy, in characters other than white space.
pub const MAX_MANAGED_POLICY_CHARACTERS: usize = 6_144;
/// All inline policies of a user together, in characters other than white space.
pub const MAX_USER_INLINE_CHARACTERS: usize = 2_048;
/// All inline policies of a group together, in characters other than white space.
pub const MAX_GROUP_INLINE_CHARACTERS: usize = 5_120;
/// All inline policies of a role together, in characters other than white space.
pub const MAX_ROLE_INLINE_CHARACTERS: usize = 10_240;
/// The session policies of one session together, in characters.
pub const MAX_SESSION_POLICY_CHARACTERS: usize = 2_048;
/// Largest trust policy of a role, in characters; an account may ask AWS for more, here it may not.
pub const MAX_TRUST_POLICY_CHARACTERS: usize = 2_048;
/// Most managed policies given to one session.
pub const MAX_SESSION_POLICY_ARNS: usize = 10;

/// The longest text that is read at all, in bytes: the longest document that IAM's API takes.
pub(crate) const MAX_DOCUMENT_BYTES: usize = 131_072;
/// Deepest nesting of objects and lists. A valid document needs six levels.
pub(crate) const MAX_DEPTH: usize = 12;
/// Most statements. The smallest statement of use takes some 50 bytes, so a bucket policy cannot have more.
pub(crate) const MAX_STATEMENTS: usize = 1_000;

/// How many characters of a document count against a quota of IAM, which leaves white space out.
#[must_use]
pub fn counted_characters(document: &str) -> usize {
    document.chars().filter(|character| !character.is_whitespace()).count()
}
