//! Limits that AWS documents.
//!
//! Sources: the API's shapes; "Resource quotas", AWS KMS developer guide.

/// Most bytes that Encrypt takes under a symmetric key, that Sign and GenerateMac take as a message, and that a data key has.
pub const MAX_PLAINTEXT_BYTES: usize = 4_096;
/// Most bytes of a ciphertext.
pub const MAX_CIPHERTEXT_BYTES: usize = 6_144;
/// Most random bytes, and most bytes of a data key of free length.
pub const MAX_RANDOM_BYTES: usize = 1_024;
/// Most bytes of an encryption context, its lengths included.
pub const MAX_CONTEXT_BYTES: usize = 8_192;
/// Most tags of a key.
pub const MAX_TAGS: usize = 50;
/// Longest key of a tag, in characters.
pub const MAX_TAG_KEY_CHARACTERS: usize = 128;
/// Longest value of a tag, in characters.
pub const MAX_TAG_VALUE_CHARACTERS: usize = 256;
/// Longest description of a key, in characters.
pub const MAX_DESCRIPTION_CHARACTERS: usize = 8_192;
/// Largest key policy, in bytes.
pub const MAX_POLICY_BYTES: usize = 32 * 1024;
/// Longest name of an alias with its `alias/`, in characters.
pub const MAX_ALIAS_CHARACTERS: usize = 256;
/// Keys that an account may have in a region.
pub const MAX_KEYS: u32 = 100_000;
/// Aliases that a key may have.
pub const MAX_ALIASES_PER_KEY: u32 = 50;
/// Grants that a key may have.
pub const MAX_GRANTS_PER_KEY: u32 = 50_000;
/// Rotations on demand that a key may have.
pub const MAX_ON_DEMAND_ROTATIONS: u32 = 25;
/// Pairs of a grant's constraint.
pub const MAX_CONSTRAINT_PAIRS: usize = 8;
/// Characters of a grant's constraint.
pub const MAX_CONSTRAINT_CHARACTERS: usize = 384;
/// How long a key waits for its deletion, in days, when the request does not say.
pub const DEFAULT_DELETION_WINDOW_DAYS: u32 = 30;
/// How often key material is replaced, in days, when the request does not say.
pub const DEFAULT_ROTATION_PERIOD_DAYS: u32 = 365;
/// How long the parameters of an import are good, in milliseconds: a day.
pub(crate) const IMPORT_PARAMETERS_MILLIS: i64 = 24 * 60 * 60 * 1_000;
/// Milliseconds of a day.
pub(crate) const DAY_MILLIS: i64 = 24 * 60 * 60 * 1_000;
