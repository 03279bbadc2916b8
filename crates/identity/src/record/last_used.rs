//! When a key or a role was last used.

use std::sync::Arc;

use bytes::Bytes;
use larder_store::StoreError;
use larder_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Record, Stored, Vault};
use crate::model::LastUsed;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LastUsedRecord {
    at: Timestamp,
    service: Arc<str>,
    region: Arc<str>,
}

impl Record for LastUsedRecord {
    const NAME: &'static str = "last use";
    const VERSION: u8 = 1;
}

impl Stored for LastUsed {
    const TAG: u8 = b'L';

    fn record_id<'a>(&'a self, key: &'a str) -> &'a str {
        key
    }

    fn key(&self, record_id: &str) -> Arc<str> {
        record_id.into()
    }

    fn encode(&self, _: &Vault<'_>, _: &str) -> Bytes {
        let (service, region) = (Arc::clone(&self.service), Arc::clone(&self.region));
        LastUsedRecord { at: self.at, service, region }.to_stored()
    }

    fn decode(stored: &[u8], _: &Vault<'_>, _: &str) -> Result<Self, StoreError> {
        let LastUsedRecord { at, service, region } = LastUsedRecord::from_stored(stored)?;
        Ok(Self { at, service, region })
    }
}
