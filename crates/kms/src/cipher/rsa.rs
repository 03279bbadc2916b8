//! Encryption with RSA: OAEP (RFC 8017). The MGF1 of each algorithm uses its own hash, as AWS's does.

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey,
};
use zeroize::Zeroizing;

use super::Parsed;
use crate::model::KeyMaterial;
use crate::{EncryptionAlgorithm, KeySpec, KmsError};

/// The algorithm, and the bytes that it takes from the modulus's.
fn oaep(algorithm: EncryptionAlgorithm) -> (&'static OaepAlgorithm, usize) {
    match algorithm {
        EncryptionAlgorithm::RsaesOaepSha1 => (&OAEP_SHA1_MGF1SHA1, 2 * 20 + 2),
        EncryptionAlgorithm::RsaesOaepSha256 | EncryptionAlgorithm::SymmetricDefault => {
            (&OAEP_SHA256_MGF1SHA256, 2 * 32 + 2)
        }
    }
}

/// Most bytes that can be encrypted.
pub(crate) fn max_plaintext(spec: KeySpec, algorithm: EncryptionAlgorithm) -> usize {
    let modulus = match spec {
        KeySpec::Rsa2048 => 256,
        KeySpec::Rsa3072 => 384,
        KeySpec::Rsa4096 => 512,
        _ => return 0,
    };
    modulus - oaep(algorithm).1
}

/// Encrypts with the public half.
pub(crate) fn encrypt(
    material: &KeyMaterial,
    algorithm: EncryptionAlgorithm,
    plaintext: &[u8],
) -> Result<Vec<u8>, KmsError> {
    let failed = |_| KmsError::internal("The plaintext cannot be encrypted.");
    let parsed = material.parsed()?;
    let Parsed::Rsa { decrypting, .. } = &*parsed else { return Err(KmsError::internal("The key is not RSA.")) };
    let key = OaepPublicEncryptingKey::new(decrypting.public_key()).map_err(failed)?;
    let mut ciphertext = vec![0; key.ciphertext_size()];
    let length = key.encrypt(oaep(algorithm).0, plaintext, &mut ciphertext, None).map_err(failed)?.len();
    ciphertext.truncate(length);
    Ok(ciphertext)
}

/// Decrypts with the private half.
pub(crate) fn decrypt(
    material: &KeyMaterial,
    algorithm: EncryptionAlgorithm,
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, KmsError> {
    let parsed = material.parsed()?;
    let Parsed::Rsa { decrypting, .. } = &*parsed else { return Err(KmsError::internal("The key is not RSA.")) };
    decrypt_with(decrypting, algorithm, ciphertext).ok_or_else(KmsError::invalid_ciphertext)
}

/// Decrypts with a key; `None` when it does not.
pub(crate) fn decrypt_with(
    key: &PrivateDecryptingKey,
    algorithm: EncryptionAlgorithm,
    ciphertext: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let key = OaepPrivateDecryptingKey::new(key.clone()).ok()?;
    let mut plaintext = Zeroizing::new(vec![0; key.min_output_size()]);
    let length = key.decrypt(oaep(algorithm).0, ciphertext, &mut plaintext, None).ok()?.len();
    plaintext.truncate(length);
    Some(plaintext)
}
