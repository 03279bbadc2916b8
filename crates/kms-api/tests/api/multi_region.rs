//! Keys of several regions.

use serde_json::json;

use crate::harness::{ACCOUNT, DAY, Server, allow, base64, blob};

#[tokio::test]
async fn a_replica_decrypts_what_its_primary_encrypted() {
    let server = Server::start().await;
    let root = server.root();
    let (here, there) = (root.clone(), root.in_region("eu-west-1"));
    let key = here.key(json!({"MultiRegion": true})).await;
    assert!(key.starts_with("mrk-"), "{key}");
    let replica =
        here.ok("ReplicateKey", json!({"KeyId": key, "ReplicaRegion": "eu-west-1", "Description": "r"})).await;
    let arn = |region: &str| format!("arn:aws:kms:{region}:{ACCOUNT}:key/{key}");
    assert_eq!(replica["ReplicaKeyMetadata"]["Arn"], json!(arn("eu-west-1")));
    let expected = json!({
        "MultiRegionKeyType": "REPLICA",
        "PrimaryKey": {"Arn": arn("us-east-1"), "Region": "us-east-1"},
        "ReplicaKeys": [{"Arn": arn("eu-west-1"), "Region": "eu-west-1"}],
    });
    assert_eq!(replica["ReplicaKeyMetadata"]["MultiRegionConfiguration"], expected);
    assert!(replica["ReplicaPolicy"].is_string());
    here.refused("ReplicateKey", json!({"KeyId": key, "ReplicaRegion": "eu-west-1"}), "AlreadyExistsException").await;

    let sealed = here.ok("Encrypt", json!({"KeyId": key, "Plaintext": base64(b"x")})).await;
    let opened = there.ok("Decrypt", json!({"CiphertextBlob": sealed["CiphertextBlob"]})).await;
    assert_eq!((blob(&opened["Plaintext"]), &opened["KeyId"]), (b"x".to_vec(), &json!(arn("eu-west-1"))));
    let elsewhere = root.in_region("eu-north-1");
    elsewhere.refused("Decrypt", json!({"CiphertextBlob": sealed["CiphertextBlob"]}), "AccessDeniedException").await;

    there
        .refused(
            "UpdatePrimaryRegion",
            json!({"KeyId": key, "PrimaryRegion": "eu-west-1"}),
            "UnsupportedOperationException",
        )
        .await;
    here.refused("UpdatePrimaryRegion", json!({"KeyId": key, "PrimaryRegion": "eu-north-1"}), "NotFoundException")
        .await;
    here.ok("UpdatePrimaryRegion", json!({"KeyId": key, "PrimaryRegion": "eu-west-1"})).await;
    let configuration =
        there.ok("DescribeKey", json!({"KeyId": key})).await["KeyMetadata"]["MultiRegionConfiguration"].clone();
    assert_eq!(configuration["MultiRegionKeyType"], "PRIMARY");

    // A primary key waits for its replicas.
    let scheduled = there.ok("ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).await;
    assert_eq!(scheduled["KeyState"], "PendingReplicaDeletion");
    assert!(scheduled["DeletionDate"].is_null());
    here.ok("ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7})).await;
    server.wait(7 * DAY);
    server.kms.delete_due().await.expect("deleted");
    here.refused("DescribeKey", json!({"KeyId": key}), "NotFoundException").await;
    assert_eq!(there.ok("DescribeKey", json!({"KeyId": key})).await["KeyMetadata"]["KeyState"], "PendingDeletion");
}

#[tokio::test]
async fn replicating_needs_permissions_in_both_regions() {
    let server = Server::start().await;
    let key = server.root().key_arn(json!({"MultiRegion": true})).await;
    let half = server.user("half", json!([allow(&["kms:ReplicateKey"], "*")])).await;
    let input = json!({"KeyId": key, "ReplicaRegion": "eu-west-1"});
    let message = half.refused("ReplicateKey", input.clone(), "AccessDeniedException").await;
    assert!(message.contains("kms:CreateKey"), "{message}");
    let whole = server.user("whole", json!([allow(&["kms:ReplicateKey", "kms:CreateKey"], "*")])).await;
    let single = server.root().key(json!({})).await;
    whole
        .refused(
            "ReplicateKey",
            json!({"KeyId": single, "ReplicaRegion": "eu-west-1"}),
            "UnsupportedOperationException",
        )
        .await;
    whole.ok("ReplicateKey", input).await;
}
