//! What is sealed opens where it was sealed, and nowhere else.

use larder_crypto::{SealingKey, SecretKey};
use larder_env::SeededRng;
use proptest::prelude::*;

fn key(seed: u64, label: &[u8]) -> SealingKey {
    SealingKey::derive(&SecretKey::generate(&SeededRng::new(seed)), b"salt", label)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_sealed_opens_in_its_place_and_nowhere_else(plain: Vec<u8>, seed: u64, flip: usize, bit in 0..8) {
        let rng = SeededRng::new(seed);
        let sealing = key(seed, b"one purpose");
        let sealed = sealing.seal(&rng, &[b"one", b"two"], &plain);
        let opened = sealing.open(&[b"one", b"two"], &sealed);
        prop_assert_eq!(opened.as_deref(), Some(&plain));
        prop_assert!(sealing.open(&[b"onet", b"wo"], &sealed).is_none());
        prop_assert!(key(seed, b"another purpose").open(&[b"one", b"two"], &sealed).is_none());
        prop_assert!(key(seed.wrapping_add(1), b"one purpose").open(&[b"one", b"two"], &sealed).is_none());
        let mut changed = sealed;
        let at = flip % changed.len();
        changed[at] ^= 1_u8 << bit;
        prop_assert!(sealing.open(&[b"one", b"two"], &changed).is_none());
    }
}

#[test]
fn a_key_is_not_shown() {
    let secret = SecretKey::from_slice(&[0x5a; 32]).expect("32 bytes");
    assert_eq!(format!("{secret:?}"), "SecretKey(hidden)");
    assert!(SecretKey::from_slice(&[0; 31]).is_none());
}
