//! Decrypting material that is imported.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-get-public-key-and-token.html>

use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded};
use aws_lc_rs::rsa::PrivateDecryptingKey;
use zeroize::Zeroizing;

use super::rsa::decrypt_with;
use crate::record::ImportTokenRecord;
use crate::{EncryptionAlgorithm, KmsError, WrappingAlgorithm};

/// The material. `RSA_AES_KEY_WRAP_*` is an AES key under RSA and then the material under that key (RFC 5649).
pub(crate) fn unwrap(token: &ImportTokenRecord, encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, KmsError> {
    let key = PrivateDecryptingKey::from_pkcs8(&token.private);
    let key = key.map_err(|_| KmsError::internal("An import token holds no key."))?;
    let (oaep, wraps) = match token.algorithm {
        WrappingAlgorithm::RsaesOaepSha1 => (EncryptionAlgorithm::RsaesOaepSha1, false),
        WrappingAlgorithm::RsaesOaepSha256 => (EncryptionAlgorithm::RsaesOaepSha256, false),
        WrappingAlgorithm::RsaAesKeyWrapSha1 => (EncryptionAlgorithm::RsaesOaepSha1, true),
        WrappingAlgorithm::RsaAesKeyWrapSha256 => (EncryptionAlgorithm::RsaesOaepSha256, true),
    };
    let unwrapped = if wraps { unwrap_twice(&key, oaep, encrypted) } else { decrypt_with(&key, oaep, encrypted) };
    unwrapped.ok_or_else(KmsError::invalid_ciphertext)
}

fn unwrap_twice(key: &PrivateDecryptingKey, oaep: EncryptionAlgorithm, encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (wrapped_key, wrapped) = encrypted.split_at_checked(key.key_size_bytes())?;
    let wrapping = decrypt_with(key, oaep, wrapped_key)?;
    let kek = AesKek::new(&AES_256, &wrapping).ok()?;
    let mut plain = Zeroizing::new(vec![0; wrapped.len()]);
    let length = kek.unwrap_with_padding(wrapped, &mut plain).ok()?.len();
    plain.truncate(length);
    Some(plain)
}
