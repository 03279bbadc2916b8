//! GenerateDataKey and GenerateDataKeyWithoutPlaintext, which differ in what is answered; and the data keys of S3.
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html>

use std::sync::Arc;

use larder_crypto::SecretKey;
use larder_types::Region;
use zeroize::Zeroizing;

use super::decrypt::decrypt_symmetric;
use super::encrypt::{check_usage, current};
use crate::cipher::seal;
use crate::limits::MAX_RANDOM_BYTES;
use crate::{DataKeySpec, EncryptionAlgorithm, EncryptionContext, Key, KeyUsage, Kms, KmsError, KmsErrorKind};

/// How long a data key is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataKeyLength {
    /// That of a cipher's key.
    Spec(DataKeySpec),
    /// 1 to 1,024 bytes.
    Bytes(usize),
}

/// A new data key.
pub struct GeneratedDataKey {
    /// Itself. `Debug` hides it.
    pub plaintext: Zeroizing<Vec<u8>>,
    /// It, encrypted under the key.
    pub ciphertext: Vec<u8>,
    /// The ARN of the key.
    pub key_arn: Arc<str>,
    /// The material that encrypted it.
    pub material: Arc<str>,
}

/// A new data key of 256 bits for S3.
pub struct S3DataKey {
    /// Itself.
    pub plaintext: SecretKey,
    /// It, encrypted under the key.
    pub ciphertext: Vec<u8>,
}

/// A data key that was decrypted for S3.
pub struct OpenedDataKey {
    /// The key that it was encrypted under.
    pub key: Arc<Key>,
    /// Itself.
    pub plaintext: SecretKey,
}

macro_rules! hide {
    ($($name:ident),*) => { $(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    )* };
}

hide!(GeneratedDataKey, S3DataKey, OpenedDataKey);

impl Kms {
    /// Makes a data key and encrypts it under a symmetric key. `operation` is AWS's name of what was asked for, for messages.
    ///
    /// # Errors
    /// `ValidationException` for the length, `InvalidKeyUsageException`, and those of [`Kms::check_usable`].
    pub fn generate_data_key_of(
        &self,
        key: &Key,
        length: DataKeyLength,
        context: &EncryptionContext,
        operation: &str,
    ) -> Result<GeneratedDataKey, KmsError> {
        let length = match length {
            DataKeyLength::Spec(DataKeySpec::Aes256) => 32,
            DataKeyLength::Spec(DataKeySpec::Aes128) => 16,
            DataKeyLength::Bytes(length) => length,
        };
        super::random::check_length(length)?;
        let key = self.usable(key)?;
        check_symmetric(&key, operation)?;
        let (material, secret) = current(&key)?;
        let mut plaintext = Zeroizing::new(vec![0; length.min(MAX_RANDOM_BYTES)]);
        self.shared.rng.fill(&mut plaintext);
        let ciphertext = seal(&key.meta, material, secret, context, &plaintext, &*self.shared.rng);
        Ok(GeneratedDataKey {
            plaintext,
            ciphertext,
            key_arn: Arc::clone(key.arn()),
            material: Arc::clone(&material.id),
        })
    }

    /// Makes a data key of 256 bits for S3.
    ///
    /// # Errors
    /// As for [`Kms::generate_data_key_of`].
    pub fn generate_data_key(&self, key: &Key, context: &EncryptionContext) -> Result<S3DataKey, KmsError> {
        let length = DataKeyLength::Spec(DataKeySpec::Aes256);
        let made = self.generate_data_key_of(key, length, context, "GenerateDataKey")?;
        let plaintext = SecretKey::from_slice(&made.plaintext);
        let plaintext = plaintext.ok_or_else(|| KmsError::internal("A data key has another length."))?;
        Ok(S3DataKey { plaintext, ciphertext: made.ciphertext })
    }

    /// Decrypts a data key of S3. Its key is the one of `region` that the ciphertext names.
    ///
    /// # Errors
    /// Those of [`Kms::key_of_ciphertext`] and [`Kms::check_usable`], `InvalidCiphertextException`.
    pub fn decrypt_data_key(
        &self,
        region: &Region,
        ciphertext: &[u8],
        context: &EncryptionContext,
    ) -> Result<OpenedDataKey, KmsError> {
        let key = self.usable(&*self.key_of_ciphertext(region, ciphertext)?)?;
        let (plaintext, _) = decrypt_symmetric(&key, ciphertext, context)?;
        let plaintext = SecretKey::from_slice(&plaintext).ok_or_else(KmsError::invalid_ciphertext)?;
        Ok(OpenedDataKey { key, plaintext })
    }
}

/// Data keys and data key pairs are encrypted under symmetric keys alone.
pub(crate) fn check_symmetric(key: &Key, operation: &str) -> Result<(), KmsError> {
    check_usage(key, KeyUsage::EncryptDecrypt, operation)?;
    if key.spec().encryption_algorithms(key.usage()).contains(&EncryptionAlgorithm::SymmetricDefault) {
        return Ok(());
    }
    Err(KmsError::new(
        KmsErrorKind::InvalidKeyUsage,
        format!("{} key spec is {} which is not valid for {operation}.", key.arn(), key.spec()),
    ))
}
