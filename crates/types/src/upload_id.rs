//! Upload ids.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Names one multipart upload: 16 bytes shown as 32 hexadecimal digits.
///
/// The first 8 bytes order the uploads of a key by their start, the other 8 are random. To clients it is opaque.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UploadId {
    /// Orders the uploads of one key: those started later have higher numbers.
    pub sequence: u64,
    /// Makes the id unguessable and unique.
    pub nonce: u64,
}

/// The text is no upload id that this server could have given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an upload id is 32 hexadecimal digits")]
pub struct InvalidUploadId;

impl UploadId {
    /// Parses 32 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`InvalidUploadId`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidUploadId> {
        if text.len() != 32 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(InvalidUploadId);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| InvalidUploadId)?;
        Ok(Self { sequence: (number >> 64) as u64, nonce: number as u64 })
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.sequence, self.nonce)
    }
}

impl fmt::Debug for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
