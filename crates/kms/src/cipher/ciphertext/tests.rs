//! The form of ciphertexts.

use larder_env::SeededRng;
use larder_types::Region;
use proptest::prelude::*;

use super::*;
use crate::ids;
use crate::model::Document;
use crate::operation::first_material;
use crate::{KeyManager, KeySpec, KeyUsage, Origin};

const KEY_ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

fn key(id: &str) -> KeyMeta {
    let account = AccountId::from_number(111_122_223_333);
    let region = Region::parse("eu-central-1").expect("valid");
    let arn = KeyMeta::arn_of(account, &region, id);
    let policy = r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}}"#;
    KeyMeta {
        account,
        policy: Document::parse(policy, &arn).expect("valid"),
        region,
        id: id.into(),
        arn,
        spec: KeySpec::SymmetricDefault,
        usage: KeyUsage::EncryptDecrypt,
        origin: Origin::AwsKms,
        manager: KeyManager::Customer,
        primary: None,
        created: larder_types::Timestamp::from_millis(0),
        description: "".into(),
        enabled: true,
        deletion: None,
        tags: Vec::new(),
        rotation_days: None,
        next_rotation: None,
        on_demand_rotations: 0,
    }
}

fn secret(seed: u64) -> KeyMaterial {
    let mut bytes = vec![0; 32];
    larder_env::Rng::fill(&SeededRng::new(seed), &mut bytes);
    KeyMaterial::new(KeySpec::SymmetricDefault, bytes.into())
}

fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
    EncryptionContext::new(pairs.iter().copied()).expect("small")
}

/// Made by Python's `hmac` and the `AESGCM` of its `cryptography`, from the description in `docs/formats/kms.md`.
#[test]
fn a_ciphertext_of_another_implementation_opens() {
    let bytes = hex::decode(concat!(
        "0100000019df6690e52431323334616263642d313261622d333463642d353665662d313233343536373839306162a0a1",
        "a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf000102030405060708090a0b0c0d0e0f1011",
        "12131415161718191a1b161d6c1abf81fbb4b351d2ba1ae1a975beb4edbc799a00b6a437b61115f7",
    ))
    .expect("hexadecimal");
    let parsed = Ciphertext::parse(&bytes).expect("well formed");
    assert_eq!((parsed.account, parsed.key_id), (AccountId::from_number(111_122_223_333), KEY_ID));
    assert_eq!(parsed.material, (0xa0..0xc0).collect::<Vec<u8>>());
    let secret = KeyMaterial::new(KeySpec::SymmetricDefault, (0..32).collect::<Vec<u8>>().into());
    let context = context(&[("purpose", "test"), ("aws:s3:arn", "arn:aws:s3:::b/k")]);
    assert_eq!(open(&parsed, &secret, &context).expect("as it was made").as_slice(), b"attack at dawn");
}

fn contexts() -> impl Strategy<Value = EncryptionContext> {
    proptest::collection::btree_map("[a-c]{0,3}", "[a-c]{0,3}", 0..4)
        .prop_map(|pairs| EncryptionContext::new(pairs).expect("small"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_was_sealed_opens_with_the_same_material_and_context_alone(
        plaintext in proptest::collection::vec(any::<u8>(), 0..80),
        context in contexts(),
        other in contexts(),
        seed: u64,
    ) {
        let rng = SeededRng::new(seed);
        let material = first_material(ids::long_id(&rng), secret(seed), larder_types::Timestamp::from_millis(0));
        let own = secret(seed);
        let sealed = seal(&key(KEY_ID), &material, &own, &context, &plaintext, &rng);
        let parsed = Ciphertext::parse(&sealed).expect("well formed");
        prop_assert_eq!(parsed.key_id, KEY_ID);
        prop_assert_eq!(hex::encode(parsed.material), &*material.id);
        prop_assert_eq!(&**open(&parsed, &own, &context).expect("the same"), &plaintext);
        prop_assert!(open(&parsed, &secret(seed.wrapping_add(1)), &context).is_none());
        prop_assert_eq!(open(&parsed, &own, &other).is_some(), context == other);
        // Two of the same plaintext have nothing in common but their key.
        let again = seal(&key(KEY_ID), &material, &own, &context, &plaintext, &rng);
        prop_assert_ne!(&sealed[sealed.len() - 44 - plaintext.len()..], &again[again.len() - 44 - plaintext.len()..]);
    }

    #[test]
    fn no_bit_can_be_changed(seed: u64) {
        let rng = SeededRng::new(seed);
        let material = first_material(ids::long_id(&rng), secret(seed), larder_types::Timestamp::from_millis(0));
        let (own, context) = (secret(seed), context(&[("a", "b")]));
        let sealed = seal(&key(KEY_ID), &material, &own, &context, b"plain", &rng);
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let opened = Ciphertext::parse(&changed).and_then(|parsed| open(&parsed, &own, &context));
            prop_assert!(opened.is_none(), "bit {} can be changed", bit);
        }
        for length in 0..sealed.len() {
            let opened = Ciphertext::parse(&sealed[..length]).and_then(|parsed| open(&parsed, &own, &context));
            prop_assert!(opened.is_none());
        }
    }
}
