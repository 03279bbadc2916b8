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
            sealed_secret: vault.seal(Purpose::AccessKey, record_id, &[whose(&self.owner)], &self.secret),
            owner: self.owner.clone(),
            status: self.status,
            created: self.created,
        };
        record.to_stored()
    }

    fn decode(stored: &[u8], vault: &Vault<'_>, record_id: &str) -> Result<Self, StoreError> {
        let AccessKeyRecord { sealed_secret, owner, status, created } = AccessKeyRecord::from_stored(stored)?;
        let secret = vault.open(Purpose::AccessKey, record_id, &[whose(&owner)], &sealed_secret)?;
        Ok(Self { id: record_id.into(), secret, owner, status, created, origin: KeyOrigin::Store })
    }
}

/// Who can write the store must not be able to give a key that they have to somebody else.
fn whose(owner: &Who) -> &str {
    match owner {
        Who::Root => "",
        Who::User(id) => id,
    }
}

#[cfg(test)]
mod tests {
    use larder_crypto::SecretKey;
    use larder_env::SeededRng;
    use larder_types::AccountId;

    use super::*;
    use crate::Secret;
    use crate::seal::Sealer;

    #[test]
    fn a_key_whose_owner_was_changed_in_the_store_does_not_open() {
        let rng = SeededRng::new(1);
        let sealer = Sealer::new(&SecretKey::generate(&rng));
        let vault = Vault { sealer: &sealer, rng: &rng, account: AccountId::from_number(111_122_223_333) };
        let key = AccessKey {
            id: "AKIAEXAMPLE".into(),
            secret: Arc::new(Secret::new("secret".to_owned())),
            owner: Who::User("AIDAEXAMPLE".into()),
            status: KeyStatus::Active,
            created: Timestamp::from_millis(0),
            origin: KeyOrigin::Store,
        };
        let stored = key.encode(&vault, &key.id);
        assert_eq!(AccessKey::decode(&stored, &vault, &key.id).expect("as written"), key);
        for owner in [Who::Root, Who::User("AIDAOTHER".into())] {
            let mut record = AccessKeyRecord::from_stored(&stored).expect("a record");
            record.owner = owner;
            assert!(AccessKey::decode(&record.to_stored(), &vault, &key.id).is_err());
        }
    }
}
