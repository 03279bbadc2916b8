//! Aliases.

use larder_types::Timestamp;

/// An alias of a key. Its name is its place among the key's aliases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// When it was made.
    pub created: Timestamp,
    /// When it was last pointed to a key.
    pub updated: Timestamp,
}
