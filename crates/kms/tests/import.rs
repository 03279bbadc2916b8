//! Imported key material.

mod harness;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::key_wrap::{AES_256, AesKek, KeyWrapPadded};
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPublicEncryptingKey, PublicEncryptingKey,
};
use harness::*;
use larder_kms::*;
use larder_types::Timestamp;

const OAEP_256: WrappingSpec =
    WrappingSpec { algorithm: WrappingAlgorithm::RsaesOaepSha256, key: WrappingKeySpec::Rsa2048 };

fn oaep(public: &[u8], algorithm: &'static OaepAlgorithm, plain: &[u8]) -> Vec<u8> {
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(public).expect("a key")).expect("a key");
    let mut wrapped = vec![0; key.ciphertext_size()];
    let length = key.encrypt(algorithm, plain, &mut wrapped, None).expect("encrypts").len();
    wrapped.truncate(length);
    wrapped
}

/// As somebody who imports material encrypts it.
fn wrap(public: &[u8], algorithm: WrappingAlgorithm, material: &[u8]) -> Vec<u8> {
    let twice = |oaep_algorithm| {
        let kek = [3; 32];
        let mut wrapped = vec![0; material.len() + 15];
        let key = AesKek::new(&AES_256, &kek).expect("a key");
        let length = key.wrap_with_padding(material, &mut wrapped).expect("wraps").len();
        [&oaep(public, oaep_algorithm, &kek)[..], &wrapped[..length]].concat()
    };
    match algorithm {
        WrappingAlgorithm::RsaesOaepSha1 => oaep(public, &OAEP_SHA1_MGF1SHA1, material),
        WrappingAlgorithm::RsaesOaepSha256 => oaep(public, &OAEP_SHA256_MGF1SHA256, material),
        WrappingAlgorithm::RsaAesKeyWrapSha1 => twice(&OAEP_SHA1_MGF1SHA1),
        WrappingAlgorithm::RsaAesKeyWrapSha256 => twice(&OAEP_SHA256_MGF1SHA256),
    }
}

async fn external(world: &World, spec: KeySpec, usage: KeyUsage) -> Arc<Key> {
    world.make(CreateKey { origin: Origin::External, spec, usage: Some(usage), ..new_key() }).await
}

fn request<'a>(token: &'a [u8], encrypted: &'a [u8]) -> ImportKeyMaterial<'a> {
    ImportKeyMaterial {
        token,
        encrypted,
        expiration_model: Some(ExpirationModel::DoesNotExpire),
        valid_to: None,
        import_type: None,
        description: None,
        material: None,
    }
}

/// Imports material with parameters of its own.
async fn import(
    kms: &Kms,
    key: &Key,
    material: &[u8],
    edit: impl FnOnce(&mut ImportKeyMaterial<'_>),
) -> Result<Arc<str>, KmsError> {
    let parameters = kms.get_parameters_for_import(key, OAEP_256).await?;
    let encrypted = wrap(&parameters.public_key, OAEP_256.algorithm, material);
    let mut request = request(&parameters.token, &encrypted);
    edit(&mut request);
    kms.import_key_material(key, request).await
}

#[tokio::test]
async fn codes_under_imported_keys_are_those_of_others() {
    let world = World::new().await;
    let kms = &world.kms;
    // Made by Python's `hmac` with the bytes 0, 1, 2 ... as keys.
    let expected = [
        (KeySpec::Hmac224, 28, MacAlgorithm::HmacSha224, "bf43ffd96fc2324eebe3f097b440ad68045a11c24ae6e1b288531dab"),
        (
            KeySpec::Hmac256,
            32,
            MacAlgorithm::HmacSha256,
            "099805f4ac310786968565c098db515cc50862b420ae31e20238312344bed36a",
        ),
        (
            KeySpec::Hmac384,
            48,
            MacAlgorithm::HmacSha384,
            "822101068661a631a5bc51aa6bd788bfa7f96480291d0449f95bde86d684652a7b39c9410d114487fdc8f7a246714e42",
        ),
        (
            KeySpec::Hmac512,
            64,
            MacAlgorithm::HmacSha512,
            "a4e4293ad3d01934e3485a2e4b5d4d4b21eee4105f5774e35dafb3d53c6d885e47134b39a81705c0af381c23be19b9c7d63cd25fca21dcbddeb242210629f646",
        ),
    ];
    for (spec, length, algorithm, mac) in expected {
        let key = external(&world, spec, KeyUsage::GenerateVerifyMac).await;
        let material: Vec<u8> = (0..length).collect();
        import(kms, &key, &material, |_| {}).await.expect("imported");
        let message = b"what do ya want for nothing?";
        let made = kms.generate_mac(&key, GenerateMac { message, algorithm }).expect("made");
        assert_eq!(made.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), mac);
    }
}

#[tokio::test]
async fn every_wrapping_opens() {
    let world = World::new().await;
    let kms = &world.kms;
    for algorithm in WrappingAlgorithm::ALL {
        let key = external(&world, KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt).await;
        let spec = WrappingSpec { algorithm: *algorithm, key: WrappingKeySpec::Rsa2048 };
        let parameters = kms.get_parameters_for_import(&key, spec).await.expect("given");
        assert!(parameters.token.len() <= 6_144, "{}", parameters.token.len());
        let encrypted = wrap(&parameters.public_key, *algorithm, &[9; 32]);
        kms.import_key_material(&key, request(&parameters.token, &encrypted)).await.expect("imported");
        kms.check_usable(&key).expect("it has material");
    }
    // A pair of keys is too long for RSA alone.
    let signing = external(&world, KeySpec::EccNistP256, KeyUsage::SignVerify).await;
    let spec = WrappingSpec { algorithm: WrappingAlgorithm::RsaAesKeyWrapSha256, key: WrappingKeySpec::Rsa2048 };
    let parameters = kms.get_parameters_for_import(&signing, spec).await.expect("given");
    let curve = &aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1_SIGNING;
    let random = aws_lc_rs::rand::SystemRandom::new();
    let pair = aws_lc_rs::signature::EcdsaKeyPair::generate_pkcs8(curve, &random).expect("a pair");
    let encrypted = wrap(&parameters.public_key, spec.algorithm, pair.as_ref());
    kms.import_key_material(&signing, request(&parameters.token, &encrypted)).await.expect("imported");
    let algorithm = SigningAlgorithm::EcdsaSha256;
    let signed = Sign { message: b"m", message_type: MessageType::Raw, algorithm };
    let signature = kms.sign(&signing, signed).await.expect("signs");
    let own = aws_lc_rs::signature::EcdsaKeyPair::from_pkcs8(curve, pair.as_ref()).expect("a pair");
    let public = aws_lc_rs::signature::KeyPair::public_key(&own);
    let verification = &aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1;
    aws_lc_rs::signature::UnparsedPublicKey::new(verification, public).verify(b"m", &signature).expect("the same pair");
    let rsa = external(&world, KeySpec::Rsa2048, KeyUsage::SignVerify).await;
    assert_eq!(kind(kms.get_parameters_for_import(&rsa, OAEP_256).await), Some(KmsErrorKind::UnsupportedOperation));
}

#[tokio::test]
async fn a_key_takes_back_only_its_own_material() {
    let world = World::new().await;
    let kms = &world.kms;
    let key = external(&world, KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt).await;
    let refused = kms.check_usable(&key).expect_err("it has no material");
    let words = format!("{} is pending import.", key.arn());
    assert_eq!((refused.kind, refused.message), (KmsErrorKind::InvalidState, words));
    assert_eq!(kms.describe_key(&key).expect("there").state, KeyState::PendingImport);
    let first = import(kms, &key, &[1; 32], |_| {}).await.expect("imported");
    let metadata = kms.describe_key(&key).expect("there");
    assert_eq!((metadata.state, metadata.expiration_model), (KeyState::Enabled, Some(ExpirationModel::DoesNotExpire)));
    let sealed = kms.generate_data_key(&key, none()).expect("made");
    let another = import(kms, &key, &[2; 32], |_| {}).await;
    assert_eq!(kind(another), Some(KmsErrorKind::IncorrectKeyMaterial));
    let deleted = kms.delete_imported_key_material(&key, None).await.expect("deleted");
    assert_eq!(deleted.as_ref(), Some(&first));
    assert_eq!(kind(kms.check_usable(&key)), Some(KmsErrorKind::InvalidState));
    assert_eq!(kms.describe_key(&key).expect("there").expiration_model, None);
    assert_eq!(kind(import(kms, &key, &[2; 32], |_| {}).await), Some(KmsErrorKind::IncorrectKeyMaterial));
    let reopened = world.reopened().await;
    assert_eq!(kind(import(&reopened, &key, &[2; 32], |_| {}).await), Some(KmsErrorKind::IncorrectKeyMaterial));
    assert_eq!(import(kms, &key, &[1; 32], |_| {}).await.expect("imported again"), first);
    assert!(kms.decrypt_data_key(region(), &sealed.ciphertext, none()).is_ok());
    for length in [16, 33] {
        let short = vec![1; length];
        let fresh = external(&world, KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt).await;
        assert_eq!(kind(import(kms, &fresh, &short, |_| {}).await), Some(KmsErrorKind::IncorrectKeyMaterial));
    }
    let own = world.symmetric().await;
    let refused = kms.get_parameters_for_import(&own, OAEP_256).await.expect_err("AWS's material");
    let words = format!("{} origin is AWS_KMS which is not valid for this operation.", own.arn());
    assert_eq!((refused.kind, refused.message), (KmsErrorKind::UnsupportedOperation, words));
}

#[tokio::test]
async fn tokens_are_for_one_key_and_a_day() {
    let world = World::new().await;
    let kms = &world.kms;
    let key = external(&world, KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt).await;
    let other = external(&world, KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt).await;
    let parameters = kms.get_parameters_for_import(&key, OAEP_256).await.expect("given");
    assert_eq!(parameters.valid_to, world.now().plus_millis(24 * 60 * 60 * 1_000));
    let encrypted = wrap(&parameters.public_key, OAEP_256.algorithm, &[1; 32]);
    let good = request(&parameters.token, &encrypted);
    assert_eq!(kind(kms.import_key_material(&other, good).await), Some(KmsErrorKind::InvalidImportToken));
    let mut forged = parameters.token.clone();
    forged[40] ^= 1;
    assert_eq!(
        kind(kms.import_key_material(&key, request(&forged, &encrypted)).await),
        Some(KmsErrorKind::InvalidImportToken)
    );
    let mut changed = encrypted.clone();
    changed[7] ^= 1;
    let refused = kms.import_key_material(&key, request(&parameters.token, &changed)).await;
    assert_eq!(kind(refused), Some(KmsErrorKind::InvalidCiphertext));
    // The token outlives a restart, but not its day.
    world.reopened().await.import_key_material(&key, good).await.expect("imported");
    world.clock.advance(DAY);
    assert_eq!(kind(kms.import_key_material(&key, good).await), Some(KmsErrorKind::ExpiredImportToken));
}

#[tokio::test]
async fn material_expires_when_it_is_told_to() {
    let world = World::new().await;
    let kms = &world.kms;
    let key = external(&world, KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt).await;
    let until = world.now().plus_millis(3_600_000);
    let expiring = |at: Option<Timestamp>, model| {
        move |request: &mut ImportKeyMaterial<'_>| {
            request.expiration_model = model;
            request.valid_to = at;
        }
    };
    let refused = import(kms, &key, &[1; 32], expiring(None, None)).await.expect_err("it expires, but when?");
    assert_eq!(refused.message, "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
    for at in [world.now(), world.now().plus_millis(366 * 24 * 3_600_000)] {
        assert_eq!(kind(import(kms, &key, &[1; 32], expiring(Some(at), None)).await), Some(KmsErrorKind::Validation));
    }
    let model = Some(ExpirationModel::DoesNotExpire);
    let both = import(kms, &key, &[1; 32], expiring(Some(until), model)).await;
    assert_eq!(kind(both), Some(KmsErrorKind::Validation));
    import(kms, &key, &[1; 32], expiring(Some(until), None)).await.expect("imported");
    assert_eq!(kms.describe_key(&key).expect("there").valid_to, Some(until));
    world.clock.advance(Duration::from_secs(3_599));
    kms.check_usable(&key).expect("it has not expired yet");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(kind(kms.check_usable(&key)), Some(KmsErrorKind::InvalidState));
    assert_eq!(kms.delete_due().await.expect("runs"), 0);
    assert_eq!(kms.describe_key(&key).expect("there").state, KeyState::PendingImport);
    import(kms, &key, &[1; 32], |_| {}).await.expect("imported again");
    kms.check_usable(&key).expect("it has material");
}

#[tokio::test]
async fn new_material_waits_for_a_rotation() {
    let world = World::new().await;
    let kms = &world.kms;
    let key = external(&world, KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt).await;
    assert_eq!(kind(kms.rotate_key_on_demand(&key).await), Some(KmsErrorKind::InvalidState));
    let new = |request: &mut ImportKeyMaterial<'_>| request.import_type = Some(ImportType::New);
    let first = import(kms, &key, &[1; 32], new).await.expect("imported");
    let before = kms.generate_data_key(&key, none()).expect("made");
    assert_eq!(kind(kms.rotate_key_on_demand(&key).await), Some(KmsErrorKind::InvalidState));
    let second = import(kms, &key, &[2; 32], new).await.expect("imported");
    assert_eq!(kms.describe_key(&key).expect("there").current_material.as_ref(), Some(&first));
    assert_eq!(kind(import(kms, &key, &[3; 32], new).await), Some(KmsErrorKind::IncorrectKeyMaterial));
    let states = || {
        let listed = kms.list_key_rotations(&key, true, ALL).expect("listed").items;
        listed.into_iter().map(|one| one.state).collect::<Vec<_>>()
    };
    assert_eq!(states(), [KeyMaterialState::Current, KeyMaterialState::PendingRotation]);
    kms.rotate_key_on_demand(&key).await.expect("rotates");
    assert_eq!(states(), [KeyMaterialState::NonCurrent, KeyMaterialState::Current]);
    assert_eq!(kms.describe_key(&key).expect("there").current_material.as_ref(), Some(&second));
    assert!(kms.decrypt_data_key(region(), &before.ciphertext, none()).is_ok());
    // Without any of its material in force the key is unusable.
    kms.delete_imported_key_material(&key, Some(&first)).await.expect("deleted");
    assert_eq!(kind(kms.check_usable(&key)), Some(KmsErrorKind::InvalidState));
    assert_eq!(kind(kms.enable_key_rotation(&key, None).await), Some(KmsErrorKind::InvalidState));
}

#[tokio::test]
async fn related_keys_take_the_same_material() {
    let world = World::new().await;
    let kms = &world.kms;
    let primary = world.make(CreateKey { origin: Origin::External, multi_region: true, ..new_key() }).await;
    let first = import(kms, &primary, &[1; 32], |_| {}).await.expect("imported");
    let request =
        ReplicateKey { region: other_region(), description: "", policy: None, policy_check: UNCHECKED, tags: &[] };
    let made = kms.replicate_key(&primary, request).await.expect("replicated");
    assert_eq!(made.metadata.state, KeyState::PendingImport);
    let replica = kms.find(other_region(), account(), primary.id()).expect("there");
    assert_eq!(kind(import(kms, &replica, &[2; 32], |_| {}).await), Some(KmsErrorKind::IncorrectKeyMaterial));
    assert_eq!(import(kms, &replica, &[1; 32], |_| {}).await.expect("imported"), first);
    let sealed = kms.generate_data_key(&primary, none()).expect("made");
    assert!(kms.decrypt_data_key(other_region(), &sealed.ciphertext, none()).is_ok());
}
