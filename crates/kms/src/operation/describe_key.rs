//! DescribeKey. <https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html>

use std::sync::Arc;

use larder_types::{AccountId, Region, Timestamp};

use crate::state::State;
use crate::{
    EncryptionAlgorithm, ExpirationModel, Key, KeyAgreementAlgorithm, KeyManager, KeySpec, KeyState, KeyUsage, Kms,
    KmsError, MacAlgorithm, Origin, SigningAlgorithm,
};

/// What DescribeKey, CreateKey and ReplicateKey tell of a key.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyMetadata {
    /// Whose key.
    pub account: AccountId,
    /// Its id.
    pub id: Arc<str>,
    /// Its ARN.
    pub arn: Arc<str>,
    /// When it was made.
    pub created: Timestamp,
    /// For people.
    pub description: Arc<str>,
    /// What kind.
    pub spec: KeySpec,
    /// What for.
    pub usage: KeyUsage,
    /// Its state; `Enabled` in the API says whether this is [`KeyState::Enabled`].
    pub state: KeyState,
    /// When it will be deleted, while it is pending deletion.
    pub deletion_date: Option<Timestamp>,
    /// How long it will wait for its deletion once its replicas are deleted, while it is pending replica deletion.
    pub pending_window_days: Option<u32>,
    /// Where its material comes from.
    pub origin: Origin,
    /// Whether imported material expires; `None` while there is none.
    pub expiration_model: Option<ExpirationModel>,
    /// When imported material expires.
    pub valid_to: Option<Timestamp>,
    /// Who manages it.
    pub manager: KeyManager,
    /// The id of the material that encrypts; symmetric keys alone.
    pub current_material: Option<Arc<str>>,
    /// What Encrypt takes.
    pub encryption_algorithms: &'static [EncryptionAlgorithm],
    /// What Sign takes.
    pub signing_algorithms: &'static [SigningAlgorithm],
    /// What GenerateMac takes.
    pub mac_algorithms: &'static [MacAlgorithm],
    /// What DeriveSharedSecret takes.
    pub key_agreement_algorithms: &'static [KeyAgreementAlgorithm],
    /// The primary key and its replicas; `None` for a single-Region key.
    pub multi_region: Option<MultiRegionConfiguration>,
}

/// A multi-Region key's related keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultiRegionConfiguration {
    /// Whether the described key is the primary key.
    pub is_primary: bool,
    /// ARN and region of the primary key.
    pub primary: (Arc<str>, Region),
    /// ARNs and regions of the replicas.
    pub replicas: Vec<(Arc<str>, Region)>,
}

impl KeyMetadata {
    pub(crate) fn of(key: &Key, state: &State, now: Timestamp) -> Self {
        let meta = &*key.meta;
        let key_state = key.state(now);
        let current = key.current();
        let imported = current.filter(|material| meta.origin == Origin::External && material.is_there(now));
        let deletion = meta.deletion;
        Self {
            account: meta.account,
            id: Arc::clone(&meta.id),
            arn: Arc::clone(&meta.arn),
            created: meta.created,
            description: Arc::clone(&meta.description),
            spec: meta.spec,
            usage: meta.usage,
            state: key_state,
            deletion_date: deletion.and_then(|deletion| deletion.due),
            pending_window_days: deletion.filter(|it| it.due.is_none()).map(|it| it.window_days),
            origin: meta.origin,
            expiration_model: imported.map(|material| match material.expires {
                Some(_) => ExpirationModel::Expires,
                None => ExpirationModel::DoesNotExpire,
            }),
            valid_to: imported.and_then(|material| material.expires),
            manager: meta.manager,
            current_material: current
                .filter(|_| meta.spec == KeySpec::SymmetricDefault)
                .map(|material| Arc::clone(&material.id)),
            encryption_algorithms: meta.spec.encryption_algorithms(meta.usage),
            signing_algorithms: meta.spec.signing_algorithms(meta.usage),
            mac_algorithms: meta.spec.mac_algorithms(meta.usage),
            key_agreement_algorithms: meta.spec.key_agreement_algorithms(meta.usage),
            multi_region: configuration(key, state),
        }
    }
}

fn configuration(key: &Key, state: &State) -> Option<MultiRegionConfiguration> {
    let primary = key.meta.primary.as_ref()?;
    let named = |key: &Key| (Arc::clone(key.arn()), key.region().clone());
    let related = state.related(key.account(), key.id());
    Some(MultiRegionConfiguration {
        is_primary: primary == key.region(),
        primary: (crate::model::KeyMeta::arn_of(key.account(), primary, key.id()), primary.clone()),
        replicas: related.iter().filter(|one| one.region() != primary).map(|one| named(one)).collect(),
    })
}

impl Kms {
    /// What there is to tell of a key. DescribeKey of `alias/aws/s3` makes the key first: see [`Kms::default_s3_key`].
    ///
    /// # Errors
    /// `NotFoundException`.
    pub fn describe_key(&self, key: &Key) -> Result<KeyMetadata, KmsError> {
        let state = self.state();
        let key = state.live(key, self.now())?;
        Ok(KeyMetadata::of(&key, &state, self.now()))
    }
}
