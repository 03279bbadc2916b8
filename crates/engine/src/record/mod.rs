//! The records the engine persists, one file each.
//!
//! A record is one byte for its version followed by its fields in [postcard](https://postcard.jamesmunns.com/wire-format)
//! order. A version or a field this build does not know is an error, never a guess. `docs/formats/records.md` describes
//! them for other programs.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

pub(crate) mod bucket;
pub(crate) mod claim;
pub(crate) mod completed_upload;
pub(crate) mod deleted_bucket;
pub(crate) mod manifest;
pub(crate) mod named_blob;
pub(crate) mod outbox;
pub(crate) mod part;
pub(crate) mod upload;
pub(crate) mod version;

/// A persisted record whose fields are read and written in one piece.
pub(crate) trait Record: Serialize + DeserializeOwned {
    /// What it is, for messages.
    const NAME: &'static str;
    /// The version that is written.
    const VERSION: u8;

    /// The bytes to persist.
    fn encode(&self) -> Bytes {
        encode_parts(Self::VERSION, self)
    }

    /// Reads persisted bytes.
    fn decode(stored: &[u8]) -> Result<Self, Error> {
        let body = body(Self::NAME, Self::VERSION, stored)?;
        match postcard::take_from_bytes(body) {
            Ok((record, [])) => Ok(record),
            _ => Err(damaged(Self::NAME)),
        }
    }
}

/// A version byte and a value.
pub(crate) fn encode_parts(version: u8, value: &impl Serialize) -> Bytes {
    let mut stored = Vec::with_capacity(256);
    stored.push(version);
    // Serialising plain data into memory has no way to fail.
    postcard::to_extend(value, stored).expect("records are plain data").into()
}

/// What follows the version byte, when it is the one expected.
pub(crate) fn body<'a>(name: &'static str, version: u8, stored: &'a [u8]) -> Result<&'a [u8], Error> {
    match stored {
        [found, rest @ ..] if *found == version => Ok(rest),
        [found, ..] => Err(Error::Damaged { what: format!("{name} record of unknown version {found}") }),
        [] => Err(damaged(name)),
    }
}

pub(crate) fn damaged(name: &'static str) -> Error {
    Error::Damaged { what: format!("{name} record that cannot be decoded") }
}

#[cfg(test)]
mod tests;
