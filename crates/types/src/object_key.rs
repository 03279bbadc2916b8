//! Object keys.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::limits::MAX_KEY_BYTES;

/// An object's key: 1 to 1,024 bytes of UTF-8, no character excluded, never normalised.
///
/// Keys order by their bytes, which is how S3 lists them. Cloning is a reference count.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectKey(Arc<str>);

/// The text cannot be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidObjectKey {
    /// No bytes at all.
    #[error("an object key has at least one byte")]
    Empty,
    /// More than [`MAX_KEY_BYTES`] bytes.
    #[error("an object key has at most {MAX_KEY_BYTES} bytes, this one has {size}")]
    TooLong {
        /// Its size in bytes.
        size: usize,
    },
}

impl ObjectKey {
    /// Takes decoded text as a key.
    ///
    /// # Errors
    /// [`InvalidObjectKey`] when it is empty or too long.
    pub fn parse(text: &str) -> Result<Self, InvalidObjectKey> {
        match text.len() {
            0 => Err(InvalidObjectKey::Empty),
            size if size > MAX_KEY_BYTES => Err(InvalidObjectKey::TooLong { size }),
            _ => Ok(Self(text.into())),
        }
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ObjectKey {
    type Error = InvalidObjectKey;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<ObjectKey> for String {
    fn from(key: ObjectKey) -> Self {
        key.0.as_ref().to_owned()
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
