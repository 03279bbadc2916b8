//! Pairs of keys as aws-lc needs them.

use std::sync::Arc;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, PrivateDecryptingKey};
use aws_lc_rs::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, KeyPair};
use aws_lc_rs::{agreement, digest};

use crate::model::KeyMaterial;
use crate::{KeySpec, KmsError};

/// A pair of keys.
pub(crate) enum Parsed {
    Rsa { signing: RsaKeyPair, decrypting: PrivateDecryptingKey },
    Ecc(EcdsaKeyPair),
}

/// A curve and what is done on it.
pub(crate) struct Curve {
    pub(crate) signing: &'static EcdsaSigningAlgorithm,
    pub(crate) verifying: &'static EcdsaVerificationAlgorithm,
    pub(crate) digest: &'static digest::Algorithm,
    pub(crate) agreement: Option<&'static agreement::Algorithm>,
}

/// The curve of an ECC key. AWS signs with one hash on each.
pub(crate) fn curve(spec: KeySpec) -> Option<Curve> {
    Some(match spec {
        KeySpec::EccNistP256 => Curve {
            signing: &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
            verifying: &signature::ECDSA_P256_SHA256_ASN1,
            digest: &digest::SHA256,
            agreement: Some(&agreement::ECDH_P256),
        },
        KeySpec::EccNistP384 => Curve {
            signing: &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
            verifying: &signature::ECDSA_P384_SHA384_ASN1,
            digest: &digest::SHA384,
            agreement: Some(&agreement::ECDH_P384),
        },
        KeySpec::EccNistP521 => Curve {
            signing: &signature::ECDSA_P521_SHA512_ASN1_SIGNING,
            verifying: &signature::ECDSA_P521_SHA512_ASN1,
            digest: &digest::SHA512,
            agreement: Some(&agreement::ECDH_P521),
        },
        KeySpec::EccSecgP256k1 => Curve {
            signing: &signature::ECDSA_P256K1_SHA256_ASN1_SIGNING,
            verifying: &signature::ECDSA_P256K1_SHA256_ASN1,
            digest: &digest::SHA256,
            agreement: None,
        },
        _ => return None,
    })
}

impl Parsed {
    /// Reads the PKCS #8 of a pair of this kind.
    pub(crate) fn read(spec: KeySpec, pkcs8: &[u8]) -> Option<Self> {
        if let Some(curve) = curve(spec) {
            return EcdsaKeyPair::from_pkcs8(curve.signing, pkcs8).ok().map(Self::Ecc);
        }
        let bits = match spec {
            KeySpec::Rsa2048 => 2_048,
            KeySpec::Rsa3072 => 3_072,
            KeySpec::Rsa4096 => 4_096,
            _ => return None,
        };
        let decrypting = PrivateDecryptingKey::from_pkcs8(pkcs8).ok().filter(|key| key.key_size_bits() == bits)?;
        let signing = RsaKeyPair::from_pkcs8(pkcs8).ok()?;
        Some(Self::Rsa { signing, decrypting })
    }
}

impl std::fmt::Debug for Parsed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parsed(hidden)")
    }
}

impl KeyMaterial {
    /// The pair of keys that it is.
    pub(crate) fn parsed(&self) -> Result<Arc<Parsed>, KmsError> {
        if let Some(parsed) = self.parsed.get() {
            return Ok(Arc::clone(parsed));
        }
        let parsed = Parsed::read(self.spec, &self.bytes);
        let parsed = parsed.ok_or_else(|| KmsError::internal("Key material does not fit its key spec."))?;
        Ok(Arc::clone(self.parsed.get_or_init(|| Arc::new(parsed))))
    }

    /// DER of the public half: SubjectPublicKeyInfo.
    pub(crate) fn public_der(&self) -> Result<Vec<u8>, KmsError> {
        let failed = |_| KmsError::internal("A public key cannot be written.");
        let der = match &*self.parsed()? {
            Parsed::Rsa { signing, .. } => signing.public_key().as_der().map_err(failed)?.as_ref().to_vec(),
            Parsed::Ecc(pair) => pair.public_key().as_der().map_err(failed)?.as_ref().to_vec(),
        };
        Ok(der)
    }
}
