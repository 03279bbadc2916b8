//! EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand, ListKeyRotations, and rotating what is due.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html>
//!
//! Material that was replaced stays and decrypts. The related keys of a multi-Region key are rotated together, by the primary.

use std::sync::Arc;

use larder_types::Timestamp;
use zeroize::Zeroizing;

use super::change_state::check_customer;
use super::{Listed, Page};
use crate::cipher::generate;
use crate::limits::{DAY_MILLIS, DEFAULT_ROTATION_PERIOD_DAYS};
use crate::model::{KeyMaterial, KeyMeta, Material};
use crate::quota::Limit;
use crate::state::State;
use crate::{
    ExpirationModel, ImportState, Key, KeyMaterialState, KeySpec, KeyState, Kms, KmsError, KmsErrorKind, Origin,
    RotationType, ids,
};

/// AWS refuses a rotation on demand so shortly before an automatic one, in milliseconds.
const CONFLICT_MILLIS: i64 = 20 * 60 * 1_000;

/// What GetKeyRotationStatus tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationStatus {
    /// Whether its material is replaced by itself.
    pub enabled: bool,
    /// How often, in days.
    pub period_days: Option<u32>,
    /// When next.
    pub next: Option<Timestamp>,
}

/// A material in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRotation {
    /// The id of the key.
    pub key_id: Arc<str>,
    /// The id of the material.
    pub material: Arc<str>,
    /// What the one who imported it wrote of it.
    pub description: Option<Arc<str>>,
    /// Whether it is there; imported material alone.
    pub import_state: Option<ImportState>,
    /// Whether it encrypts.
    pub state: KeyMaterialState,
    /// Whether it expires; imported material alone.
    pub expiration_model: Option<ExpirationModel>,
    /// When it expires.
    pub valid_to: Option<Timestamp>,
    /// When it came into force; `None` for the first and for one that is pending.
    pub rotated: Option<Timestamp>,
    /// Why it came into force.
    pub rotation_type: Option<RotationType>,
}

impl Kms {
    /// Lets a key's material be replaced every so many days, 90 to 2,560.
    ///
    /// # Errors
    /// `ValidationException`; `UnsupportedOperationException` for keys that are not symmetric, for imported material, for
    /// replicas and for AWS managed keys; `DisabledException`, `KMSInvalidStateException`.
    pub async fn enable_key_rotation(&self, key: &Key, period_days: Option<u32>) -> Result<(), KmsError> {
        let period = period_days.unwrap_or(DEFAULT_ROTATION_PERIOD_DAYS);
        if !(90..=2_560).contains(&period) {
            return Err(KmsError::validation("RotationPeriodInDays must be between 90 and 2560 days."));
        }
        self.change(|state, change| {
            let next = change.now.plus_millis(i64::from(period) * DAY_MILLIS);
            set_rotation(state, change.now, key, Some((period, next)))
        })
        .await
    }

    /// Stops replacing a key's material.
    ///
    /// # Errors
    /// As for [`Kms::enable_key_rotation`].
    pub async fn disable_key_rotation(&self, key: &Key) -> Result<(), KmsError> {
        self.change(|state, change| set_rotation(state, change.now, key, None)).await
    }

    /// Whether and when a key's material is replaced.
    ///
    /// # Errors
    /// `UnsupportedOperationException` for keys that are not symmetric, `KMSInvalidStateException` while it is pending import.
    pub fn key_rotation_status(&self, key: &Key) -> Result<RotationStatus, KmsError> {
        let key = self.live(key)?;
        check_rotatable(&key)?;
        let pending = key.meta.deletion.is_some();
        let next = key.meta.next_rotation.filter(|_| !pending);
        let period_days = key.meta.rotation_days;
        Ok(RotationStatus { enabled: period_days.is_some() && !pending, period_days, next })
    }

    /// Replaces a key's material now; at most 25 times. A key with imported material gets the one that was imported for it.
    ///
    /// # Errors
    /// `LimitExceededException`; `ConflictException` shortly before an automatic rotation; `KMSInvalidStateException` when no
    /// material is imported to rotate to; and those of [`Kms::enable_key_rotation`].
    pub async fn rotate_key_on_demand(&self, key: &Key) -> Result<(), KmsError> {
        let most = self.limit(key.account(), key.region(), Limit::OnDemandRotations);
        self.change(|state, change| {
            let key = state.live(key, change.now)?;
            check_customer(&key)?;
            check_rotatable(&key)?;
            check_primary(&key)?;
            key.check_usable(change.now)?;
            if key.meta.on_demand_rotations as usize >= most {
                return Err(KmsError::new(
                    KmsErrorKind::LimitExceeded,
                    format!("The KMS key has reached its quota of {most} on-demand rotations."),
                ));
            }
            let soon = change.now.plus_millis(CONFLICT_MILLIS);
            if key.meta.next_rotation.is_some_and(|next| next <= soon) {
                return Err(KmsError::new(
                    KmsErrorKind::Conflict,
                    format!("An automatic rotation of {} is about to begin.", key.arn()),
                ));
            }
            if key.origin() == Origin::External {
                rotate_to_imported(state, &key, change.now)?;
            } else {
                rotate(state, &key, RotationType::OnDemand, change.now, change.rng)?;
            }
            edit_related(state, &key, |meta| meta.on_demand_rotations += 1);
            Ok(())
        })
        .await
    }

    /// A key's rotations, oldest first: those that were carried out, or all material.
    ///
    /// # Errors
    /// `UnsupportedOperationException` for keys that are not symmetric, `InvalidMarkerException`.
    pub fn list_key_rotations(
        &self,
        key: &Key,
        all_material: bool,
        page: Page<'_>,
    ) -> Result<Listed<KeyRotation>, KmsError> {
        let key = self.live(key)?;
        check_rotatable(&key)?;
        let current = key.current().map(|material| Arc::clone(&material.id));
        let wanted = key.materials.iter().filter(|material| all_material || material.rotation.is_some());
        let (external, now) = (key.origin() == Origin::External, self.now());
        let shown = wanted.map(|material| KeyRotation {
            key_id: Arc::clone(key.id()),
            material: Arc::clone(&material.id),
            description: material.description.clone(),
            import_state: external.then(|| match material.is_there(now) {
                true => ImportState::Imported,
                false => ImportState::PendingImport,
            }),
            state: material.state(current.as_ref() == Some(&material.id)),
            expiration_model: external.then(|| match material.expires {
                Some(_) => ExpirationModel::Expires,
                None => ExpirationModel::DoesNotExpire,
            }),
            valid_to: material.expires,
            rotated: material.rotation.map(|_| material.since),
            rotation_type: material.rotation,
        });
        Listed::numbered(shown, page)
    }

    /// Replaces the material of all keys whose time has come, for a job to call. A key that is disabled is rotated once it is
    /// enabled. Gives how many were.
    ///
    /// # Errors
    /// When the store fails; what was done before stays done.
    pub async fn rotate_due(&self) -> Result<usize, KmsError> {
        let mut rotated = 0;
        loop {
            let now = self.now();
            let due = |key: &Key| {
                key.is_primary()
                    && key.meta.next_rotation.is_some_and(|next| next <= now)
                    && key.state(now) == KeyState::Enabled
            };
            let Some(key) = self.state().keys().find(|key| due(key)).cloned() else { return Ok(rotated) };
            let done = self.change(|state, change| {
                let key = state.live(&key, change.now)?;
                if !due(&key) {
                    return Ok(0);
                }
                rotate(state, &key, RotationType::Automatic, change.now, change.rng)?;
                edit_related(state, &key, |meta| {
                    let period = i64::from(meta.rotation_days.unwrap_or(DEFAULT_ROTATION_PERIOD_DAYS)) * DAY_MILLIS;
                    let next =
                        meta.next_rotation.map(|next| next.plus_millis(period)).filter(|next| *next > change.now);
                    meta.next_rotation = Some(next.unwrap_or_else(|| change.now.plus_millis(period)));
                });
                Ok(1)
            });
            match done.await {
                Ok(done) => rotated += done,
                // Deleted in between.
                Err(error) if error.kind == KmsErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
}

fn check_rotatable(key: &Key) -> Result<(), KmsError> {
    if key.spec() == KeySpec::SymmetricDefault {
        return Ok(());
    }
    Err(KmsError::unsupported(format!(
        "You cannot perform this operation on an asymmetric CMK or an HMAC key: {}",
        key.arn()
    )))
}

fn check_primary(key: &Key) -> Result<(), KmsError> {
    if key.is_primary() {
        return Ok(());
    }
    Err(KmsError::unsupported(format!("{} is a multi-Region replica key; use its primary key.", key.arn())))
}

fn set_rotation(
    state: &mut State,
    now: Timestamp,
    key: &Key,
    rotation: Option<(u32, Timestamp)>,
) -> Result<(), KmsError> {
    let key = state.live(key, now)?;
    check_customer(&key)?;
    check_rotatable(&key)?;
    check_primary(&key)?;
    key.check_usable(now)?;
    if key.origin() == Origin::External {
        return Err(KmsError::unsupported(format!(
            "{} origin is EXTERNAL which is not valid for this operation.",
            key.arn()
        )));
    }
    edit_related(state, &key, |meta| {
        meta.rotation_days = rotation.map(|(days, _)| days);
        meta.next_rotation = rotation.map(|(_, next)| next);
    });
    Ok(())
}

/// Changes the records of a key and of its related keys.
pub(crate) fn edit_related(state: &mut State, key: &Key, edit: impl Fn(&mut KeyMeta)) {
    for related in state.related(key.account(), key.id()) {
        let mut related = Key::clone(&related);
        edit(Arc::make_mut(&mut related.meta));
        state.put(related);
    }
}

/// Gives a key and its related keys new material.
fn rotate(
    state: &mut State,
    key: &Key,
    kind: RotationType,
    now: Timestamp,
    rng: &dyn larder_env::Rng,
) -> Result<(), KmsError> {
    let secret: Zeroizing<Vec<u8>> = generate(key.spec(), rng)?.bytes;
    let id = ids::long_id(rng);
    for related in state.related(key.account(), key.id()) {
        let mut related = Key::clone(&related);
        let number = related.materials.last().map_or(0, |last| last.number + 1);
        let material = Material {
            id: Arc::clone(&id),
            number,
            secret: Some(KeyMaterial::new(key.spec(), secret.clone())),
            since: now,
            rotation: Some(kind),
            pending: false,
            expires: None,
            description: None,
        };
        related.materials = related.materials.iter().cloned().chain([Arc::new(material)]).collect();
        state.put(related);
    }
    Ok(())
}

/// Brings the imported material that is pending into force.
fn rotate_to_imported(state: &mut State, key: &Key, now: Timestamp) -> Result<(), KmsError> {
    let mut key = key.clone();
    let pending = key.materials.iter().find(|material| material.pending && material.is_there(now)).cloned();
    let Some(pending) = pending else {
        return Err(KmsError::new(
            KmsErrorKind::InvalidState,
            format!("{} has no imported key material that is pending rotation.", key.arn()),
        ));
    };
    let in_force = Arc::new(Material {
        pending: false,
        since: now,
        rotation: Some(RotationType::OnDemand),
        ..Material::clone(&pending)
    });
    let replaced = |material: &Arc<Material>| {
        if material.id == in_force.id { Arc::clone(&in_force) } else { Arc::clone(material) }
    };
    key.materials = key.materials.iter().map(replaced).collect();
    state.put(key);
    Ok(())
}
