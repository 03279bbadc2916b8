//! What keys do with bytes.

mod harness;

use aws_lc_rs::signature::{self, UnparsedPublicKey};
use aws_lc_rs::{agreement, digest};
use harness::*;
use larder_kms::*;

#[tokio::test]
async fn what_a_symmetric_key_encrypted_it_decrypts() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    let bound = context(&[("purpose", "test"), ("aws:s3:arn", "arn:aws:s3:::bucket")]);
    let algorithm = EncryptionAlgorithm::SymmetricDefault;
    let encrypt = Encrypt { plaintext: b"attack at dawn", context: &bound, algorithm };
    let sealed = kms.encrypt(&key, encrypt).await.expect("encrypts");
    assert_eq!(sealed.key_arn, *key.arn());
    let decrypt = Decrypt { ciphertext: &sealed.ciphertext, context: &bound, algorithm };
    let source = kms.source_key(region(), account(), None, &decrypt).expect("the ciphertext names its key");
    assert_eq!(source.arn(), key.arn());
    let opened = kms.decrypt(&source, decrypt).await.expect("decrypts");
    assert_eq!(&**opened.plaintext, b"attack at dawn");
    assert_eq!(opened.material, sealed.material);

    let other = context(&[("purpose", "test")]);
    let wrong = kms.decrypt(&key, Decrypt { context: &other, ..decrypt }).await;
    assert_eq!(kind(wrong), Some(KmsErrorKind::InvalidCiphertext));
    let second = world.symmetric().await;
    assert_eq!(kind(kms.decrypt(&second, decrypt).await), Some(KmsErrorKind::IncorrectKey));
    let named = kms.source_key(region(), account(), Some(second.id()), &decrypt);
    assert_eq!(kind(named), Some(KmsErrorKind::IncorrectKey));
    assert_eq!(kind(kms.key_of_ciphertext(other_region(), &sealed.ciphertext)), Some(KmsErrorKind::AccessDenied));
    assert_eq!(kind(kms.key_of_ciphertext(region(), b"something else")), Some(KmsErrorKind::InvalidCiphertext));
}

#[tokio::test]
async fn plaintexts_have_limits() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    let algorithm = EncryptionAlgorithm::SymmetricDefault;
    for (length, fits) in [(0, false), (1, true), (4_096, true), (4_097, false)] {
        let plaintext = vec![7; length];
        let sealed = kms.encrypt(&key, Encrypt { plaintext: &plaintext, context: none(), algorithm }).await;
        assert_eq!(sealed.is_ok(), fits, "{length}");
    }
    assert!(EncryptionContext::new([("a".repeat(9_000), "b")]).is_err());
    assert_eq!(kms.generate_random(1_024).expect("allowed").len(), 1_024);
    for length in [0, 1_025] {
        assert_eq!(kind(kms.generate_random(length)), Some(KmsErrorKind::Validation));
    }
}

#[tokio::test]
async fn data_keys_decrypt_to_themselves() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    let bound = context(&[("aws:s3:arn", "arn:aws:s3:::bucket/key")]);
    let lengths = [
        (DataKeyLength::Spec(DataKeySpec::Aes256), 32),
        (DataKeyLength::Spec(DataKeySpec::Aes128), 16),
        (DataKeyLength::Bytes(1_024), 1_024),
    ];
    for (length, bytes) in lengths {
        let made = kms.generate_data_key_of(&key, length, &bound, "GenerateDataKey").expect("made");
        assert_eq!(made.plaintext.len(), bytes);
        let algorithm = EncryptionAlgorithm::SymmetricDefault;
        let decrypt = Decrypt { ciphertext: &made.ciphertext, context: &bound, algorithm };
        assert_eq!(*kms.decrypt(&key, decrypt).await.expect("decrypts").plaintext, *made.plaintext);
    }
    let made = kms.generate_data_key(&key, &bound).expect("made");
    let opened = kms.decrypt_data_key(region(), &made.ciphertext, &bound).expect("opens");
    assert_eq!((opened.plaintext.expose(), opened.key.arn()), (made.plaintext.expose(), key.arn()));
    assert_eq!(kind(kms.decrypt_data_key(region(), &made.ciphertext, none())), Some(KmsErrorKind::InvalidCiphertext));
    kms.disable_key(&key).await.expect("disables");
    assert_eq!(kind(kms.generate_data_key(&key, &bound)), Some(KmsErrorKind::Disabled));
    let refused = kms.decrypt_data_key(region(), &made.ciphertext, &bound);
    assert_eq!(kind(refused), Some(KmsErrorKind::Disabled));
    let mac = world.key(KeySpec::Hmac256, KeyUsage::GenerateVerifyMac).await;
    assert_eq!(kind(kms.generate_data_key(&mac, &bound)), Some(KmsErrorKind::InvalidKeyUsage));
}

#[tokio::test]
async fn keys_are_encrypted_anew_under_another() {
    let world = World::new().await;
    let kms = &world.kms;
    let (first, second) = (world.symmetric().await, world.symmetric().await);
    let algorithm = EncryptionAlgorithm::SymmetricDefault;
    let (old, new) = (context(&[("v", "1")]), context(&[("v", "2")]));
    let sealed = kms.encrypt(&first, Encrypt { plaintext: b"x", context: &old, algorithm }).await.expect("encrypts");
    let source = Decrypt { ciphertext: &sealed.ciphertext, context: &old, algorithm };
    let moved = kms.re_encrypt(&first, &second, ReEncrypt { source, context: &new, algorithm }).await.expect("moves");
    assert_eq!((&moved.source_arn, &moved.key_arn), (first.arn(), second.arn()));
    let opened = kms.decrypt(&second, Decrypt { ciphertext: &moved.ciphertext, context: &new, algorithm }).await;
    assert_eq!(&**opened.expect("decrypts").plaintext, b"x");
}

#[tokio::test]
async fn rsa_keys_encrypt_and_sign_as_others_do() {
    let world = World::new().await;
    let kms = &world.kms;
    let key = world.key(KeySpec::Rsa2048, KeyUsage::EncryptDecrypt).await;
    for (algorithm, most) in [(EncryptionAlgorithm::RsaesOaepSha1, 214), (EncryptionAlgorithm::RsaesOaepSha256, 190)] {
        let plaintext = vec![5; most];
        let encrypt = Encrypt { plaintext: &plaintext, context: none(), algorithm };
        let sealed = kms.encrypt(&key, encrypt).await.expect("encrypts");
        let decrypt = Decrypt { ciphertext: &sealed.ciphertext, context: none(), algorithm };
        assert_eq!(**kms.decrypt(&key, decrypt).await.expect("decrypts").plaintext, plaintext);
        let long = vec![5; most + 1];
        let refused = kms.encrypt(&key, Encrypt { plaintext: &long, ..encrypt }).await.expect_err("too long");
        let words =
            format!("Algorithm {algorithm} and key spec RSA_2048 cannot encrypt data larger than {most} bytes.");
        assert_eq!(refused.message, words);
        let mut changed = sealed.ciphertext.clone();
        changed[9] ^= 1;
        let refused = kms.decrypt(&key, Decrypt { ciphertext: &changed, ..decrypt }).await;
        assert_eq!(kind(refused), Some(KmsErrorKind::InvalidCiphertext));
        let bound = context(&[("a", "b")]);
        let refused = kms.encrypt(&key, Encrypt { context: &bound, ..encrypt }).await;
        assert_eq!(kind(refused), Some(KmsErrorKind::Validation));
        assert_eq!(kind(kms.source_key(region(), account(), None, &decrypt)), Some(KmsErrorKind::Validation));
    }

    let key = world.key(KeySpec::Rsa2048, KeyUsage::SignVerify).await;
    let public = kms.get_public_key(&key).await.expect("has one").der;
    // Without the frame of SubjectPublicKeyInfo: what aws-lc verifies with.
    let public = &public[24..];
    let verifications: [(SigningAlgorithm, &'static signature::RsaParameters); 6] = [
        (SigningAlgorithm::RsassaPkcs1Sha256, &signature::RSA_PKCS1_2048_8192_SHA256),
        (SigningAlgorithm::RsassaPkcs1Sha384, &signature::RSA_PKCS1_2048_8192_SHA384),
        (SigningAlgorithm::RsassaPkcs1Sha512, &signature::RSA_PKCS1_2048_8192_SHA512),
        (SigningAlgorithm::RsassaPssSha256, &signature::RSA_PSS_2048_8192_SHA256),
        (SigningAlgorithm::RsassaPssSha384, &signature::RSA_PSS_2048_8192_SHA384),
        (SigningAlgorithm::RsassaPssSha512, &signature::RSA_PSS_2048_8192_SHA512),
    ];
    for (algorithm, verification) in verifications {
        let signed = Sign { message: b"message", message_type: MessageType::Raw, algorithm };
        let signature = kms.sign(&key, signed).await.expect("signs");
        UnparsedPublicKey::new(verification, public).verify(b"message", &signature).expect("others verify it");
        check_signature(kms, &key, signed, &signature).await;
    }
    let algorithm = SigningAlgorithm::EcdsaSha256;
    let signed = Sign { message: b"message", message_type: MessageType::Raw, algorithm };
    assert_eq!(kind(kms.sign(&key, signed).await), Some(KmsErrorKind::InvalidKeyUsage));
}

async fn check_signature(kms: &Kms, key: &Key, signed: Sign<'_>, signature: &[u8]) {
    kms.verify(key, Verify { signed, signature }).await.expect("it is good");
    let other = Sign { message: b"another", ..signed };
    let refused = kms.verify(key, Verify { signed: other, signature }).await;
    assert_eq!(kind(refused), Some(KmsErrorKind::InvalidSignature));
    let hash = match signed.algorithm.as_str() {
        name if name.ends_with("256") => &digest::SHA256,
        name if name.ends_with("384") => &digest::SHA384,
        _ => &digest::SHA512,
    };
    let hashed = digest::digest(hash, signed.message);
    let by_digest = Sign { message: hashed.as_ref(), message_type: MessageType::Digest, ..signed };
    kms.verify(key, Verify { signed: by_digest, signature }).await.expect("the digest is the message's");
    let again = kms.sign(key, by_digest).await.expect("signs");
    kms.verify(key, Verify { signed, signature: &again }).await.expect("the message is the digest's");
    let short = Sign { message: &hashed.as_ref()[1..], ..by_digest };
    let refused = kms.sign(key, short).await.expect_err("no digest");
    assert_eq!(refused.message, format!("Digest is invalid length for algorithm {}.", signed.algorithm));
}

#[tokio::test]
async fn curves_sign_as_others_do() {
    let world = World::new().await;
    let kms = &world.kms;
    let curves: [(KeySpec, SigningAlgorithm, &'static signature::EcdsaVerificationAlgorithm); 4] = [
        (KeySpec::EccNistP256, SigningAlgorithm::EcdsaSha256, &signature::ECDSA_P256_SHA256_ASN1),
        (KeySpec::EccNistP384, SigningAlgorithm::EcdsaSha384, &signature::ECDSA_P384_SHA384_ASN1),
        (KeySpec::EccNistP521, SigningAlgorithm::EcdsaSha512, &signature::ECDSA_P521_SHA512_ASN1),
        (KeySpec::EccSecgP256k1, SigningAlgorithm::EcdsaSha256, &signature::ECDSA_P256K1_SHA256_ASN1),
    ];
    for (spec, algorithm, verification) in curves {
        let key = world.key(spec, KeyUsage::SignVerify).await;
        assert_eq!(spec.signing_algorithms(KeyUsage::SignVerify), [algorithm]);
        let signed = Sign { message: b"message", message_type: MessageType::Raw, algorithm };
        let signature = kms.sign(&key, signed).await.expect("signs");
        let public = kms.get_public_key(&key).await.expect("has one");
        assert_eq!(public.metadata.spec, spec);
        UnparsedPublicKey::new(verification, &public.der).verify(b"message", &signature).expect("others verify it");
        check_signature(kms, &key, signed, &signature).await;
    }
    let symmetric = world.symmetric().await;
    assert_eq!(kind(kms.get_public_key(&symmetric).await), Some(KmsErrorKind::UnsupportedOperation));
    let signed = Sign { message: b"m", message_type: MessageType::Raw, algorithm: SigningAlgorithm::EcdsaSha256 };
    let refused = kms.sign(&symmetric, signed).await.expect_err("it encrypts");
    let words = format!("{} key usage is ENCRYPT_DECRYPT which is not valid for Sign.", symmetric.arn());
    assert_eq!((refused.kind, refused.message), (KmsErrorKind::InvalidKeyUsage, words));
}

#[tokio::test]
async fn two_derive_the_same_secret() {
    let world = World::new().await;
    let kms = &world.kms;
    for (spec, curve) in [
        (KeySpec::EccNistP256, &agreement::ECDH_P256),
        (KeySpec::EccNistP384, &agreement::ECDH_P384),
        (KeySpec::EccNistP521, &agreement::ECDH_P521),
    ] {
        let key = world.key(spec, KeyUsage::KeyAgreement).await;
        let public = kms.get_public_key(&key).await.expect("has one").der;
        let other = agreement::PrivateKey::generate(curve).expect("generates");
        let others = other.compute_public_key().expect("has one");
        let algorithm = KeyAgreementAlgorithm::Ecdh;
        let request = DeriveSharedSecret { algorithm, public_key: others.as_ref() };
        let ours = kms.derive_shared_secret(&key, request).await.expect("derives");
        let theirs = agreement::agree(&other, agreement::UnparsedPublicKey::new(curve, &public), (), |secret| {
            Ok(secret.to_vec())
        });
        assert_eq!(**ours, theirs.expect("agrees"));
        let refused = kms.derive_shared_secret(&key, DeriveSharedSecret { public_key: b"no key", ..request }).await;
        assert_eq!(kind(refused), Some(KmsErrorKind::Validation));
    }
}

#[tokio::test]
async fn codes_verify_with_their_message_alone() {
    let world = World::new().await;
    let kms = &world.kms;
    for (spec, algorithm, length) in [
        (KeySpec::Hmac224, MacAlgorithm::HmacSha224, 28),
        (KeySpec::Hmac256, MacAlgorithm::HmacSha256, 32),
        (KeySpec::Hmac384, MacAlgorithm::HmacSha384, 48),
        (KeySpec::Hmac512, MacAlgorithm::HmacSha512, 64),
    ] {
        let key = world.key(spec, KeyUsage::GenerateVerifyMac).await;
        let mac = kms.generate_mac(&key, GenerateMac { message: b"message", algorithm }).expect("made");
        assert_eq!(mac.len(), length);
        kms.verify_mac(&key, VerifyMac { message: b"message", algorithm, mac: &mac }).expect("it is good");
        let refused = kms.verify_mac(&key, VerifyMac { message: b"another", algorithm, mac: &mac });
        assert_eq!(kind(refused), Some(KmsErrorKind::InvalidMac));
        let other = if spec == KeySpec::Hmac512 { MacAlgorithm::HmacSha224 } else { MacAlgorithm::HmacSha512 };
        let refused = kms.generate_mac(&key, GenerateMac { message: b"m", algorithm: other }).expect_err("unfit");
        assert_eq!(refused.message, format!("Algorithm {other} is incompatible with key spec {spec}."));
    }
}

#[tokio::test]
async fn pairs_of_data_keys_belong_together() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    let bound = context(&[("a", "b")]);
    let operation = "GenerateDataKeyPair";
    for spec in [DataKeyPairSpec::EccNistP256, DataKeyPairSpec::EccSecgP256k1, DataKeyPairSpec::Rsa2048] {
        let pair = kms.generate_data_key_pair(&key, spec, &bound, operation).await.expect("made");
        let algorithm = EncryptionAlgorithm::SymmetricDefault;
        let decrypt = Decrypt { ciphertext: &pair.private_ciphertext, context: &bound, algorithm };
        assert_eq!(*kms.decrypt(&key, decrypt).await.expect("decrypts").plaintext, *pair.private_plaintext);
        if spec == DataKeyPairSpec::EccNistP256 {
            let algorithm = &signature::ECDSA_P256_SHA256_ASN1_SIGNING;
            let private = signature::EcdsaKeyPair::from_pkcs8(algorithm, &pair.private_plaintext).expect("a pair");
            let signed = private.sign(&aws_lc_rs::rand::SystemRandom::new(), b"m").expect("signs");
            let public = UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_ASN1, &pair.public);
            public.verify(b"m", signed.as_ref()).expect("verifies");
        }
    }
}

#[tokio::test]
async fn larger_rsa_keys_work_too() {
    let world = World::new().await;
    let kms = &world.kms;
    for (spec, bytes) in [(KeySpec::Rsa3072, 384), (KeySpec::Rsa4096, 512)] {
        let key = world.key(spec, KeyUsage::SignVerify).await;
        let algorithm = SigningAlgorithm::RsassaPssSha512;
        let signed = Sign { message: b"message", message_type: MessageType::Raw, algorithm };
        let signature = kms.sign(&key, signed).await.expect("signs");
        assert_eq!(signature.len(), bytes);
        kms.verify(&key, Verify { signed, signature: &signature }).await.expect("it is good");
    }
}
