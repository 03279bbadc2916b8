//! Encrypt. <https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html>

use std::sync::Arc;

use crate::cipher::{rsa, seal};
use crate::limits::MAX_PLAINTEXT_BYTES;
use crate::model::{KeyMaterial, Material};
use crate::{EncryptionAlgorithm, EncryptionContext, Key, KeyUsage, Kms, KmsError, KmsErrorKind};

/// A request to encrypt.
#[derive(Clone, Copy)]
pub struct Encrypt<'a> {
    /// 1 to 4,096 bytes; less under an RSA key.
    pub plaintext: &'a [u8],
    /// What the ciphertext is bound to; symmetric keys alone.
    pub context: &'a EncryptionContext,
    /// How.
    pub algorithm: EncryptionAlgorithm,
}

/// What was encrypted.
#[derive(Clone, Debug)]
pub struct Encrypted {
    /// The ciphertext.
    pub ciphertext: Vec<u8>,
    /// The ARN of the key.
    pub key_arn: Arc<str>,
    /// The material that encrypted it; symmetric keys alone.
    pub material: Option<Arc<str>>,
}

impl Kms {
    /// Encrypts under a key.
    ///
    /// # Errors
    /// `ValidationException` for the length, `InvalidKeyUsageException`, and those of [`Kms::check_usable`].
    pub async fn encrypt(&self, key: &Key, request: Encrypt<'_>) -> Result<Encrypted, KmsError> {
        let key = self.usable(key)?;
        check_usage(&key, KeyUsage::EncryptDecrypt, "Encrypt")?;
        check_algorithm(&key, request.algorithm)?;
        check_length("plaintext", request.plaintext, MAX_PLAINTEXT_BYTES)?;
        check_context(request.algorithm, request.context)?;
        let key_arn = Arc::clone(key.arn());
        if request.algorithm == EncryptionAlgorithm::SymmetricDefault {
            let (material, secret) = current(&key)?;
            let ciphertext = seal(&key.meta, material, secret, request.context, request.plaintext, &*self.shared.rng);
            return Ok(Encrypted { ciphertext, key_arn, material: Some(Arc::clone(&material.id)) });
        }
        let most = rsa::max_plaintext(key.spec(), request.algorithm);
        if request.plaintext.len() > most {
            return Err(KmsError::validation(format!(
                "Algorithm {} and key spec {} cannot encrypt data larger than {most} bytes.",
                request.algorithm,
                key.spec()
            )));
        }
        let plaintext = zeroize::Zeroizing::new(request.plaintext.to_vec());
        let algorithm = request.algorithm;
        let encrypt = move || rsa::encrypt(current(&key)?.1, algorithm, &plaintext);
        Ok(Encrypted { ciphertext: self.busy(encrypt).await?, key_arn, material: None })
    }
}

/// The material of a usable key that encrypts, signs and the like.
pub(crate) fn current(key: &Key) -> Result<(&Arc<Material>, &KeyMaterial), KmsError> {
    let found = key.current().and_then(|material| Some((material, material.secret.as_ref()?)));
    found.ok_or_else(|| KmsError::new(KmsErrorKind::InvalidState, format!("{} is pending import.", key.arn())))
}

pub(crate) fn check_usage(key: &Key, usage: KeyUsage, operation: &str) -> Result<(), KmsError> {
    if key.usage() == usage {
        return Ok(());
    }
    Err(KmsError::new(
        KmsErrorKind::InvalidKeyUsage,
        format!("{} key usage is {} which is not valid for {operation}.", key.arn(), key.usage()),
    ))
}

pub(crate) fn check_algorithm(key: &Key, algorithm: EncryptionAlgorithm) -> Result<(), KmsError> {
    if key.spec().encryption_algorithms(key.usage()).contains(&algorithm) {
        return Ok(());
    }
    Err(incompatible(algorithm.as_str(), key))
}

pub(crate) fn incompatible(algorithm: &str, key: &Key) -> KmsError {
    KmsError::new(
        KmsErrorKind::InvalidKeyUsage,
        format!("Algorithm {algorithm} is incompatible with key spec {}.", key.spec()),
    )
}

/// An encryption context means something for symmetric keys alone.
pub(crate) fn check_context(algorithm: EncryptionAlgorithm, context: &EncryptionContext) -> Result<(), KmsError> {
    if algorithm == EncryptionAlgorithm::SymmetricDefault || context.is_empty() {
        return Ok(());
    }
    Err(KmsError::validation(format!("Algorithm {algorithm} does not support the use of an EncryptionContext.")))
}

/// Between one byte and so many.
pub(crate) fn check_length(member: &str, bytes: &[u8], most: usize) -> Result<(), KmsError> {
    let words = match bytes.len() {
        0 => "greater than or equal to 1".to_owned(),
        length if length > most => format!("less than or equal to {most}"),
        _ => return Ok(()),
    };
    Err(KmsError::validation(format!(
        "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must have length {words}"
    )))
}
