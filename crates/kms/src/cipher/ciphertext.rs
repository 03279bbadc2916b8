//! Ciphertexts of symmetric keys.
//!
//! `1 | account (8, big-endian) | length of the key id (1) | key id | material id (32) | nonce (28) | ciphertext | tag (16)`.
//!
//! The encryption is AES-256-GCM. Its key is made anew for each ciphertext, from the key's material and the first 16 bytes of the
//! nonce, by the counter mode of NIST SP 800-108 with HMAC-SHA-256; the last 12 bytes are the nonce of AES-GCM. So a key's
//! material is good for more ciphertexts than a server ever makes. The additional data are everything before the ciphertext, and
//! the encryption context.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use larder_env::Rng;
use larder_types::AccountId;
use zeroize::Zeroizing;

use crate::EncryptionContext;
use crate::model::{KeyMaterial, KeyMeta, Material};

const VERSION: u8 = 1;
const MATERIAL_ID: usize = 32;
const SALT: usize = 16;
const TAG: usize = 16;

/// A ciphertext, taken apart. Nothing in it is to be trusted before it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ciphertext<'a> {
    pub(crate) account: AccountId,
    pub(crate) key_id: &'a str,
    pub(crate) material: &'a [u8],
    /// Everything before the ciphertext proper, which is authenticated with it.
    header: &'a [u8],
    salt: &'a [u8],
    nonce: &'a [u8],
    /// Ciphertext and tag.
    body: &'a [u8],
}

/// Which key a ciphertext says it was encrypted under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CiphertextKey {
    /// The account of the key.
    pub account: AccountId,
    /// The id of the key.
    pub key_id: String,
}

impl CiphertextKey {
    /// Reads it; `None` for what is no ciphertext of a symmetric key.
    #[must_use]
    pub fn read(ciphertext: &[u8]) -> Option<Self> {
        let parsed = Ciphertext::parse(ciphertext)?;
        Some(Self { account: parsed.account, key_id: parsed.key_id.to_owned() })
    }
}

impl<'a> Ciphertext<'a> {
    /// Takes bytes apart; `None` for what has not this form.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (&VERSION, rest) = bytes.split_first()? else { return None };
        let (account, rest) = rest.split_at_checked(8)?;
        let number = u64::from_be_bytes(account.try_into().ok()?);
        let account = Some(AccountId::from_number(number)).filter(|_| number < 1_000_000_000_000)?;
        let (&length, rest) = rest.split_first()?;
        let (key_id, rest) = rest.split_at_checked(usize::from(length))?;
        let key_id = std::str::from_utf8(key_id).ok()?;
        let (material, rest) = rest.split_at_checked(MATERIAL_ID)?;
        let (salt, rest) = rest.split_at_checked(SALT)?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN)?;
        let header = &bytes[..bytes.len() - body.len()];
        (body.len() >= TAG).then_some(Self { account, key_id, material, header, salt, nonce, body })
    }
}

/// Encrypts under a key's material.
pub(crate) fn seal(
    key: &KeyMeta,
    material: &Material,
    secret: &KeyMaterial,
    context: &EncryptionContext,
    plaintext: &[u8],
    rng: &dyn Rng,
) -> Vec<u8> {
    let mut random = [0; SALT + NONCE_LEN];
    rng.fill(&mut random);
    let material_id = hex::decode(&*material.id).expect("a material's id is hexadecimal");
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(&key.account.as_number().to_be_bytes());
    bytes.push(u8::try_from(key.id.len()).expect("a key's id is short"));
    bytes.extend_from_slice(key.id.as_bytes());
    bytes.extend_from_slice(&material_id);
    bytes.extend_from_slice(&random);
    let start = bytes.len();
    bytes.extend_from_slice(plaintext);
    let (salt, nonce) = random.split_at(SALT);
    let nonce = Nonce::try_assume_unique_for_key(nonce).expect("it has the length of a nonce");
    let aad = Aad::from(additional(&bytes[..start], context));
    let tag = derived(secret, salt)
        .seal_in_place_separate_tag(nonce, aad, &mut bytes[start..])
        .expect("what is encrypted here is far below the limit of AES-GCM");
    bytes.extend_from_slice(tag.as_ref());
    bytes
}

/// Decrypts; `None` when it was changed, or the material or the context is another.
pub(crate) fn open(
    ciphertext: &Ciphertext<'_>,
    secret: &KeyMaterial,
    context: &EncryptionContext,
) -> Option<Zeroizing<Vec<u8>>> {
    let nonce = Nonce::try_assume_unique_for_key(ciphertext.nonce).ok()?;
    let aad = Aad::from(additional(ciphertext.header, context));
    let mut body = Zeroizing::new(ciphertext.body.to_vec());
    let length = derived(secret, ciphertext.salt).open_in_place(nonce, aad, &mut body).ok()?.len();
    body.truncate(length);
    Some(body)
}

fn additional(header: &[u8], context: &EncryptionContext) -> Vec<u8> {
    let mut bytes = header.to_vec();
    context.write_to(&mut bytes);
    bytes
}

/// The key of one ciphertext.
fn derived(secret: &KeyMaterial, salt: &[u8]) -> LessSafeKey {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &secret.bytes));
    for part in [&1_u32.to_be_bytes()[..], b"larder kms ciphertext 1", &[0], salt, &256_u32.to_be_bytes()] {
        context.update(part);
    }
    let key = UnboundKey::new(&AES_256_GCM, context.sign().as_ref()).expect("it has the length of a key");
    LessSafeKey::new(key)
}

#[cfg(test)]
mod tests;
