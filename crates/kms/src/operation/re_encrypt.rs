//! ReEncrypt. <https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html>

use std::sync::Arc;

use super::{Decrypt, Encrypt};
use crate::{Key, Kms, KmsError};

/// A request to decrypt under one key and encrypt under another.
#[derive(Clone, Copy)]
pub struct ReEncrypt<'a> {
    /// What to decrypt, and how.
    pub source: Decrypt<'a>,
    /// What the new ciphertext is bound to.
    pub context: &'a crate::EncryptionContext,
    /// How to encrypt.
    pub algorithm: crate::EncryptionAlgorithm,
}

/// What was encrypted anew.
#[derive(Clone, Debug)]
pub struct ReEncrypted {
    /// The new ciphertext.
    pub ciphertext: Vec<u8>,
    /// The ARN of the key that decrypted.
    pub source_arn: Arc<str>,
    /// The material that had encrypted; symmetric keys alone.
    pub source_material: Option<Arc<str>>,
    /// The ARN of the key that encrypted.
    pub key_arn: Arc<str>,
    /// The material that encrypted; symmetric keys alone.
    pub material: Option<Arc<str>>,
}

impl Kms {
    /// Decrypts under `source` ([`Kms::source_key`] finds it) and encrypts under `destination`.
    ///
    /// # Errors
    /// Those of [`Kms::decrypt`] and [`Kms::encrypt`].
    pub async fn re_encrypt(
        &self,
        source: &Key,
        destination: &Key,
        request: ReEncrypt<'_>,
    ) -> Result<ReEncrypted, KmsError> {
        let opened = self.decrypt(source, request.source).await?;
        let encrypt = Encrypt { plaintext: &opened.plaintext, context: request.context, algorithm: request.algorithm };
        let sealed = self.encrypt(destination, encrypt).await?;
        Ok(ReEncrypted {
            ciphertext: sealed.ciphertext,
            source_arn: opened.key_arn,
            source_material: opened.material,
            key_arn: sealed.key_arn,
            material: sealed.material,
        })
    }
}
