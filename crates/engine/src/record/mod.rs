//! The records the engine persists, one file each.
//!
//! A record is one byte for its version followed by its fields in [postcard](https://postcard.jamesmunns.com/wire-format)
//! order. A version or a field this build does not know is an error, never a guess. `docs/formats/records.md` describes
//! them for other programs.
//!
//! A record of an earlier version is read as the type it was written as, which stands in the record's own file, and turned
//! into today's. Only when the record changes next is it written in today's version.

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

pub(crate) mod bucket;
pub(crate) mod claim;
pub(crate) mod completed_upload;
pub(crate) mod deleted_bucket;
pub(crate) mod encryption;
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
        match stored.split_first() {
            Some((&found, fields)) if found != Self::VERSION => {
                Self::decode_earlier(found, fields).unwrap_or_else(|| Err(unknown_version(Self::NAME, found)))
            }
            Some((_, fields)) => whole(Self::NAME, fields),
            None => Err(damaged(Self::NAME)),
        }
    }

    /// Reads the fields of an earlier version; `None` when there was none of this number.
    fn decode_earlier(_version: u8, _fields: &[u8]) -> Option<Result<Self, Error>> {
        None
    }
}

/// A value that takes up all of the bytes.
pub(crate) fn whole<T: DeserializeOwned>(name: &'static str, body: &[u8]) -> Result<T, Error> {
    match postcard::take_from_bytes(body) {
        Ok((record, [])) => Ok(record),
        _ => Err(damaged(name)),
    }
}

/// The fields of a record as they were before later versions added `count` options at its end; they are none.
pub(crate) fn padded(fields: &[u8], count: usize) -> Vec<u8> {
    let mut padded = Vec::with_capacity(fields.len() + count);
    padded.extend_from_slice(fields);
    padded.resize(fields.len() + count, 0);
    padded
}

/// A version byte and a value.
pub(crate) fn encode_parts(version: u8, value: &impl Serialize) -> Bytes {
    let mut stored = Vec::with_capacity(256);
    stored.push(version);
    // Serialising plain data into memory has no way to fail.
    postcard::to_extend(value, stored).expect("records are plain data").into()
}

pub(crate) fn unknown_version(name: &'static str, found: u8) -> Error {
    Error::Damaged { what: format!("{name} record of unknown version {found}") }
}

pub(crate) fn damaged(name: &'static str) -> Error {
    Error::Damaged { what: format!("{name} record that cannot be decoded") }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod earlier_tests;
