//! What is no request, and what requests of every kind have in common.

use larder_kms_api::{Service, kms_operation_names, quota_operation_names};
use serde_json::json;

use crate::harness::Server;

/// The operations of the API that are promised; ML-KEM and the last use of keys are not.
const PROMISED: [&str; 53] = [
    "CancelKeyDeletion",
    "ConnectCustomKeyStore",
    "CreateAlias",
    "CreateCustomKeyStore",
    "CreateGrant",
    "CreateKey",
    "Decrypt",
    "DeleteAlias",
    "DeleteCustomKeyStore",
    "DeleteImportedKeyMaterial",
    "DeriveSharedSecret",
    "DescribeCustomKeyStores",
    "DescribeKey",
    "DisableKey",
    "DisableKeyRotation",
    "DisconnectCustomKeyStore",
    "EnableKey",
    "EnableKeyRotation",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GenerateRandom",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "GetParametersForImport",
    "GetPublicKey",
    "ImportKeyMaterial",
    "ListAliases",
    "ListGrants",
    "ListKeyPolicies",
    "ListKeyRotations",
    "ListKeys",
    "ListResourceTags",
    "ListRetirableGrants",
    "PutKeyPolicy",
    "ReEncrypt",
    "ReplicateKey",
    "RetireGrant",
    "RevokeGrant",
    "RotateKeyOnDemand",
    "ScheduleKeyDeletion",
    "Sign",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateCustomKeyStore",
    "UpdateKeyDescription",
    "UpdatePrimaryRegion",
    "Verify",
    "VerifyMac",
];

#[tokio::test]
async fn every_operation_is_there_and_none_runs_for_nobody() {
    assert_eq!(kms_operation_names().collect::<Vec<_>>(), PROMISED);
    let server = Server::start().await;
    for operation in PROMISED {
        let message = server.nobody().refused(operation, json!({}), "MissingAuthenticationTokenException").await;
        assert_eq!(message, "Missing Authentication Token");
    }
    for operation in quota_operation_names() {
        server.nobody().ask_quotas(operation, json!({})).await.refused("MissingAuthenticationTokenException");
    }
}

/// A user without policies is refused everything that is well formed, in the same words whether or not there is a key.
#[tokio::test]
async fn no_operation_runs_without_permission() {
    let server = Server::start().await;
    let root = server.root();
    let key = root.key(json!({})).await;
    root.ok("CreateAlias", json!({"AliasName": "alias/a", "TargetKeyId": key})).await;
    let user = server.user("nobody", json!([])).await;
    let blob = "AAAA";
    let input = json!({
        "KeyId": key, "SourceKeyId": key, "DestinationKeyId": key, "TargetKeyId": key, "AliasName": "alias/a",
        "CiphertextBlob": blob, "Plaintext": blob, "Message": blob, "Signature": blob, "Mac": blob, "PublicKey": blob,
        "ImportToken": blob, "EncryptedKeyMaterial": blob, "SigningAlgorithm": "ECDSA_SHA_256",
        "MacAlgorithm": "HMAC_SHA_256", "KeyAgreementAlgorithm": "ECDH", "KeyPairSpec": "ECC_NIST_P256",
        "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048", "GranteePrincipal": user.arn(),
        "RetiringPrincipal": user.arn(), "Operations": ["Decrypt"], "GrantId": "a".repeat(64),
        "Policy": "{}", "Tags": [{"TagKey": "a", "TagValue": "b"}], "TagKeys": ["a"], "Description": "",
        "ReplicaRegion": "eu-west-1", "PrimaryRegion": "eu-west-1", "CustomKeyStoreName": "a",
        "CustomKeyStoreId": "cks-1", "NumberOfBytes": 16,
    });
    for operation in PROMISED {
        let message = user.refused(operation, input.clone(), "AccessDeniedException").await;
        let action = if operation == "ReEncrypt" { "ReEncryptFrom" } else { operation };
        let start = format!("User: {} is not authorized to perform: kms:{action} on resource: ", user.arn());
        assert!(message.starts_with(&start), "{message}");
        let end = format!("because no identity-based policy allows the kms:{action} action");
        assert!(message.ends_with(&end), "{message}");
    }
    for operation in quota_operation_names() {
        let input = json!({"ServiceCode": "kms", "QuotaCode": "L-6E3AF000", "DesiredValue": 1.0, "RequestId": "a1"});
        let message = user.ask_quotas(operation, input).await.refused("AccessDeniedException");
        assert!(message.contains(&format!("servicequotas:{operation} on resource: ")), "{message}");
    }
}

#[tokio::test]
async fn what_names_no_operation_is_unknown() {
    let server = Server::start().await;
    let root = server.root();
    for target in
        [None, Some("TrentService.Encapsulate"), Some("TrentService."), Some("ServiceQuotasV20190624.ListServices")]
    {
        let answer = root.send(Service::Kms, target, b"{}").await;
        assert_eq!(answer.status, 400);
        assert_eq!(answer.refused("UnknownOperationException"), "");
    }
    let answer = root.ask_quotas("CreateSupportCase", json!({})).await;
    answer.refused("UnknownOperationException");
}

#[tokio::test]
async fn members_are_checked_before_anything_is_looked_up() {
    let server = Server::start().await;
    let root = server.root();
    let answer = root.send(Service::Kms, Some("TrentService.DescribeKey"), b"{\"KeyId\":").await;
    answer.refused("SerializationException");
    let message = root.refused("DescribeKey", json!({"KeyId": 7}), "SerializationException").await;
    assert_eq!(message, "NUMBER_VALUE can not be converted to a String");
    let message = root.refused("Encrypt", json!({"KeyId": "alias/none"}), "ValidationException").await;
    assert_eq!(
        message,
        "1 validation error detected: Value null at 'plaintext' failed to satisfy constraint: Member must not be null"
    );
    let message = root.refused("CreateKey", json!({"KeySpec": "DES"}), "ValidationException").await;
    assert!(message.contains("Value 'DES' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [SYMMETRIC_DEFAULT, "), "{message}");
    root.refused("CreateKey", json!({"KeySpec": "ML_DSA_44"}), "UnsupportedOperationException").await;
    let big = super::harness::base64(&[0; 4097]);
    let message = root.refused("Encrypt", json!({"KeyId": "a", "Plaintext": big}), "ValidationException").await;
    assert!(
        message
            .contains("'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096"),
        "{message}"
    );
    root.refused("GenerateRandom", json!({"NumberOfBytes": 1025}), "ValidationException").await;
    root.refused("GenerateRandom", json!({}), "ValidationException").await;
    root.refused("GenerateRandom", json!({"NumberOfBytes": 1, "Recipient": {}}), "UnsupportedOperationException").await;
    let stores = root.ok("DescribeCustomKeyStores", json!({})).await;
    assert_eq!(stores, json!({"CustomKeyStores": [], "Truncated": false}));
    root.refused("DeleteCustomKeyStore", json!({"CustomKeyStoreId": "cks-1"}), "CustomKeyStoreNotFoundException").await;
    root.refused("CreateKey", json!({"CustomKeyStoreId": "cks-1"}), "CustomKeyStoreNotFoundException").await;
    root.refused("CreateKey", json!({"Origin": "AWS_CLOUDHSM"}), "UnsupportedOperationException").await;
    root.refused("CreateCustomKeyStore", json!({"CustomKeyStoreName": "a"}), "UnsupportedOperationException").await;
}
