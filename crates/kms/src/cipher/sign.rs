//! Signatures.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{self, KeyPair, RsaEncoding, UnparsedPublicKey, VerificationAlgorithm};

use super::Parsed;
use super::parsed::curve;
use crate::model::KeyMaterial;
use crate::{KmsError, MessageType, SigningAlgorithm};

/// The hash of an algorithm.
pub(crate) fn digest_of(algorithm: SigningAlgorithm) -> &'static digest::Algorithm {
    use SigningAlgorithm as A;
    match algorithm {
        A::RsassaPssSha256 | A::RsassaPkcs1Sha256 | A::EcdsaSha256 => &digest::SHA256,
        A::RsassaPssSha384 | A::RsassaPkcs1Sha384 | A::EcdsaSha384 => &digest::SHA384,
        A::RsassaPssSha512 | A::RsassaPkcs1Sha512 | A::EcdsaSha512 => &digest::SHA512,
    }
}

/// How RSA signs and verifies; `None` for ECDSA.
fn rsa(algorithm: SigningAlgorithm) -> Option<(&'static dyn RsaEncoding, &'static dyn VerificationAlgorithm)> {
    use SigningAlgorithm as A;
    Some(match algorithm {
        A::RsassaPssSha256 => (&signature::RSA_PSS_SHA256, &signature::RSA_PSS_2048_8192_SHA256),
        A::RsassaPssSha384 => (&signature::RSA_PSS_SHA384, &signature::RSA_PSS_2048_8192_SHA384),
        A::RsassaPssSha512 => (&signature::RSA_PSS_SHA512, &signature::RSA_PSS_2048_8192_SHA512),
        A::RsassaPkcs1Sha256 => (&signature::RSA_PKCS1_SHA256, &signature::RSA_PKCS1_2048_8192_SHA256),
        A::RsassaPkcs1Sha384 => (&signature::RSA_PKCS1_SHA384, &signature::RSA_PKCS1_2048_8192_SHA384),
        A::RsassaPkcs1Sha512 => (&signature::RSA_PKCS1_SHA512, &signature::RSA_PKCS1_2048_8192_SHA512),
        A::EcdsaSha256 | A::EcdsaSha384 | A::EcdsaSha512 => return None,
    })
}

/// The digest to be signed: of the message, or the message itself.
fn digest(algorithm: SigningAlgorithm, kind: MessageType, message: &[u8]) -> Result<Digest, KmsError> {
    let hash = digest_of(algorithm);
    match kind {
        MessageType::Raw => Ok(digest::digest(hash, message)),
        MessageType::Digest => Digest::import_less_safe(message, hash)
            .map_err(|_| KmsError::validation(format!("Digest is invalid length for algorithm {algorithm}."))),
    }
}

/// Signs.
pub(crate) fn sign(
    material: &KeyMaterial,
    algorithm: SigningAlgorithm,
    kind: MessageType,
    message: &[u8],
) -> Result<Vec<u8>, KmsError> {
    let failed = |_| KmsError::internal("The message cannot be signed.");
    let digest = digest(algorithm, kind, message)?;
    match (&*material.parsed()?, rsa(algorithm)) {
        (Parsed::Rsa { signing, .. }, Some((encoding, _))) => {
            let mut signature = vec![0; RsaKeyPair::public_modulus_len(signing)];
            signing.sign_digest(encoding, &digest, &mut signature).map_err(failed)?;
            Ok(signature)
        }
        (Parsed::Ecc(pair), None) => Ok(pair.sign_digest(&digest).map_err(failed)?.as_ref().to_vec()),
        _ => Err(KmsError::internal("The algorithm does not fit the key.")),
    }
}

/// Whether a signature is good.
pub(crate) fn verify(
    material: &KeyMaterial,
    algorithm: SigningAlgorithm,
    kind: MessageType,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, KmsError> {
    let digest = digest(algorithm, kind, message)?;
    let verifies =
        |algorithm, public: &[u8]| UnparsedPublicKey::new(algorithm, public).verify_digest(&digest, signature).is_ok();
    match (&*material.parsed()?, rsa(algorithm), curve(material.spec)) {
        (Parsed::Rsa { signing, .. }, Some((_, verification)), _) => {
            Ok(verifies(verification, signing.public_key().as_ref()))
        }
        (Parsed::Ecc(pair), None, Some(curve)) if curve.digest == digest.algorithm() => {
            Ok(verifies(curve.verifying, pair.public_key().as_ref()))
        }
        _ => Err(KmsError::internal("The algorithm does not fit the key.")),
    }
}
