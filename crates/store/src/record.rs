//! Records of services: how their fields become bytes, what tells several writers of each other, and how all of them are read
//! as of one moment.
//!
//! A record is one byte for its version followed by its fields in [postcard](https://postcard.jamesmunns.com/wire-format)
//! order. A version or a field this build does not know is an error, never a guess.

use std::ops::Bound;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Entry, MetaStore, Partition, Scan, StoreError, Table};

/// How many records are read at once.
const PAGE: usize = 1_000;

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
    /// The number that is stored at `key`; 0 when there is none yet.
    ///
    /// # Errors
    /// As [`Record::from_stored`], and when the store cannot be read.
    pub async fn read(meta: &dyn MetaStore, partition: Partition, key: &[u8]) -> Result<u64, StoreError> {
        let stored = meta.get(partition, Table::Records, key).await?;
        stored.map_or(Ok(0), |stored| Self::from_stored(&stored).map(|record| record.number))
    }
}

/// Every record of a partition as of one generation, whose number is stored at `key`, and that number.
///
/// # Errors
/// As [`GenerationRecord::read`].
pub async fn snapshot(meta: &dyn MetaStore, partition: Partition, key: &[u8]) -> Result<(u64, Vec<Entry>), StoreError> {
    loop {
        let number = GenerationRecord::read(meta, partition, key).await?;
        let entries = everything(meta, partition).await?;
        // Pages are read one after another: what was changed meanwhile would be seen in part.
        if GenerationRecord::read(meta, partition, key).await? == number {
            return Ok((number, entries));
        }
    }
}

async fn everything(meta: &dyn MetaStore, partition: Partition) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::new();
    let mut start = Bound::Unbounded;
    loop {
        let scan = Scan { start, end: Bound::Unbounded, reverse: false, limit: PAGE };
        let page = meta.scan(partition, scan).await?;
        let Some((last, _)) = page.last() else { return Ok(entries) };
        start = Bound::Excluded(last.clone());
        entries.extend(page);
    }
}
