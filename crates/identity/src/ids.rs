//! Ids and keys in the shapes of AWS's. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>

use std::sync::Arc;

use larder_env::{Rng, random_u64};
use larder_types::{AccountId, CanonicalUserId};

use crate::Secret;

const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// AWS's alphabet less '/' and '+', which people paste into URLs and configuration files unescaped.
const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// An account's id. It has no leading zero: spreadsheets and YAML take such ids for octal or shorter numbers.
pub(crate) fn account(rng: &dyn Rng) -> AccountId {
    AccountId::from_number(100_000_000_000 + random_u64(rng) % 900_000_000_000)
}

/// A canonical user id: 256 random bits.
pub(crate) fn canonical_user(rng: &dyn Rng) -> CanonicalUserId {
    let text: String = (0..4).map(|_| format!("{:016x}", random_u64(rng))).collect();
    CanonicalUserId::parse(&text).expect("four times 16 hexadecimal digits")
}

/// `prefix` and 17 random characters: the unique id of an entity.
pub(crate) fn unique_id(rng: &dyn Rng, prefix: &str) -> Arc<str> {
    format!("{prefix}{}", random_text(rng, BASE32, 17)).into()
}

/// `prefix` and 16 random characters (80 bits): the id of an access key.
pub(crate) fn access_key_id(rng: &dyn Rng, prefix: &str) -> Arc<str> {
    format!("{prefix}{}", random_text(rng, BASE32, 16)).into()
}

/// A secret access key: 40 characters, 238 random bits.
pub(crate) fn secret_access_key(rng: &dyn Rng) -> Secret {
    Secret::new(random_text(rng, ALPHANUMERIC, 40))
}

/// The seed of an MFA device: 64 characters of base32, 320 random bits.
pub(crate) fn mfa_seed(rng: &dyn Rng) -> Secret {
    Secret::new(random_text(rng, BASE32, 64))
}

/// `length` characters, each drawn evenly from `alphabet` (at most 256 characters).
fn random_text(rng: &dyn Rng, alphabet: &[u8], length: usize) -> String {
    // Bytes from here on would favour the first characters of the alphabet.
    let fair = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(length);
    let mut random = [0; 64];
    while text.len() < length {
        rng.fill(&mut random);
        let drawn = random.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
        text.extend(drawn.take(length - text.len()).map(|byte| char::from(alphabet[byte % alphabet.len()])));
    }
    text
}
