//! Sealing: what must not be read or changed by whoever has the data without the root key.
//!
//! AES-256-GCM under a key that HKDF-SHA-256 derives from the root key, another one for each purpose. What is sealed is
//! bound to its place, so that a sealed secret copied elsewhere does not open. Nonces are random: a key is good for 2^32
//! sealings, which is more than a server makes in its life.

use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf;
use larder_env::Rng;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::IdentityError;
use crate::private_file::{malformed, parse, read, write};

const NAME: &str = "root.key";
const FILE_VERSION: u32 = 1;
const KEY_BYTES: usize = 32;
/// Of the sealed form.
const VERSION: u8 = 1;
const SALT: &[u8] = b"larder identity 1";

/// The key that all secrets are sealed under. `Debug` hides it.
pub struct RootKey(Zeroizing<[u8; KEY_BYTES]>);

impl RootKey {
    /// Reads 64 hexadecimal digits; `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().as_bytes();
        if digits.len() != 2 * KEY_BYTES {
            return None;
        }
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |at: usize| char::from(pair[at]).to_digit(16);
            *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
        }
        Some(Self(key))
    }

    /// A new one.
    #[must_use]
    pub fn generate(rng: &dyn Rng) -> Self {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        rng.fill(&mut *key);
        Self(key)
    }

    fn encode(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(format!(
            "# Everything secret about users and sessions is sealed under this key. Without it the access keys of users, their\n\
             # MFA devices and the root keys of further accounts are lost. Keep a copy apart from the data.\n\
             version = {FILE_VERSION}\nkey = \""
        ));
        for byte in self.0.iter() {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(digit), 16).expect("four bits are a digit"));
            }
        }
        text.push_str("\"\n");
        text
    }
}

impl std::fmt::Debug for RootKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RootKey(hidden)")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    version: u32,
    key: String,
}

/// The root key kept in the folder `data`.
pub(crate) fn load(data: &Path) -> Result<Option<RootKey>, IdentityError> {
    let path = data.join(NAME);
    read(&path)?.map(|text| decode(&path, &text)).transpose()
}

/// Makes a root key and keeps it in the folder `data`, where there is none.
pub(crate) fn make(data: &Path, rng: &dyn Rng) -> Result<RootKey, IdentityError> {
    let key = RootKey::generate(rng);
    write(&data.join(NAME), &key.encode())?;
    Ok(key)
}

/// There is none in the folder `data`, but should be.
pub(crate) fn missing(data: &Path) -> IdentityError {
    IdentityError::RootKeyMissing { path: data.join(NAME) }
}

fn decode(path: &Path, text: &str) -> Result<RootKey, IdentityError> {
    let record: Record = parse(path, text)?;
    let key = Zeroizing::new(record.key);
    if record.version != FILE_VERSION {
        return Err(malformed(path, format!("version {} is not known here", record.version)));
    }
    RootKey::parse(&key).ok_or_else(|| malformed(path, "the key is not 64 hexadecimal digits"))
}

/// What something is sealed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A secret access key at rest.
    AccessKey,
    /// The seed of an MFA device at rest.
    MfaSeed,
    /// A session token.
    Session,
    /// An encoded authorization message.
    Message,
}

impl Purpose {
    const ALL: [Self; 4] = [Self::AccessKey, Self::MfaSeed, Self::Session, Self::Message];

    fn label(self) -> &'static [u8] {
        match self {
            Self::AccessKey => b"access key",
            Self::MfaSeed => b"mfa seed",
            Self::Session => b"session",
            Self::Message => b"authorization message",
        }
    }
}

/// Seals and opens.
pub(crate) struct Sealer {
    /// In the order of [`Purpose::ALL`].
    keys: [LessSafeKey; 4],
}

impl Sealer {
    pub(crate) fn new(root: &RootKey) -> Self {
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(&*root.0);
        let keys = Purpose::ALL.map(|purpose| {
            let info = [purpose.label()];
            let derived =
                extracted.expand(&info, &AES_256_GCM).expect("the label is short and the key as long as asked");
            LessSafeKey::new(UnboundKey::from(derived))
        });
        Self { keys }
    }

    /// Seals `plain` so that it opens only with the same purpose and place.
    pub(crate) fn seal(&self, rng: &dyn Rng, purpose: Purpose, place: &[&[u8]], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill(&mut nonce);
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        let mut body = plain.to_vec();
        self.keys[purpose as usize]
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(bound(place)), &mut body)
            .expect("what is sealed here is far below the limit of AES-GCM");
        sealed.extend_from_slice(&body);
        sealed
    }

    /// What was sealed, unless it was sealed otherwise or changed.
    pub(crate) fn open(&self, purpose: Purpose, place: &[&[u8]], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (&VERSION, rest) = sealed.split_first()? else { return None };
        let (nonce, body) = rest.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut body = Zeroizing::new(body.to_vec());
        let opened = self.keys[purpose as usize].open_in_place(nonce, Aad::from(bound(place)), &mut body).ok()?.len();
        body.truncate(opened);
        Some(body)
    }
}

/// The parts of a place, each behind its length, so that no two places give the same bytes.
fn bound(place: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    for part in place {
        bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use larder_env::SeededRng;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_sealed_opens_in_its_place_and_nowhere_else(plain: Vec<u8>, seed: u64, flip: usize, bit in 0..8) {
            let rng = SeededRng::new(seed);
            let sealer = Sealer::new(&RootKey::generate(&rng));
            let sealed = sealer.seal(&rng, Purpose::AccessKey, &[b"one", b"two"], &plain);
            let opened = sealer.open(Purpose::AccessKey, &[b"one", b"two"], &sealed);
            prop_assert_eq!(opened.as_deref(), Some(&plain));
            prop_assert!(sealer.open(Purpose::MfaSeed, &[b"one", b"two"], &sealed).is_none());
            prop_assert!(sealer.open(Purpose::AccessKey, &[b"onet", b"wo"], &sealed).is_none());
            let other = Sealer::new(&RootKey::generate(&rng));
            prop_assert!(other.open(Purpose::AccessKey, &[b"one", b"two"], &sealed).is_none());
            let mut changed = sealed;
            let at = flip % changed.len();
            changed[at] ^= 1_u8 << bit;
            prop_assert!(sealer.open(Purpose::AccessKey, &[b"one", b"two"], &changed).is_none());
        }

        #[test]
        fn a_root_key_reads_back_as_written(seed: u64) {
            let key = RootKey::generate(&SeededRng::new(seed));
            let again = decode(Path::new(NAME), &key.encode()).expect("as written");
            prop_assert_eq!(&*again.0, &*key.0);
        }
    }

    #[test]
    fn an_unfit_root_key_is_refused_and_not_shown() {
        let good = RootKey::generate(&SeededRng::new(1)).encode();
        for bad in [good.replace("version = 1", "version = 2"), good.replace("key = \"", "key = \"0"), String::new()] {
            let error = decode(Path::new(NAME), &bad).expect_err("unfit").to_string();
            assert!(!error.contains(&good[good.len() - 20..good.len() - 2]), "{error}");
        }
        assert!(RootKey::parse(&"zz".repeat(32)).is_none());
        assert!(RootKey::parse(&"\u{e4}".repeat(32)).is_none());
    }
}
