//! Decrypt. <https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html>

use std::sync::Arc;

use larder_types::{AccountId, Region};
use zeroize::Zeroizing;

use super::encrypt::{check_algorithm, check_context, check_length, check_usage, current};
use crate::cipher::{Ciphertext, open, rsa};
use crate::limits::MAX_CIPHERTEXT_BYTES;
use crate::{CiphertextKey, EncryptionAlgorithm, EncryptionContext, Key, KeyUsage, Kms, KmsError, KmsErrorKind};

/// A request to decrypt.
#[derive(Clone, Copy)]
pub struct Decrypt<'a> {
    /// What Encrypt or a data key operation gave.
    pub ciphertext: &'a [u8],
    /// The same as when it was encrypted.
    pub context: &'a EncryptionContext,
    /// How it was encrypted.
    pub algorithm: EncryptionAlgorithm,
}

/// What was decrypted.
pub struct Decrypted {
    /// The plaintext. `Debug` hides it.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// The ARN of the key.
    pub key_arn: Arc<str>,
    /// The material that had encrypted it; symmetric keys alone.
    pub material: Option<Arc<str>>,
}

impl std::fmt::Debug for Decrypted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decrypted").field("key_arn", &self.key_arn).finish_non_exhaustive()
    }
}

impl Kms {
    /// The key that a ciphertext names. It is found in `region`, of whatever account; a multi-Region key's ciphertext finds the
    /// related key of that region.
    ///
    /// # Errors
    /// `InvalidCiphertextException` when it is none of a symmetric key, `AccessDeniedException` when its key is not here: AWS
    /// does not tell which.
    pub fn key_of_ciphertext(&self, region: &Region, ciphertext: &[u8]) -> Result<Arc<Key>, KmsError> {
        let named = CiphertextKey::read(ciphertext).ok_or_else(KmsError::invalid_ciphertext)?;
        let state = self.state();
        let key = state.key(named.account, region, &named.key_id).filter(|key| !key.meta.is_gone(self.now()));
        key.cloned().ok_or_else(|| {
            KmsError::new(
                KmsErrorKind::AccessDenied,
                "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you \
                 are not allowed to access.",
            )
        })
    }

    /// The key that is to decrypt: the one that the request names, which must be the ciphertext's, or else the one that the
    /// ciphertext names.
    ///
    /// # Errors
    /// Those of [`Kms::find`] and [`Kms::key_of_ciphertext`]; `IncorrectKeyException` when the named key is another one;
    /// `ValidationException` when an asymmetric algorithm comes without a key.
    pub fn source_key(
        &self,
        region: &Region,
        account: AccountId,
        named: Option<&str>,
        request: &Decrypt<'_>,
    ) -> Result<Arc<Key>, KmsError> {
        let symmetric = request.algorithm == EncryptionAlgorithm::SymmetricDefault;
        let Some(named) = named else {
            if symmetric {
                return self.key_of_ciphertext(region, request.ciphertext);
            }
            return Err(KmsError::validation("A KeyId is required to decrypt with an asymmetric KMS key."));
        };
        let key = self.find(region, account, named)?;
        if symmetric {
            if !key.spec().encryption_algorithms(key.usage()).contains(&request.algorithm) {
                return Err(incorrect_key());
            }
            let wanted = CiphertextKey::read(request.ciphertext).ok_or_else(KmsError::invalid_ciphertext)?;
            if wanted.account != key.account() || *wanted.key_id != **key.id() {
                return Err(incorrect_key());
            }
        }
        Ok(key)
    }

    /// Decrypts under a key.
    ///
    /// # Errors
    /// `InvalidCiphertextException`, `IncorrectKeyException` when it is another key's, `InvalidKeyUsageException`, and those of
    /// [`Kms::check_usable`].
    pub async fn decrypt(&self, key: &Key, request: Decrypt<'_>) -> Result<Decrypted, KmsError> {
        let key = self.usable(key)?;
        check_usage(&key, KeyUsage::EncryptDecrypt, "Decrypt")?;
        check_algorithm(&key, request.algorithm)?;
        check_length("ciphertextBlob", request.ciphertext, MAX_CIPHERTEXT_BYTES)?;
        check_context(request.algorithm, request.context)?;
        if request.algorithm == EncryptionAlgorithm::SymmetricDefault {
            let (plaintext, material) = decrypt_symmetric(&key, request.ciphertext, request.context)?;
            return Ok(Decrypted { plaintext, key_arn: Arc::clone(key.arn()), material: Some(material) });
        }
        let (ciphertext, algorithm) = (request.ciphertext.to_vec(), request.algorithm);
        let key_arn = Arc::clone(key.arn());
        let decrypt = move || rsa::decrypt(current(&key)?.1, algorithm, &ciphertext);
        Ok(Decrypted { plaintext: self.busy(decrypt).await?, key_arn, material: None })
    }
}

fn incorrect_key() -> KmsError {
    KmsError::new(
        KmsErrorKind::IncorrectKey,
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )
}

/// The plaintext, and the id of the material that had encrypted it.
pub(crate) fn decrypt_symmetric(
    key: &Key,
    ciphertext: &[u8],
    context: &EncryptionContext,
) -> Result<(Zeroizing<Vec<u8>>, Arc<str>), KmsError> {
    let parsed = Ciphertext::parse(ciphertext).ok_or_else(KmsError::invalid_ciphertext)?;
    if parsed.account != key.account() || parsed.key_id != &**key.id() {
        return Err(incorrect_key());
    }
    let material = key.material(&hex::encode(parsed.material)).ok_or_else(KmsError::invalid_ciphertext)?;
    let secret = material.secret.as_ref().ok_or_else(KmsError::invalid_ciphertext)?;
    let plaintext = open(&parsed, secret, context).ok_or_else(KmsError::invalid_ciphertext)?;
    Ok((plaintext, Arc::clone(&material.id)))
}
