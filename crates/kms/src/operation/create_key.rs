//! CreateKey. <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html>

use std::sync::Arc;

use larder_types::{AccountId, Region, Timestamp};

use super::key_policy::{self, PolicyCheck};
use super::{KeyMetadata, tags};
use crate::cipher::generate;
use crate::limits::MAX_DESCRIPTION_CHARACTERS;
use crate::model::{Document, Key, KeyMaterial, KeyMeta, Material, Tag};
use crate::quota::Limit;
use crate::state::State;
use crate::{KeyFamily, KeyManager, KeySpec, KeyUsage, Kms, KmsError, KmsErrorKind, Origin, ids};

/// A request for a new key.
#[derive(Clone, Copy)]
pub struct CreateKey<'a> {
    /// Whose key.
    pub account: AccountId,
    /// Where.
    pub region: &'a Region,
    /// What kind.
    pub spec: KeySpec,
    /// What for; may be left out for symmetric keys alone.
    pub usage: Option<KeyUsage>,
    /// Where its material comes from.
    pub origin: Origin,
    /// Whether it is to be the primary key of a multi-Region key.
    pub multi_region: bool,
    /// For people.
    pub description: &'a str,
    /// Its policy; the default gives it to the account.
    pub policy: Option<&'a str>,
    /// How the policy is checked.
    pub policy_check: PolicyCheck<'a>,
    /// Its tags.
    pub tags: &'a [Tag],
}

impl Kms {
    /// Makes a key.
    ///
    /// # Errors
    /// `ValidationException`, `MalformedPolicyDocumentException`, `TagException`, `LimitExceededException`.
    pub async fn create_key(&self, request: CreateKey<'_>) -> Result<KeyMetadata, KmsError> {
        let usage = usage_of(request.spec, request.usage)?;
        check_description(request.description)?;
        tags::check_new(request.tags)?;
        let rng = &*self.shared.rng;
        let id = if request.multi_region { ids::multi_region_key_id(rng) } else { ids::key_id(rng) };
        let arn = KeyMeta::arn_of(request.account, request.region, &id);
        let quota = self.limit(request.account, request.region, Limit::PolicyBytes);
        let policy = match request.policy {
            Some(text) => key_policy::check(text, &arn, request.account, quota, &request.policy_check)?,
            None => Document::parse(&key_policy::default_text(request.account), &arn)?,
        };
        let material = match request.origin {
            Origin::AwsKms => Some(self.generate(request.spec).await?),
            Origin::External => None,
        };
        let max_keys = self.limit(request.account, request.region, Limit::Keys);
        let meta = KeyMeta {
            account: request.account,
            region: request.region.clone(),
            id,
            arn,
            spec: request.spec,
            usage,
            origin: request.origin,
            manager: KeyManager::Customer,
            primary: request.multi_region.then(|| request.region.clone()),
            created: self.now(),
            description: request.description.into(),
            enabled: true,
            deletion: None,
            policy,
            tags: request.tags.to_vec(),
            rotation_days: None,
            next_rotation: None,
            on_demand_rotations: 0,
        };
        let key = new_key(meta, material, rng);
        self.change(|state, change| {
            check_key_count(state, request.account, request.region, max_keys)?;
            state.put(key.clone());
            Ok(KeyMetadata::of(&key, state, change.now))
        })
        .await
    }

    /// New material for a key of this kind.
    pub(crate) async fn generate(&self, spec: KeySpec) -> Result<KeyMaterial, KmsError> {
        let rng = Arc::clone(&self.shared.rng);
        match spec.family() {
            KeyFamily::Rsa => {
                // Nobody closes it.
                let _turn = self.shared.making.acquire().await;
                self.busy(move || generate(spec, &*rng)).await
            }
            _ => generate(spec, &*rng),
        }
    }
}

/// A key without aliases and grants.
pub(crate) fn new_key(meta: KeyMeta, secret: Option<KeyMaterial>, rng: &dyn larder_env::Rng) -> Key {
    let material = |secret| Arc::new(first_material(ids::long_id(rng), secret, meta.created));
    let materials: Vec<_> = secret.into_iter().map(material).collect();
    Key { meta: Arc::new(meta), materials: materials.into(), grants: Arc::default(), aliases: Arc::default() }
}

/// The first material of a key.
pub(crate) fn first_material(id: Arc<str>, secret: KeyMaterial, since: Timestamp) -> Material {
    Material {
        id,
        number: 0,
        secret: Some(secret),
        since,
        rotation: None,
        pending: false,
        expires: None,
        description: None,
    }
}

pub(crate) fn check_key_count(state: &State, account: AccountId, region: &Region, most: usize) -> Result<(), KmsError> {
    if state.customer_keys(account, region) >= most {
        return Err(KmsError::new(
            KmsErrorKind::LimitExceeded,
            format!("The account has reached its quota of {most} KMS keys in this Region."),
        ));
    }
    Ok(())
}

pub(crate) fn check_description(description: &str) -> Result<(), KmsError> {
    if description.chars().count() > MAX_DESCRIPTION_CHARACTERS {
        return Err(KmsError::validation(format!(
            "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have length \
             less than or equal to {MAX_DESCRIPTION_CHARACTERS}"
        )));
    }
    Ok(())
}

fn usage_of(spec: KeySpec, usage: Option<KeyUsage>) -> Result<KeyUsage, KmsError> {
    let usage = match (usage, spec) {
        (Some(usage), _) => usage,
        (None, KeySpec::SymmetricDefault) => KeyUsage::EncryptDecrypt,
        (None, _) => {
            return Err(KmsError::validation(
                "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
            ));
        }
    };
    if !spec.usages().contains(&usage) {
        return Err(KmsError::validation(format!("KeyUsage {usage} is not compatible with KeySpec {spec}")));
    }
    Ok(usage)
}
