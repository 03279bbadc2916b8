//! GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html>
//!
//! The import token holds the private half of the wrapping key, sealed: nothing is stored until material is imported.

use std::sync::Arc;

use larder_types::Timestamp;

use super::change_state::check_customer;
use super::encrypt::check_length;
use crate::cipher::{is_material, unwrap};
use crate::limits::{IMPORT_PARAMETERS_MILLIS, MAX_CIPHERTEXT_BYTES};
use crate::model::{KeyMaterial, Material};
use crate::record::{ImportTokenRecord, Record};
use crate::state::State;
use crate::{
    ExpirationModel, ImportType, Key, KeyFamily, KeySpec, KeyState, Kms, KmsError, KmsErrorKind, Origin,
    WrappingAlgorithm, WrappingKeySpec,
};

/// Longest time until imported material expires, in milliseconds: 365 days.
const MAX_VALIDITY_MILLIS: i64 = 365 * crate::limits::DAY_MILLIS;

/// How the material will be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrappingSpec {
    /// How.
    pub algorithm: WrappingAlgorithm,
    /// Under what kind of key.
    pub key: WrappingKeySpec,
}

/// What is needed to import material.
#[derive(Clone, Debug)]
pub struct ImportParameters {
    /// To be given back with the material.
    pub token: Vec<u8>,
    /// What to encrypt the material under: DER of SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    /// Until when both are good.
    pub valid_to: Timestamp,
}

/// A request to import material.
#[derive(Clone, Copy)]
pub struct ImportKeyMaterial<'a> {
    /// Of GetParametersForImport.
    pub token: &'a [u8],
    /// The material, encrypted under the public key that came with the token.
    pub encrypted: &'a [u8],
    /// Whether it expires; it does when the request does not say.
    pub expiration_model: Option<ExpirationModel>,
    /// When it expires.
    pub valid_to: Option<Timestamp>,
    /// Whether it was there before.
    pub import_type: Option<ImportType>,
    /// For people.
    pub description: Option<&'a str>,
    /// Which of the key's material it is, when it was there before.
    pub material: Option<&'a str>,
}

impl Kms {
    /// A public key to encrypt material under, and a token; both are good for a day.
    ///
    /// # Errors
    /// `UnsupportedOperationException` unless the key's origin is `EXTERNAL`, `KMSInvalidStateException` while it is pending
    /// deletion.
    pub async fn get_parameters_for_import(&self, key: &Key, spec: WrappingSpec) -> Result<ImportParameters, KmsError> {
        let key = self.live(key)?;
        check_external(&key)?;
        key.check_state(self.now(), super::change_state::NOT_DELETED)?;
        let long = matches!(key.spec().family(), KeyFamily::Rsa);
        if long && matches!(spec.algorithm, WrappingAlgorithm::RsaesOaepSha1 | WrappingAlgorithm::RsaesOaepSha256) {
            return Err(KmsError::unsupported(format!(
                "Wrapping algorithm {} cannot be used to import key material for key spec {}.",
                spec.algorithm,
                key.spec()
            )));
        }
        let wrapping = self.generate(spec.key.key_spec()).await?;
        let valid_to = self.now().plus_millis(IMPORT_PARAMETERS_MILLIS);
        let public_key = wrapping.public_der()?;
        let record =
            ImportTokenRecord { algorithm: spec.algorithm, key: spec.key, valid_to, private: wrapping.bytes.to_vec() };
        let account = key.account().to_string();
        let plain = record.to_sealable();
        let token = self.shared.sealing.import_token.seal(&*self.shared.rng, &token_place(&account, &key), &plain);
        Ok(ImportParameters { token, public_key, valid_to })
    }

    /// Imports material, and gives its id. A key takes back only material that it had; a symmetric key takes other material
    /// with `NEW_KEY_MATERIAL`, which comes into force with RotateKeyOnDemand.
    ///
    /// # Errors
    /// `InvalidImportTokenException`, `ExpiredImportTokenException`, `InvalidCiphertextException` when the material does not
    /// decrypt, `IncorrectKeyMaterialException`, `ValidationException` for the expiry, and those of
    /// [`Kms::get_parameters_for_import`].
    pub async fn import_key_material(&self, key: &Key, request: ImportKeyMaterial<'_>) -> Result<Arc<str>, KmsError> {
        check_length("importToken", request.token, MAX_CIPHERTEXT_BYTES)?;
        check_length("encryptedKeyMaterial", request.encrypted, MAX_CIPHERTEXT_BYTES)?;
        let key = self.live(key)?;
        check_external(&key)?;
        key.check_state(self.now(), super::change_state::NOT_DELETED)?;
        let expires = check_expiry(&request, self.now())?;
        let token = self.open_token(&key, request.token)?;
        let encrypted = request.encrypted.to_vec();
        let spec = key.spec();
        let plain = self.busy(move || unwrap(&token, &encrypted)).await?;
        let (plain, fits) = self
            .busy(move || {
                let fits = is_material(spec, &plain);
                Ok((plain, fits))
            })
            .await?;
        if !fits {
            return Err(incorrect("The key material is not valid for the key spec."));
        }
        let id: Arc<str> = self.shared.sealing.imported_id(&key.meta, &plain).into();
        let secret = KeyMaterial::new(spec, plain);
        self.change(|state, change| {
            let key = state.live(&key, change.now)?;
            let placed = place(state, &key, &id, &request, change.now)?;
            let material = Material {
                secret: Some(secret.clone()),
                expires,
                since: if placed.rotation.is_none() || placed.pending { change.now } else { placed.since },
                description: request.description.map(Into::into).or_else(|| placed.description.clone()),
                ..placed
            };
            let others = key.materials.iter().filter(|one| one.id != id).cloned();
            let mut materials: Vec<_> = others.chain([Arc::new(material)]).collect();
            materials.sort_by_key(|material| material.number);
            state.put(Key { materials: materials.into(), ..Key::clone(&key) });
            Ok(())
        })
        .await?;
        Ok(id)
    }

    /// Deletes imported material: the one of this id, or the one that encrypts. The key is unusable until the same material is
    /// imported again. Gives the id of what was deleted.
    ///
    /// # Errors
    /// `UnsupportedOperationException` unless the key's origin is `EXTERNAL`, `NotFoundException` for the material.
    pub async fn delete_imported_key_material(
        &self,
        key: &Key,
        material: Option<&str>,
    ) -> Result<Option<Arc<str>>, KmsError> {
        self.change(|state, change| {
            let key = state.live(key, change.now)?;
            check_external(&key)?;
            let found = match material {
                Some(id) => Some(
                    key.material(id).ok_or_else(|| KmsError::not_found(format!("Key material {id} does not exist")))?,
                ),
                None => key.current(),
            };
            let Some(found) = found.cloned() else { return Ok(None) };
            let kept = key.materials.iter().filter_map(|one| match (one.id == found.id, one.pending) {
                (false, _) => Some(Arc::clone(one)),
                // What never was in force is forgotten.
                (true, true) => None,
                (true, false) => Some(Arc::new(Material { secret: None, expires: None, ..Material::clone(one) })),
            });
            state.put(Key { materials: kept.collect(), ..Key::clone(&key) });
            Ok(Some(Arc::clone(&found.id)))
        })
        .await
    }

    fn open_token(&self, key: &Key, token: &[u8]) -> Result<ImportTokenRecord, KmsError> {
        let account = key.account().to_string();
        let opened = self.shared.sealing.import_token.open(&token_place(&account, key), token);
        let record = opened.and_then(|plain| ImportTokenRecord::from_stored(&plain).ok());
        let record = record.ok_or_else(|| KmsError::new(KmsErrorKind::InvalidImportToken, ""))?;
        if record.valid_to <= self.now() {
            return Err(KmsError::new(KmsErrorKind::ExpiredImportToken, ""));
        }
        Ok(record)
    }
}

fn token_place<'a>(account: &'a str, key: &'a Key) -> [&'a [u8]; 3] {
    [account.as_bytes(), key.region().as_str().as_bytes(), key.id().as_bytes()]
}

fn check_external(key: &Key) -> Result<(), KmsError> {
    check_customer(key)?;
    if key.origin() == Origin::External {
        return Ok(());
    }
    Err(KmsError::unsupported(format!(
        "{} origin is {} which is not valid for this operation.",
        key.arn(),
        key.origin()
    )))
}

fn incorrect(message: &str) -> KmsError {
    KmsError::new(KmsErrorKind::IncorrectKeyMaterial, message)
}

fn check_expiry(request: &ImportKeyMaterial<'_>, now: Timestamp) -> Result<Option<Timestamp>, KmsError> {
    match (request.expiration_model.unwrap_or(ExpirationModel::Expires), request.valid_to) {
        (ExpirationModel::Expires, None) => {
            Err(KmsError::validation("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"))
        }
        (ExpirationModel::DoesNotExpire, Some(_)) => Err(KmsError::validation(
            "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE",
        )),
        (ExpirationModel::DoesNotExpire, None) => Ok(None),
        (ExpirationModel::Expires, Some(at)) if at <= now || at > now.plus_millis(MAX_VALIDITY_MILLIS) => {
            Err(KmsError::validation("The validTo date must be in the future, within 365 days."))
        }
        (ExpirationModel::Expires, Some(at)) => Ok(Some(at)),
    }
}

/// What the material of this id is among the key's, without its secret.
fn place(
    state: &State,
    key: &Key,
    id: &Arc<str>,
    request: &ImportKeyMaterial<'_>,
    now: Timestamp,
) -> Result<Material, KmsError> {
    if request.material.is_some_and(|named| *named != **id) {
        return Err(incorrect("The key material is not the one that the request names."));
    }
    if let Some(known) = key.material(id) {
        if request.import_type == Some(ImportType::New) && !known.pending {
            return Err(incorrect("The key material was imported before."));
        }
        return Ok(Material::clone(known));
    }
    let number = key.materials.last().map_or(0, |last| last.number + 1);
    let new = |number, pending| Material {
        id: Arc::clone(id),
        number,
        secret: None,
        since: now,
        rotation: None,
        pending,
        expires: None,
        description: None,
    };
    if key.materials.is_empty() {
        if request.import_type == Some(ImportType::Existing) {
            return Err(incorrect("The key has no key material yet."));
        }
        // The related keys of a multi-Region key have the same material.
        let others = state.related(key.account(), key.id());
        let current = others.iter().find_map(|other| other.current());
        if current.is_some_and(|current| current.id != *id) {
            return Err(incorrect("The key material is not that of the related multi-Region keys."));
        }
        return Ok(new(0, false));
    }
    let may_have_new = request.import_type == Some(ImportType::New) && key.spec() == KeySpec::SymmetricDefault;
    if !may_have_new || key.is_multi_region() || key.materials.iter().any(|material| material.pending) {
        return Err(incorrect("The key material is not the same that was imported before."));
    }
    if key.state(now) == KeyState::PendingImport {
        return Err(incorrect("The key material that was imported before must be imported first."));
    }
    Ok(new(number, true))
}
