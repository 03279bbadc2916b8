//! Sign and Verify. <https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html>

use super::encrypt::{check_length, check_usage, current, incompatible};
use crate::cipher::sign;
use crate::limits::{MAX_CIPHERTEXT_BYTES, MAX_PLAINTEXT_BYTES};
use crate::{Key, KeyUsage, Kms, KmsError, KmsErrorKind, MessageType, SigningAlgorithm};

/// A request to sign.
#[derive(Clone, Copy)]
pub struct Sign<'a> {
    /// The message, 1 to 4,096 bytes, or its digest.
    pub message: &'a [u8],
    /// Which of the two.
    pub message_type: MessageType,
    /// How.
    pub algorithm: SigningAlgorithm,
}

/// A request to verify a signature.
#[derive(Clone, Copy)]
pub struct Verify<'a> {
    /// What was signed, and how.
    pub signed: Sign<'a>,
    /// The signature.
    pub signature: &'a [u8],
}

impl Kms {
    /// Signs with a key: of an ECC key, the DER of an `Ecdsa-Sig-Value` (RFC 3279).
    ///
    /// # Errors
    /// `ValidationException`, `InvalidKeyUsageException`, and those of [`Kms::check_usable`].
    pub async fn sign(&self, key: &Key, request: Sign<'_>) -> Result<Vec<u8>, KmsError> {
        let key = self.usable(key)?;
        check(&key, &request, "Sign")?;
        let message = request.message.to_vec();
        let Sign { message_type, algorithm, .. } = request;
        self.busy(move || sign::sign(current(&key)?.1, algorithm, message_type, &message)).await
    }

    /// Verifies a signature.
    ///
    /// # Errors
    /// `KMSInvalidSignatureException`, and those of [`Kms::sign`].
    pub async fn verify(&self, key: &Key, request: Verify<'_>) -> Result<(), KmsError> {
        let key = self.usable(key)?;
        check(&key, &request.signed, "Verify")?;
        check_length("signature", request.signature, MAX_CIPHERTEXT_BYTES)?;
        let Sign { message, message_type, algorithm } = request.signed;
        let (message, signature) = (message.to_vec(), request.signature.to_vec());
        let verify = move || sign::verify(current(&key)?.1, algorithm, message_type, &message, &signature);
        if self.busy(verify).await? {
            return Ok(());
        }
        Err(KmsError::new(KmsErrorKind::InvalidSignature, ""))
    }
}

fn check(key: &Key, request: &Sign<'_>, operation: &str) -> Result<(), KmsError> {
    check_usage(key, KeyUsage::SignVerify, operation)?;
    if !key.spec().signing_algorithms(key.usage()).contains(&request.algorithm) {
        return Err(incompatible(request.algorithm.as_str(), key));
    }
    check_length("message", request.message, MAX_PLAINTEXT_BYTES)?;
    let digest = sign::digest_of(request.algorithm);
    if request.message_type == MessageType::Digest && request.message.len() != digest.output_len() {
        return Err(KmsError::validation(format!("Digest is invalid length for algorithm {}.", request.algorithm)));
    }
    Ok(())
}
