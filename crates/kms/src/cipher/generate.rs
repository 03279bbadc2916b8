//! Making key material, and telling whether bytes are some.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use aws_lc_rs::signature::EcdsaKeyPair;
use larder_env::Rng;
use zeroize::Zeroizing;

use super::parsed::{Parsed, curve};
use crate::model::KeyMaterial;
use crate::{KeySpec, KmsError};

/// Bytes of a key that is only bytes.
fn length_of(spec: KeySpec) -> Option<usize> {
    match spec {
        KeySpec::SymmetricDefault | KeySpec::Hmac256 => Some(32),
        KeySpec::Hmac224 => Some(28),
        KeySpec::Hmac384 => Some(48),
        KeySpec::Hmac512 => Some(64),
        _ => None,
    }
}

/// New material. A pair of RSA keys takes up to seconds; it and pairs of ECC keys take their chance from aws-lc.
pub(crate) fn generate(spec: KeySpec, rng: &dyn Rng) -> Result<KeyMaterial, KmsError> {
    let failed = |_| KmsError::internal("A key cannot be made.");
    if let Some(length) = length_of(spec) {
        let mut bytes = Zeroizing::new(vec![0; length]);
        rng.fill(&mut bytes);
        return Ok(KeyMaterial::new(spec, bytes));
    }
    let size = match spec {
        KeySpec::Rsa2048 => Some(KeySize::Rsa2048),
        KeySpec::Rsa3072 => Some(KeySize::Rsa3072),
        KeySpec::Rsa4096 => Some(KeySize::Rsa4096),
        _ => None,
    };
    let bytes = match (size, curve(spec)) {
        (Some(size), _) => {
            let pair = PrivateDecryptingKey::generate(size).map_err(failed)?;
            Zeroizing::new(pair.as_der().map_err(failed)?.as_ref().to_vec())
        }
        (None, Some(curve)) => {
            let pair = EcdsaKeyPair::generate_pkcs8(curve.signing, &SystemRandom::new()).map_err(failed)?;
            Zeroizing::new(pair.as_ref().to_vec())
        }
        (None, None) => return Err(KmsError::internal("A key cannot be made.")),
    };
    Ok(KeyMaterial::new(spec, bytes))
}

/// Whether bytes are material of this kind: as many as needed, or PKCS #8 of such a pair.
pub(crate) fn is_material(spec: KeySpec, bytes: &[u8]) -> bool {
    match length_of(spec) {
        Some(length) => bytes.len() == length,
        None => Parsed::read(spec, bytes).is_some(),
    }
}
