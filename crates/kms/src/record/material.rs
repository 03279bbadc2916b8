//! Key material, sealed.

use std::sync::Arc;

use larder_env::Rng;
use larder_store::StoreError;
use larder_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Record, corrupt};
use crate::RotationType;
use crate::model::{KeyMaterial, KeyMeta, Material};
use crate::sealing::{Sealing, place_of};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MaterialRecord {
    number: u32,
    sealed: Option<Vec<u8>>,
    since: Timestamp,
    rotation: Option<RotationType>,
    pending: bool,
    expires: Option<Timestamp>,
    description: Option<Arc<str>>,
}

impl Record for MaterialRecord {
    const NAME: &'static str = "key material";
    const VERSION: u8 = 1;
}

impl MaterialRecord {
    pub(crate) fn of(material: &Material, key: &KeyMeta, sealing: &Sealing, rng: &dyn Rng) -> Self {
        let account = key.account.to_string();
        let seal = |secret: &KeyMaterial| sealing.material.seal(rng, &place_of(&account, key, material), &secret.bytes);
        Self {
            number: material.number,
            sealed: material.secret.as_ref().map(seal),
            since: material.since,
            rotation: material.rotation,
            pending: material.pending,
            expires: material.expires,
            description: material.description.clone(),
        }
    }

    pub(crate) fn into_material(self, id: &str, key: &KeyMeta, sealing: &Sealing) -> Result<Material, StoreError> {
        // Ciphertexts carry the id as its 32 bytes.
        let hexadecimal = id.len() == 64 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !hexadecimal {
            return Err(corrupt(format!("key material of {} has an impossible id", key.arn)));
        }
        let mut material = Material {
            id: id.into(),
            number: self.number,
            secret: None,
            since: self.since,
            rotation: self.rotation,
            pending: self.pending,
            expires: self.expires,
            description: self.description,
        };
        if let Some(sealed) = self.sealed {
            let account = key.account.to_string();
            let opened = sealing.material.open(&place_of(&account, key, &material), &sealed).ok_or_else(|| {
                corrupt(format!("material of {} does not open: was it sealed under another keyring?", key.arn))
            })?;
            material.secret = Some(KeyMaterial::new(key.spec, opened));
        }
        Ok(material)
    }
}
