//! GetPublicKey. <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html>

use super::encrypt::current;
use crate::{Key, KeyMetadata, Kms, KmsError};

/// A public key.
#[derive(Clone, Debug, PartialEq)]
pub struct PublicKey {
    /// DER of SubjectPublicKeyInfo.
    pub der: Vec<u8>,
    /// What it belongs to.
    pub metadata: KeyMetadata,
}

impl Kms {
    /// The public half of an asymmetric key.
    ///
    /// # Errors
    /// `UnsupportedOperationException` for other keys, and those of [`Kms::check_usable`].
    pub async fn get_public_key(&self, key: &Key) -> Result<PublicKey, KmsError> {
        let key = self.usable(key)?;
        if !key.spec().is_asymmetric() {
            return Err(KmsError::unsupported(format!(
                "{} key spec is {} which is not valid for GetPublicKey.",
                key.arn(),
                key.spec()
            )));
        }
        let metadata = self.describe_key(&key)?;
        let der = self.busy(move || current(&key)?.1.public_der()).await?;
        Ok(PublicKey { der, metadata })
    }
}
