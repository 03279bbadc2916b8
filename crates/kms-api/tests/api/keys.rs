//! Making keys, finding them, and the states that they can be in.

use serde_json::json;

use crate::harness::{ACCOUNT, DAY, START, Server, base64, text};

#[tokio::test]
async fn a_key_is_described_as_aws_describes_it() {
    let server = Server::start().await;
    let root = server.root();
    let made = root.ok("CreateKey", json!({"Description": "d", "Tags": [{"TagKey": "a", "TagValue": "b"}]})).await;
    let id = text(&made["KeyMetadata"]["KeyId"]);
    let material = text(&made["KeyMetadata"]["CurrentKeyMaterialId"]);
    assert_eq!(material.len(), 64);
    let expected = json!({"KeyMetadata": {
        "AWSAccountId": ACCOUNT,
        "Arn": format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{id}"),
        "CreationDate": START as f64 / 1000.0,
        "CurrentKeyMaterialId": material,
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "Description": "d",
        "Enabled": true,
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "KeyId": id,
        "KeyManager": "CUSTOMER",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyState": "Enabled",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "MultiRegion": false,
        "Origin": "AWS_KMS",
    }});
    assert_eq!(made, expected);
    root.ok("CreateAlias", json!({"AliasName": "alias/a", "TargetKeyId": id})).await;
    for named in [
        id.clone(),
        text(&made["KeyMetadata"]["Arn"]),
        "alias/a".to_owned(),
        format!("arn:aws:kms:us-east-1:{ACCOUNT}:alias/a"),
    ] {
        assert_eq!(root.ok("DescribeKey", json!({"KeyId": named})).await, expected, "{named}");
    }
    root.ok("UpdateKeyDescription", json!({"KeyId": id, "Description": ""})).await;
    assert_eq!(root.ok("DescribeKey", json!({"KeyId": id})).await["KeyMetadata"]["Description"], "");
}

#[tokio::test]
async fn keys_that_are_not_there_are_not_found() {
    let server = Server::start().await;
    let root = server.root();
    let id = "12345678-1234-1234-1234-123456789012";
    let message = root.refused("DescribeKey", json!({"KeyId": id}), "NotFoundException").await;
    assert_eq!(message, format!("Key 'arn:aws:kms:us-east-1:{ACCOUNT}:key/{id}' does not exist"));
    let message = root.refused("DescribeKey", json!({"KeyId": "alias/none"}), "NotFoundException").await;
    assert_eq!(message, format!("Alias arn:aws:kms:us-east-1:{ACCOUNT}:alias/none is not found."));
    root.refused("DescribeKey", json!({"KeyId": "?"}), "NotFoundException").await;
    let key = root.key(json!({})).await;
    root.in_region("eu-west-1").refused("DescribeKey", json!({"KeyId": key}), "NotFoundException").await;
    root.ok("CreateAlias", json!({"AliasName": "alias/a", "TargetKeyId": key})).await;
    // Not every operation takes an alias.
    root.refused("DisableKey", json!({"KeyId": "alias/a"}), "NotFoundException").await;
}

#[tokio::test]
async fn describing_the_key_of_s3_makes_it() {
    let server = Server::start().await;
    let root = server.root();
    let key = root.ok("DescribeKey", json!({"KeyId": "alias/aws/s3"})).await;
    assert_eq!(key["KeyMetadata"]["KeyManager"], "AWS");
    assert_eq!(root.ok("DescribeKey", json!({"KeyId": "alias/aws/s3"})).await, key);
    root.refused("DescribeKey", json!({"KeyId": "alias/aws/other"}), "NotFoundException").await;
    // Only S3 may use it.
    let encrypt = json!({"KeyId": "alias/aws/s3", "Plaintext": base64(b"x")});
    root.refused("Encrypt", encrypt, "AccessDeniedException").await;
    let user = server.user("user", json!([])).await;
    user.in_region("eu-west-1").refused("DescribeKey", json!({"KeyId": "alias/aws/s3"}), "AccessDeniedException").await;
    assert_eq!(root.in_region("eu-west-1").ok("ListKeys", json!({})).await["Keys"], json!([]));
}

#[tokio::test]
async fn lists_come_in_pages() {
    let server = Server::start().await;
    let root = server.root();
    let mut keys = Vec::new();
    for _ in 0..5 {
        keys.push(root.key(json!({})).await);
    }
    keys.sort();
    let mut seen = Vec::new();
    let mut marker = json!(null);
    loop {
        let page = root.ok("ListKeys", json!({"Limit": 2, "Marker": marker})).await;
        seen.extend(page["Keys"].as_array().expect("keys").iter().map(|key| text(&key["KeyId"])));
        if page["Truncated"] == false {
            assert!(page["NextMarker"].is_null());
            break;
        }
        marker = page["NextMarker"].clone();
    }
    assert_eq!(seen, keys);
    assert_eq!(root.in_region("eu-west-1").ok("ListKeys", json!({})).await["Keys"], json!([]));
    root.refused("ListKeys", json!({"Limit": 1001}), "ValidationException").await;
    let shared = root.ok("ListKeys", json!({"ResourceOwners": ["OTHER_ACCOUNTS_VIA_RAM"]})).await;
    assert_eq!(shared["Keys"], json!([]));
}

#[tokio::test]
async fn a_key_is_disabled_deleted_and_kept() {
    let server = Server::start().await;
    let root = server.root();
    let arn = root.key_arn(json!({})).await;
    let state = async || text(&root.ok("DescribeKey", json!({"KeyId": arn})).await["KeyMetadata"]["KeyState"]);
    let encrypt = json!({"KeyId": arn, "Plaintext": base64(b"x")});
    root.ok("DisableKey", json!({"KeyId": arn})).await;
    assert_eq!(state().await, "Disabled");
    assert_eq!(root.refused("Encrypt", encrypt.clone(), "DisabledException").await, format!("{arn} is disabled."));
    root.ok("EnableKey", json!({"KeyId": arn})).await;
    root.ok("Encrypt", encrypt.clone()).await;

    let scheduled = root.ok("ScheduleKeyDeletion", json!({"KeyId": arn, "PendingWindowInDays": 7})).await;
    let due = START as f64 / 1000.0 + (7 * DAY) as f64;
    assert_eq!(
        scheduled,
        json!({"KeyId": arn, "DeletionDate": due, "KeyState": "PendingDeletion", "PendingWindowInDays": 7})
    );
    let message = root.refused("Encrypt", encrypt.clone(), "KMSInvalidStateException").await;
    assert_eq!(message, format!("{arn} is pending deletion."));
    root.refused("EnableKey", json!({"KeyId": arn}), "KMSInvalidStateException").await;
    assert_eq!(root.ok("CancelKeyDeletion", json!({"KeyId": arn})).await, json!({"KeyId": arn}));
    assert_eq!(state().await, "Disabled");
    root.refused("CancelKeyDeletion", json!({"KeyId": arn}), "KMSInvalidStateException").await;
    root.refused("ScheduleKeyDeletion", json!({"KeyId": arn, "PendingWindowInDays": 6}), "ValidationException").await;
    root.ok("ScheduleKeyDeletion", json!({"KeyId": arn, "PendingWindowInDays": 7})).await;
    server.wait(7 * DAY);
    root.refused("DescribeKey", json!({"KeyId": arn}), "NotFoundException").await;
}
