//! The AWS managed key `alias/aws/s3`.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk>

use std::sync::Arc;

use larder_types::{AccountId, Region};

use super::create_key::new_key;
use super::key_policy;
use crate::cipher::generate;
use crate::limits::{DAY_MILLIS, DEFAULT_ROTATION_PERIOD_DAYS};
use crate::model::{Alias, Document, KeyMeta};
use crate::{Key, KeyManager, KeySpec, KeyUsage, Kms, KmsError, Origin, ids};

const ALIAS: &str = "alias/aws/s3";

impl Kms {
    /// The key that S3 uses when a request names none. Made at first use; rotated every year; nobody can change it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn default_s3_key(&self, account: AccountId, region: &Region) -> Result<Arc<Key>, KmsError> {
        if let Some(key) = self.state().by_alias(account, region, ALIAS) {
            return Ok(Arc::clone(key));
        }
        self.change(|state, change| {
            if let Some(key) = state.by_alias(account, region, ALIAS) {
                return Ok(Arc::clone(key));
            }
            let id = ids::key_id(change.rng);
            let arn = KeyMeta::arn_of(account, region, &id);
            let policy = Document::parse(&key_policy::s3_text(account, region), &arn)?;
            let meta = KeyMeta {
                account,
                region: region.clone(),
                id,
                arn,
                spec: KeySpec::SymmetricDefault,
                usage: KeyUsage::EncryptDecrypt,
                origin: Origin::AwsKms,
                manager: KeyManager::Aws,
                primary: None,
                created: change.now,
                description: "Default key that protects my S3 objects when no other key is defined".into(),
                enabled: true,
                deletion: None,
                policy,
                tags: Vec::new(),
                rotation_days: Some(DEFAULT_ROTATION_PERIOD_DAYS),
                next_rotation: Some(change.now.plus_millis(i64::from(DEFAULT_ROTATION_PERIOD_DAYS) * DAY_MILLIS)),
                on_demand_rotations: 0,
            };
            let secret = generate(KeySpec::SymmetricDefault, change.rng)?;
            let mut key = new_key(meta, Some(secret), change.rng);
            let alias = Alias { created: change.now, updated: change.now };
            Arc::make_mut(&mut key.aliases).insert(ALIAS.into(), Arc::new(alias));
            state.put(key.clone());
            Ok(Arc::new(key))
        })
        .await
    }
}
