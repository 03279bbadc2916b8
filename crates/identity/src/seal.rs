//! Sealing: what must not be read or changed by whoever has the data without its keys.
//!
//! A key for each purpose, derived from the secret that the keyring keeps for accounts. What is sealed is bound to its place,
//! so that a sealed secret copied elsewhere does not open.

use larder_crypto::{SealingKey, SecretKey};
use larder_env::Rng;
use zeroize::Zeroizing;

const SALT: &[u8] = b"larder identity 1";

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
    keys: [SealingKey; 4],
}

impl Sealer {
    pub(crate) fn new(secret: &SecretKey) -> Self {
        Self { keys: Purpose::ALL.map(|purpose| SealingKey::derive(secret, SALT, purpose.label())) }
    }

    /// Seals `plain` so that it opens only with the same purpose and place.
    pub(crate) fn seal(&self, rng: &dyn Rng, purpose: Purpose, place: &[&[u8]], plain: &[u8]) -> Vec<u8> {
        self.keys[purpose as usize].seal(rng, place, plain)
    }

    /// What was sealed, unless it was sealed otherwise or changed.
    pub(crate) fn open(&self, purpose: Purpose, place: &[&[u8]], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.keys[purpose as usize].open(place, sealed)
    }
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
            let sealer = Sealer::new(&SecretKey::generate(&rng));
            let sealed = sealer.seal(&rng, Purpose::AccessKey, &[b"one", b"two"], &plain);
            let opened = sealer.open(Purpose::AccessKey, &[b"one", b"two"], &sealed);
            prop_assert_eq!(opened.as_deref(), Some(&plain));
            prop_assert!(sealer.open(Purpose::MfaSeed, &[b"one", b"two"], &sealed).is_none());
            prop_assert!(sealer.open(Purpose::AccessKey, &[b"onet", b"wo"], &sealed).is_none());
            let other = Sealer::new(&SecretKey::generate(&rng));
            prop_assert!(other.open(Purpose::AccessKey, &[b"one", b"two"], &sealed).is_none());
            let mut changed = sealed;
            let at = flip % changed.len();
            changed[at] ^= 1_u8 << bit;
            prop_assert!(sealer.open(Purpose::AccessKey, &[b"one", b"two"], &changed).is_none());
        }
    }

    const SEALED: &str = "01646070befe52afae62eaaf87bf833a58c3234dfc2644b9eae13bb29f9965fcd55532dfc2ab01172978d2cb795f";

    /// Made under the root key itself by a version without keyring: what is on disk has to open for ever.
    #[test]
    fn what_was_sealed_before_there_were_keyrings_opens() {
        let sealer = Sealer::new(&SecretKey::from_slice(&[0x17; 32]).expect("32 bytes"));
        let sealed = hex_bytes(SEALED);
        let opened = sealer.open(Purpose::AccessKey, &[b"111122223333", b"AKIA", b"AIDA"], &sealed);
        assert_eq!(opened.as_deref().map(Vec::as_slice), Some(&b"secret access key"[..]));
    }

    fn hex_bytes(text: &str) -> Vec<u8> {
        let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).expect("a digit")).expect("four bits");
        text.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) * 16 + digit(pair[1])).collect()
    }
}
