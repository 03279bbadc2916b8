//! An MFA device. Its seed is sealed.

use std::sync::Arc;

use bytes::Bytes;
use larder_store::StoreError;
use larder_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Record, Stored, Vault, damaged};
use crate::model::{Assignment, MfaDevice, Tag};
use crate::seal::Purpose;
use crate::state::folded;
use crate::totp::Totp;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct MfaDeviceRecord {
    name: Arc<str>,
    path: Arc<str>,
    created: Timestamp,
    tags: Vec<Tag>,
    sealed_seed: Vec<u8>,
    assigned: Option<Assignment>,
    last_step: u64,
    drift: i32,
    wrong_codes: u8,
    locked_until: Option<Timestamp>,
}

impl Record for MfaDeviceRecord {
    const NAME: &'static str = "MFA device";
    const VERSION: u8 = 1;
}

impl Stored for MfaDevice {
    const TAG: u8 = b'M';

    fn record_id<'a>(&'a self, key: &'a str) -> &'a str {
        key
    }

    fn key(&self, _: &str) -> Arc<str> {
        folded(&format!("{}{}", self.path, self.name))
    }

    fn encode(&self, vault: &Vault<'_>, record_id: &str) -> Bytes {
        let record = MfaDeviceRecord {
            name: Arc::clone(&self.name),
            path: Arc::clone(&self.path),
            created: self.created,
            tags: self.tags.clone(),
            sealed_seed: vault.seal(Purpose::MfaSeed, record_id, &[], &self.seed),
            assigned: self.assigned.clone(),
            last_step: self.last_step,
            drift: self.drift,
            wrong_codes: self.wrong_codes,
            locked_until: self.locked_until,
        };
        record.to_stored()
    }

    fn decode(stored: &[u8], vault: &Vault<'_>, record_id: &str) -> Result<Self, StoreError> {
        let record = MfaDeviceRecord::from_stored(stored)?;
        let seed = vault.open(Purpose::MfaSeed, record_id, &[], &record.sealed_seed)?;
        Totp::from_base32(seed.expose()).ok_or_else(|| damaged(MfaDeviceRecord::NAME))?;
        Ok(Self {
            name: record.name,
            path: record.path,
            created: record.created,
            tags: record.tags,
            seed,
            assigned: record.assigned,
            last_step: record.last_step,
            drift: record.drift,
            wrong_codes: record.wrong_codes,
            locked_until: record.locked_until,
        })
    }
}
