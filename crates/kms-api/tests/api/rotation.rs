//! Rotation.

use serde_json::json;

use crate::harness::{DAY, START, Server, base64};

#[tokio::test]
async fn material_is_replaced_and_still_decrypts() {
    let server = Server::start().await;
    let root = server.root();
    let key = root.key_arn(json!({})).await;
    let status = root.ok("GetKeyRotationStatus", json!({"KeyId": key})).await;
    assert_eq!(status, json!({"KeyId": key, "KeyRotationEnabled": false}));
    root.ok("EnableKeyRotation", json!({"KeyId": key, "RotationPeriodInDays": 90})).await;
    let status = root.ok("GetKeyRotationStatus", json!({"KeyId": key})).await;
    let next = START as f64 / 1000.0 + (90 * DAY) as f64;
    assert_eq!((&status["RotationPeriodInDays"], &status["NextRotationDate"]), (&json!(90), &json!(next)));
    let sealed = root.ok("Encrypt", json!({"KeyId": key, "Plaintext": base64(b"x")})).await;
    assert_eq!(root.ok("RotateKeyOnDemand", json!({"KeyId": key})).await, json!({"KeyId": key}));
    server.wait(90 * DAY);
    assert_eq!(server.kms.rotate_due().await.expect("rotated"), 1);
    let rotations = root.ok("ListKeyRotations", json!({"KeyId": key})).await;
    let kinds: Vec<_> =
        rotations["Rotations"].as_array().expect("a list").iter().map(|one| one["RotationType"].clone()).collect();
    assert_eq!(kinds, [json!("ON_DEMAND"), json!("AUTOMATIC")]);
    let all =
        root.ok("ListKeyRotations", json!({"KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL", "Limit": 2})).await;
    assert_eq!((all["Rotations"].as_array().expect("a list").len(), &all["Truncated"]), (2, &json!(true)));
    let opened = root.ok("Decrypt", json!({"CiphertextBlob": sealed["CiphertextBlob"]})).await;
    assert_eq!(opened["KeyMaterialId"], all["Rotations"][0]["KeyMaterialId"]);
    root.ok("DisableKeyRotation", json!({"KeyId": key})).await;
    root.refused("EnableKeyRotation", json!({"KeyId": key, "RotationPeriodInDays": 89}), "ValidationException").await;
    let signing = root.key(json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})).await;
    root.refused("EnableKeyRotation", json!({"KeyId": signing}), "UnsupportedOperationException").await;
}
