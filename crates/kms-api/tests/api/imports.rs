//! Imported key material.

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use serde_json::{Value, json};

use crate::harness::{Client, DAY, START, Server, base64, blob};

async fn parameters(root: &Client<'_>, key: &str) -> Value {
    let input = json!({"KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"});
    root.ok("GetParametersForImport", input).await
}

fn wrap(parameters: &Value, material: &[u8]) -> String {
    let key = PublicEncryptingKey::from_der(&blob(&parameters["PublicKey"])).expect("a public key");
    let key = OaepPublicEncryptingKey::new(key).expect("an RSA key");
    let mut sealed = vec![0; key.ciphertext_size()];
    let sealed = key.encrypt(&OAEP_SHA256_MGF1SHA256, material, &mut sealed, None).expect("it fits").to_vec();
    base64(&sealed)
}

#[tokio::test]
async fn material_is_imported_expires_and_is_imported_again() {
    let server = Server::start().await;
    let root = server.root();
    let key = root.key_arn(json!({"Origin": "EXTERNAL"})).await;
    let state = async || root.ok("DescribeKey", json!({"KeyId": key})).await["KeyMetadata"].clone();
    assert_eq!(state().await["KeyState"], "PendingImport");
    let encrypt = json!({"KeyId": key, "Plaintext": base64(b"x")});
    root.refused("Encrypt", encrypt.clone(), "KMSInvalidStateException").await;
    let given = parameters(&root, &key).await;
    assert_eq!(given["ParametersValidTo"], json!(START as f64 / 1000.0 + DAY as f64));
    let sealed = wrap(&given, &[7; 32]);
    let import = json!({"KeyId": key, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": sealed});
    root.refused("ImportKeyMaterial", import.clone(), "ValidationException").await;
    let mut expiring = import.clone();
    expiring["ValidTo"] = json!(START as f64 / 1000.0 + 60.0);
    let imported = root.ok("ImportKeyMaterial", expiring).await;
    assert_eq!(imported["KeyId"], json!(key));
    assert_eq!(state().await["ExpirationModel"], "KEY_MATERIAL_EXPIRES");
    assert_eq!(state().await["ValidTo"], json!(START as f64 / 1000.0 + 60.0));
    let ciphertext = root.ok("Encrypt", encrypt).await["CiphertextBlob"].clone();
    server.wait(61);
    assert_eq!(state().await["KeyState"], "PendingImport");
    root.refused("Decrypt", json!({"CiphertextBlob": ciphertext}), "KMSInvalidStateException").await;

    let mut wrong = import.clone();
    wrong["ExpirationModel"] = json!("KEY_MATERIAL_DOES_NOT_EXPIRE");
    wrong["EncryptedKeyMaterial"] = json!(wrap(&given, &[8; 32]));
    root.refused("ImportKeyMaterial", wrong, "IncorrectKeyMaterialException").await;
    let mut lasting = import.clone();
    lasting["ExpirationModel"] = json!("KEY_MATERIAL_DOES_NOT_EXPIRE");
    assert_eq!(root.ok("ImportKeyMaterial", lasting.clone()).await["KeyMaterialId"], imported["KeyMaterialId"]);
    root.ok("Decrypt", json!({"CiphertextBlob": ciphertext})).await;
    root.ok("DeleteImportedKeyMaterial", json!({"KeyId": key})).await;
    assert_eq!(state().await["KeyState"], "PendingImport");

    let mut nonsense = lasting.clone();
    nonsense["ImportToken"] = json!(base64(b"x"));
    root.refused("ImportKeyMaterial", nonsense, "InvalidImportTokenException").await;
    server.wait(DAY);
    root.refused("ImportKeyMaterial", lasting, "ExpiredImportTokenException").await;
    let own = root.key(json!({})).await;
    let input = json!({"KeyId": own, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"});
    root.refused("GetParametersForImport", input, "UnsupportedOperationException").await;
}
