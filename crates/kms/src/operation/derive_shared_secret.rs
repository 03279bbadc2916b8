//! DeriveSharedSecret. <https://docs.aws.amazon.com/kms/latest/APIReference/API_DeriveSharedSecret.html>

use zeroize::Zeroizing;

use super::encrypt::{check_length, check_usage, current};
use crate::cipher::agree;
use crate::{Key, KeyAgreementAlgorithm, KeyUsage, Kms, KmsError};

/// Most bytes of the other's public key.
const MAX_PUBLIC_KEY_BYTES: usize = 8_192;

/// A request for a secret that two hold.
#[derive(Clone, Copy)]
pub struct DeriveSharedSecret<'a> {
    /// How.
    pub algorithm: KeyAgreementAlgorithm,
    /// The other's public key on the same curve, as DER of SubjectPublicKeyInfo.
    pub public_key: &'a [u8],
}

impl Kms {
    /// The raw secret of ECDH: the x coordinate of the shared point.
    ///
    /// # Errors
    /// `ValidationException` for a public key that is none of the key's curve, `InvalidKeyUsageException`, and those of
    /// [`Kms::check_usable`].
    pub async fn derive_shared_secret(
        &self,
        key: &Key,
        request: DeriveSharedSecret<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, KmsError> {
        let KeyAgreementAlgorithm::Ecdh = request.algorithm;
        let key = self.usable(key)?;
        check_usage(&key, KeyUsage::KeyAgreement, "DeriveSharedSecret")?;
        check_length("publicKey", request.public_key, MAX_PUBLIC_KEY_BYTES)?;
        let public_key = request.public_key.to_vec();
        self.busy(move || agree(current(&key)?.1, &public_key)).await
    }
}
