//! What keys do.

use serde_json::json;

use crate::harness::{Server, base64, blob, text};

#[tokio::test]
async fn what_is_encrypted_decrypts_with_its_context_alone() {
    let server = Server::start().await;
    let root = server.root();
    let arn = root.key_arn(json!({})).await;
    let context = json!({"a": "1", "b": "2"});
    let sealed =
        root.ok("Encrypt", json!({"KeyId": arn, "Plaintext": base64(b"secret"), "EncryptionContext": context})).await;
    assert_eq!((&sealed["KeyId"], &sealed["EncryptionAlgorithm"]), (&json!(arn), &json!("SYMMETRIC_DEFAULT")));
    let ciphertext = &sealed["CiphertextBlob"];
    for key in [json!(null), json!(arn)] {
        let input = json!({"CiphertextBlob": ciphertext, "EncryptionContext": context, "KeyId": key});
        let opened = root.ok("Decrypt", input).await;
        assert_eq!(blob(&opened["Plaintext"]), b"secret");
        assert_eq!(opened["KeyId"], json!(arn));
        assert_eq!(text(&opened["KeyMaterialId"]).len(), 64);
    }
    root.refused("Decrypt", json!({"CiphertextBlob": ciphertext}), "InvalidCiphertextException").await;
    let other = root.key(json!({})).await;
    let input = json!({"CiphertextBlob": ciphertext, "EncryptionContext": context, "KeyId": other});
    root.refused("Decrypt", input, "IncorrectKeyException").await;
    root.refused("Decrypt", json!({"CiphertextBlob": base64(b"nonsense")}), "InvalidCiphertextException").await;

    let dry = json!({"CiphertextBlob": ciphertext, "EncryptionContext": context, "DryRun": true});
    let message = root.refused("Decrypt", dry, "DryRunOperationException").await;
    assert_eq!(message, "The request would have succeeded, but the DryRun option is set.");
    let dry = json!({"CiphertextBlob": ciphertext, "DryRun": true});
    root.refused("Decrypt", dry, "InvalidCiphertextException").await;

    let input = json!({"CiphertextBlob": ciphertext, "SourceEncryptionContext": context, "DestinationKeyId": other});
    let again = root.ok("ReEncrypt", input).await;
    assert_eq!(again["SourceKeyId"], json!(arn));
    let opened = root.ok("Decrypt", json!({"CiphertextBlob": again["CiphertextBlob"]})).await;
    assert_eq!(blob(&opened["Plaintext"]), b"secret");
}

#[tokio::test]
async fn data_keys_come_with_and_without_their_plaintext() {
    let server = Server::start().await;
    let root = server.root();
    let key = root.key(json!({})).await;
    let made = root.ok("GenerateDataKey", json!({"KeyId": key, "KeySpec": "AES_256"})).await;
    let opened = root.ok("Decrypt", json!({"CiphertextBlob": made["CiphertextBlob"]})).await;
    assert_eq!(opened["Plaintext"], made["Plaintext"]);
    assert_eq!(blob(&made["Plaintext"]).len(), 32);
    let made = root.ok("GenerateDataKeyWithoutPlaintext", json!({"KeyId": key, "NumberOfBytes": 64})).await;
    assert!(made["Plaintext"].is_null());
    let opened = root.ok("Decrypt", json!({"CiphertextBlob": made["CiphertextBlob"]})).await;
    assert_eq!(blob(&opened["Plaintext"]).len(), 64);
    for bad in [json!({"KeyId": key}), json!({"KeyId": key, "KeySpec": "AES_128", "NumberOfBytes": 16})] {
        root.refused("GenerateDataKey", bad, "ValidationException").await;
    }
    let pair = root.ok("GenerateDataKeyPair", json!({"KeyId": key, "KeyPairSpec": "ECC_NIST_P256"})).await;
    let opened = root.ok("Decrypt", json!({"CiphertextBlob": pair["PrivateKeyCiphertextBlob"]})).await;
    assert_eq!(opened["Plaintext"], pair["PrivateKeyPlaintext"]);
    assert!(!blob(&pair["PublicKey"]).is_empty());
    let input = json!({"KeyId": key, "KeyPairSpec": "ECC_NIST_P384"});
    let pair = root.ok("GenerateDataKeyPairWithoutPlaintext", input).await;
    assert!(pair["PrivateKeyPlaintext"].is_null() && !pair["PublicKey"].is_null());
    let random = root.ok("GenerateRandom", json!({"NumberOfBytes": 24})).await;
    assert_eq!(blob(&random["Plaintext"]).len(), 24);
}

#[tokio::test]
async fn keys_sign_verify_agree_and_authenticate() {
    let server = Server::start().await;
    let root = server.root();
    let key = root.key_arn(json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})).await;
    let signed =
        root.ok("Sign", json!({"KeyId": key, "Message": base64(b"m"), "SigningAlgorithm": "ECDSA_SHA_256"})).await;
    let verify = |message: &[u8]| json!({"KeyId": key, "Message": base64(message), "SigningAlgorithm": "ECDSA_SHA_256", "Signature": signed["Signature"]});
    let verified = root.ok("Verify", verify(b"m")).await;
    assert_eq!(verified, json!({"KeyId": key, "SignatureValid": true, "SigningAlgorithm": "ECDSA_SHA_256"}));
    root.refused("Verify", verify(b"n"), "KMSInvalidSignatureException").await;
    let public = root.ok("GetPublicKey", json!({"KeyId": key})).await;
    assert_eq!(
        (&public["KeySpec"], &public["SigningAlgorithms"]),
        (&json!("ECC_NIST_P256"), &json!(["ECDSA_SHA_256"]))
    );
    root.refused("Encrypt", json!({"KeyId": key, "Plaintext": base64(b"m")}), "InvalidKeyUsageException").await;
    let symmetric = root.key(json!({})).await;
    root.refused("GetPublicKey", json!({"KeyId": symmetric}), "UnsupportedOperationException").await;

    let mut secrets = Vec::new();
    let spec = json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"});
    let pair = [root.key(spec.clone()).await, root.key(spec).await];
    for (own, other) in [(0, 1), (1, 0)] {
        let public = root.ok("GetPublicKey", json!({"KeyId": pair[other]})).await;
        let input = json!({"KeyId": pair[own], "KeyAgreementAlgorithm": "ECDH", "PublicKey": public["PublicKey"]});
        secrets.push(root.ok("DeriveSharedSecret", input).await["SharedSecret"].clone());
    }
    assert_eq!(secrets[0], secrets[1]);

    let key = root.key_arn(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"})).await;
    let input = json!({"KeyId": key, "Message": base64(b"m"), "MacAlgorithm": "HMAC_SHA_256"});
    let mac = root.ok("GenerateMac", input.clone()).await;
    let mut verify = input;
    verify["Mac"] = mac["Mac"].clone();
    assert_eq!(root.ok("VerifyMac", verify.clone()).await["MacValid"], true);
    verify["Message"] = json!(base64(b"n"));
    root.refused("VerifyMac", verify, "KMSInvalidMacException").await;
}
