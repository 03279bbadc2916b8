//! Version ids.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which version of a key: the `null` version, or one with an id of its own.
///
/// An id is 16 bytes shown as 32 hexadecimal digits: the version's place in its key's history (8 bytes, big-endian, later
/// versions higher) and 8 random bytes. To clients it is opaque; the place inside it makes a look-up by id one point read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum VersionId {
    /// The version written while versioning was off or suspended; shown as `null`.
    Null,
    /// A version with an id of its own.
    Id {
        /// Its place in the key's history.
        sequence: u64,
        /// Makes the id unguessable and unique.
        nonce: u64,
    },
}

/// The text is no version id that this server could have given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a version id is `null` or 32 hexadecimal digits")]
pub struct InvalidVersionId;

impl VersionId {
    /// Parses `null` or 32 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`InvalidVersionId`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidVersionId> {
        if text == "null" {
            return Ok(Self::Null);
        }
        if text.len() != 32 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(InvalidVersionId);
        }
        let number = u128::from_str_radix(text, 16).map_err(|_| InvalidVersionId)?;
        Ok(Self::Id { sequence: (number >> 64) as u64, nonce: number as u64 })
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Id { sequence, nonce } => write!(f, "{sequence:016x}{nonce:016x}"),
        }
    }
}

impl fmt::Debug for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_and_rubbish_is_refused() {
        let id = VersionId::Id { sequence: 0x0123, nonce: u64::MAX };
        assert_eq!(id.to_string(), "0000000000000123ffffffffffffffff");
        assert_eq!(VersionId::parse(&id.to_string()), Ok(id));
        assert_eq!(VersionId::parse("null"), Ok(VersionId::Null));
        for bad in ["", "NULL", "0000000000000123FFFFFFFFFFFFFFFF", "+000000000000123ffffffffffffffff", "123"] {
            assert_eq!(VersionId::parse(bad), Err(InvalidVersionId), "{bad}");
        }
    }
}
