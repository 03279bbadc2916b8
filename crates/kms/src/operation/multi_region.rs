//! ReplicateKey and UpdatePrimaryRegion.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html>
//!
//! The related keys have the same id, material and rotation; all else is each one's own.

use std::sync::Arc;

use larder_types::Region;

use super::change_state::check_customer;
use super::create_key::{check_description, check_key_count};
use super::key_policy::{self, PolicyCheck};
use super::rotation::edit_related;
use super::{KeyMetadata, tags};
use crate::model::{Document, KeyMeta, Material};
use crate::quota::Limit;
use crate::{Key, Kms, KmsError, KmsErrorKind, Origin, Tag};

/// A request for a replica.
#[derive(Clone, Copy)]
pub struct ReplicateKey<'a> {
    /// Where.
    pub region: &'a Region,
    /// For people.
    pub description: &'a str,
    /// The replica's policy; the default gives it to the account.
    pub policy: Option<&'a str>,
    /// How the policy is checked.
    pub policy_check: PolicyCheck<'a>,
    /// The replica's tags.
    pub tags: &'a [Tag],
}

/// A new replica.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicatedKey {
    /// What there is to tell of it.
    pub metadata: KeyMetadata,
    /// The text of its policy.
    pub policy: Arc<str>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

impl Kms {
    /// Makes a replica of a multi-Region primary key in another region. A replica of a key with imported material gets none:
    /// the same is to be imported into it.
    ///
    /// # Errors
    /// `UnsupportedOperationException` for a key that is no primary key, `AlreadyExistsException`, those of
    /// [`Kms::create_key`] for policy, tags and description, and those of [`Kms::check_usable`].
    pub async fn replicate_key(&self, key: &Key, request: ReplicateKey<'_>) -> Result<ReplicatedKey, KmsError> {
        check_description(request.description)?;
        tags::check_new(request.tags)?;
        let arn = KeyMeta::arn_of(key.account(), request.region, key.id());
        let quota = self.limit(key.account(), request.region, Limit::PolicyBytes);
        let policy = match request.policy {
            Some(text) => key_policy::check(text, &arn, key.account(), quota, &request.policy_check)?,
            None => Document::parse(&key_policy::default_text(key.account()), &arn)?,
        };
        let most = self.limit(key.account(), request.region, Limit::Keys);
        self.change(|state, change| {
            let primary = state.live(key, change.now)?;
            check_customer(&primary)?;
            check_is_primary(&primary)?;
            primary.check_usable(change.now)?;
            if state.key(primary.account(), request.region, primary.id()).is_some() {
                return Err(KmsError::new(KmsErrorKind::AlreadyExists, format!("Key {arn} already exists.")));
            }
            check_key_count(state, primary.account(), request.region, most)?;
            let meta = KeyMeta {
                region: request.region.clone(),
                arn: Arc::clone(&arn),
                created: change.now,
                description: request.description.into(),
                enabled: true,
                deletion: None,
                policy: policy.clone(),
                tags: request.tags.to_vec(),
                ..KeyMeta::clone(&primary.meta)
            };
            let materials = primary.materials.iter().filter(|material| !material.pending);
            let external = primary.origin() == Origin::External;
            let copy = |material: &Arc<Material>| match external {
                true => Arc::new(Material { secret: None, expires: None, ..Material::clone(material) }),
                false => Arc::clone(material),
            };
            let replica = Key {
                meta: Arc::new(meta),
                materials: materials.map(copy).collect(),
                grants: Arc::default(),
                aliases: Arc::default(),
            };
            state.put(replica.clone());
            Ok(ReplicatedKey {
                metadata: KeyMetadata::of(&replica, state, change.now),
                policy: Arc::clone(replica.policy_text()),
                tags: request.tags.to_vec(),
            })
        })
        .await
    }

    /// Makes the replica in `region` the primary key, and the primary key a replica.
    ///
    /// # Errors
    /// `UnsupportedOperationException` for a key that is no primary key, `NotFoundException` when there is no replica in that
    /// region, and those of [`Kms::check_usable`] for both keys.
    pub async fn update_primary_region(&self, key: &Key, region: &Region) -> Result<(), KmsError> {
        self.change(|state, change| {
            let primary = state.live(key, change.now)?;
            check_is_primary(&primary)?;
            primary.check_usable(change.now)?;
            let replica = state.key(primary.account(), region, primary.id()).cloned();
            let Some(replica) = replica.filter(|replica| !replica.meta.is_gone(change.now)) else {
                let arn = KeyMeta::arn_of(primary.account(), region, primary.id());
                return Err(crate::state::no_such_key(&arn));
            };
            replica.check_usable(change.now)?;
            edit_related(state, &primary, |meta| meta.primary = Some(region.clone()));
            Ok(())
        })
        .await
    }
}

fn check_is_primary(key: &Key) -> Result<(), KmsError> {
    if key.is_multi_region() && key.is_primary() {
        return Ok(());
    }
    Err(KmsError::unsupported(format!("{} is not a multi-Region primary key.", key.arn())))
}
