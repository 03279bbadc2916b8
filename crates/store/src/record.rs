//! Records of services: how their fields become bytes, and what tells several writers of each other.
//!
//! A record is one byte for its version followed by its fields in [postcard](https://postcard.jamesmunns.com/wire-format)
//! order. A version or a field this build does not know is an error, never a guess.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// A persisted record whose fields are read and written in one piece.
pub trait Record: Serialize + DeserializeOwned {
    /// What it is, for messages.
    const NAME: &'static str;
    /// The version that is written.
    const VERSION: u8;

    /// The bytes to persist.
    fn to_stored(&self) -> Bytes {
        let stored = vec![Self::VERSION];
        // Serialising plain data into memory has no way to fail.
        postcard::to_extend(self, stored).expect("records are plain data").into()
    }

    /// Reads persisted bytes.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for another version, and for fields that are not those of this one.
    fn from_stored(stored: &[u8]) -> Result<Self, StoreError> {
        match stored {
            [found, body @ ..] if *found == Self::VERSION => match postcard::take_from_bytes(body) {
                Ok((record, [])) => Ok(record),
                _ => Err(damaged(Self::NAME)),
            },
            [found, ..] => Err(corrupt(format!("{} record of unknown version {found}", Self::NAME))),
            [] => Err(damaged(Self::NAME)),
        }
    }
}

/// A record of this name cannot be decoded.
#[must_use]
pub fn damaged(name: &'static str) -> StoreError {
    corrupt(format!("{name} record that cannot be decoded"))
}

/// What is stored is not what this build writes.
#[must_use]
pub fn corrupt(what: String) -> StoreError {
    StoreError::Corrupt { what }
}

/// How often anything of a service was changed: every commit requires the number it was planned from and writes the next, so
/// that of several writers who change something at the same time one reads again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenerationRecord {
    /// Changes so far.
    pub number: u64,
}

impl Record for GenerationRecord {
    const NAME: &'static str = "generation";
    const VERSION: u8 = 1;
}

impl GenerationRecord {
    /// The number that is stored; 0 when there is none yet.
    ///
    /// # Errors
    /// As [`Record::from_stored`].
    pub fn read(stored: Option<&[u8]>) -> Result<u64, StoreError> {
        stored.map_or(Ok(0), |stored| Self::from_stored(stored).map(|record| record.number))
    }
}
