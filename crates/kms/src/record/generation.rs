//! How often anything was changed: what lets several writers notice each other.

use larder_store::StoreError;
use serde::{Deserialize, Serialize};

use super::Record;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GenerationRecord {
    pub(crate) number: u64,
}

impl Record for GenerationRecord {
    const NAME: &'static str = "generation";
    const VERSION: u8 = 1;
}

/// The generation that is stored; 0 when there is none yet.
pub(crate) fn read(stored: Option<&[u8]>) -> Result<u64, StoreError> {
    stored.map_or(Ok(0), |stored| GenerationRecord::from_stored(stored).map(|record| record.number))
}
