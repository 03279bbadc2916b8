//! GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext, which differ in what is answered.
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPair.html>

use std::sync::Arc;

use zeroize::Zeroizing;

use super::data_key::check_symmetric;
use super::encrypt::current;
use crate::cipher::seal;
use crate::{DataKeyPairSpec, EncryptionContext, Key, Kms, KmsError};

/// A new pair of keys.
pub struct GeneratedDataKeyPair {
    /// The private key, as DER of PKCS #8. `Debug` hides it.
    pub private_plaintext: Zeroizing<Vec<u8>>,
    /// It, encrypted under the key.
    pub private_ciphertext: Vec<u8>,
    /// The public key, as DER of SubjectPublicKeyInfo.
    pub public: Vec<u8>,
    /// The ARN of the key.
    pub key_arn: Arc<str>,
    /// The material that encrypted it.
    pub material: Arc<str>,
}

impl std::fmt::Debug for GeneratedDataKeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GeneratedDataKeyPair").field("key_arn", &self.key_arn).finish_non_exhaustive()
    }
}

impl Kms {
    /// Makes a pair of keys and encrypts its private half under a symmetric key.
    ///
    /// # Errors
    /// `InvalidKeyUsageException`, and those of [`Kms::check_usable`].
    pub async fn generate_data_key_pair(
        &self,
        key: &Key,
        spec: DataKeyPairSpec,
        context: &EncryptionContext,
        operation: &str,
    ) -> Result<GeneratedDataKeyPair, KmsError> {
        check_symmetric(&*self.usable(key)?, operation)?;
        let pair = self.generate(spec.key_spec()).await?;
        let public = pair.public_der()?;
        // Making a pair takes a while: the key may have been disabled meanwhile.
        let key = self.usable(key)?;
        let (material, secret) = current(&key)?;
        Ok(GeneratedDataKeyPair {
            private_ciphertext: seal(&key.meta, material, secret, context, &pair.bytes, &*self.shared.rng),
            private_plaintext: pair.bytes.clone(),
            public,
            key_arn: Arc::clone(key.arn()),
            material: Arc::clone(&material.id),
        })
    }
}
