//! The records that keys are kept in, one file each.
//!
//! A record is one byte for its version followed by its fields in [postcard](https://postcard.jamesmunns.com/wire-format)
//! order. A version or a field this build does not know is an error, never a guess. `docs/formats/kms.md` describes them for
//! other programs.

mod alias;
mod applied_quota;
pub(crate) mod generation;
mod grant;
mod import_token;
mod key;
mod material;
pub(crate) mod place;
mod quota_request;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use larder_store::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use alias::AliasRecord;
pub(crate) use applied_quota::AppliedQuotaRecord;
pub(crate) use grant::GrantRecord;
pub(crate) use import_token::ImportTokenRecord;
pub(crate) use key::KeyRecord;
pub(crate) use material::MaterialRecord;
pub(crate) use quota_request::QuotaRequestRecord;

/// A persisted record whose fields are read and written in one piece.
pub(crate) trait Record: Serialize + DeserializeOwned {
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

pub(crate) fn damaged(name: &'static str) -> StoreError {
    corrupt(format!("{name} record that cannot be decoded"))
}

pub(crate) fn corrupt(what: String) -> StoreError {
    StoreError::Corrupt { what }
}
