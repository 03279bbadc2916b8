//! An access key. Its secret is sealed.

use std::sync::Arc;

use bytes::Bytes;
use larder_store::StoreError;
use larder_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Record, Stored, Vault};
use crate::model::{AccessKey, KeyOrigin, KeyStatus, Who};
use crate::seal::Purpose;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AccessKeyRecord {
    sealed_secret: Vec<u8>,
    owner: Who,
    status: KeyStatus,
    created: Timestamp,
}

impl Record for AccessKeyRecord {
    const NAME: &'static str = "access key";
    const VERSION: u8 = 1;
}

impl Stored for AccessKey {
    const TAG: u8 = b'K';

    fn record_id<'a>(&'a self, _: &'a str) -> &'a str {
        &self.id
    }

    fn key(&self, _: &str) -> Arc<str> {
        Arc::clone(&self.id)
    }

    fn is_stored(&self) -> bool {
        self.origin == KeyOrigin::Store
    }

    fn encode(&self, vault: &Vault<'_>, record_id: &str) -> Bytes {
        let record = AccessKeyRecord {
            sealed_secret: vault.seal(Purpose::AccessKey, record_id, &self.secret),
            owner: self.owner.clone(),
            status: self.status,
            created: self.created,
        };
        record.to_stored()
    }

    fn decode(stored: &[u8], vault: &Vault<'_>, record_id: &str) -> Result<Self, StoreError> {
        let AccessKeyRecord { sealed_secret, owner, status, created } = AccessKeyRecord::from_stored(stored)?;
        let secret = vault.open(Purpose::AccessKey, record_id, &sealed_secret)?;
        Ok(Self { id: record_id.into(), secret, owner, status, created, origin: KeyOrigin::Store })
    }
}
