//! GenerateMac and VerifyMac. <https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateMac.html>

use aws_lc_rs::hmac;

use super::encrypt::{check_length, check_usage, current, incompatible};
use crate::limits::{MAX_CIPHERTEXT_BYTES, MAX_PLAINTEXT_BYTES};
use crate::{Key, KeyUsage, Kms, KmsError, KmsErrorKind, MacAlgorithm};

/// A request for a message authentication code.
#[derive(Clone, Copy)]
pub struct GenerateMac<'a> {
    /// 1 to 4,096 bytes.
    pub message: &'a [u8],
    /// How.
    pub algorithm: MacAlgorithm,
}

/// A request to verify one.
#[derive(Clone, Copy)]
pub struct VerifyMac<'a> {
    /// What it is of.
    pub message: &'a [u8],
    /// How it was made.
    pub algorithm: MacAlgorithm,
    /// The code.
    pub mac: &'a [u8],
}

impl Kms {
    /// The code of a message.
    ///
    /// # Errors
    /// `ValidationException`, `InvalidKeyUsageException`, and those of [`Kms::check_usable`].
    pub fn generate_mac(&self, key: &Key, request: GenerateMac<'_>) -> Result<Vec<u8>, KmsError> {
        let key = self.mac_key(key, request.algorithm, request.message, "GenerateMac")?;
        Ok(hmac::sign(&key, request.message).as_ref().to_vec())
    }

    /// Verifies the code of a message.
    ///
    /// # Errors
    /// `KMSInvalidMacException`, and those of [`Kms::generate_mac`].
    pub fn verify_mac(&self, key: &Key, request: VerifyMac<'_>) -> Result<(), KmsError> {
        let key = self.mac_key(key, request.algorithm, request.message, "VerifyMac")?;
        check_length("mac", request.mac, MAX_CIPHERTEXT_BYTES)?;
        hmac::verify(&key, request.message, request.mac).map_err(|_| KmsError::new(KmsErrorKind::InvalidMac, ""))
    }

    fn mac_key(
        &self,
        key: &Key,
        algorithm: MacAlgorithm,
        message: &[u8],
        operation: &str,
    ) -> Result<hmac::Key, KmsError> {
        let key = self.usable(key)?;
        check_usage(&key, KeyUsage::GenerateVerifyMac, operation)?;
        if !key.spec().mac_algorithms(key.usage()).contains(&algorithm) {
            return Err(incompatible(algorithm.as_str(), &key));
        }
        check_length("message", message, MAX_PLAINTEXT_BYTES)?;
        let hash = match algorithm {
            MacAlgorithm::HmacSha224 => hmac::HMAC_SHA224,
            MacAlgorithm::HmacSha256 => hmac::HMAC_SHA256,
            MacAlgorithm::HmacSha384 => hmac::HMAC_SHA384,
            MacAlgorithm::HmacSha512 => hmac::HMAC_SHA512,
        };
        Ok(hmac::Key::new(hash, &current(&key)?.1.bytes))
    }
}
