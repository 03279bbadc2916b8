//! Tags.

use serde::{Deserialize, Serialize};

/// A tag of a key. Keys and values are compared with case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
}
