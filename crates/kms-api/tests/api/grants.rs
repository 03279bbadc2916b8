//! Grants.

use serde_json::json;

use crate::harness::{ACCOUNT, OTHER_ACCOUNT, Server, allow, base64, text};

#[tokio::test]
async fn a_grant_lets_its_grantee_in_until_it_ends() {
    let server = Server::start().await;
    let root = server.root();
    let key = root.key_arn(json!({})).await;
    let user = server.user("user", json!([])).await;
    let encrypt =
        |context: serde_json::Value| json!({"KeyId": key, "Plaintext": base64(b"x"), "EncryptionContext": context});
    user.refused("Encrypt", encrypt(json!({})), "AccessDeniedException").await;
    let grant = json!({
        "KeyId": key, "GranteePrincipal": user.arn(), "Operations": ["Encrypt", "DescribeKey"], "Name": "n",
        "Constraints": {"EncryptionContextSubset": {"a": "1"}},
    });
    let mut dry = grant.clone();
    dry["DryRun"] = json!(true);
    root.refused("CreateGrant", dry, "DryRunOperationException").await;
    let made = root.ok("CreateGrant", grant.clone()).await;
    assert_eq!(root.ok("CreateGrant", grant).await["GrantId"], made["GrantId"], "a name makes it the same");
    let mut with_token = encrypt(json!({"a": "1", "b": "2"}));
    with_token["GrantTokens"] = json!([made["GrantToken"]]);
    user.ok("Encrypt", with_token).await;
    user.refused("Encrypt", encrypt(json!({"a": "2"})), "AccessDeniedException").await;
    user.ok("DescribeKey", json!({"KeyId": key})).await;
    let mut bad_token = encrypt(json!({"a": "1"}));
    bad_token["GrantTokens"] = json!(["nonsense"]);
    user.refused("Encrypt", bad_token, "InvalidGrantTokenException").await;

    let listed = root.ok("ListGrants", json!({"KeyId": key})).await;
    let entry = &listed["Grants"][0];
    assert_eq!(entry["GrantId"], made["GrantId"]);
    assert_eq!(entry["KeyId"], json!(key));
    assert_eq!(entry["GranteePrincipal"], json!(user.arn()));
    assert_eq!(entry["IssuingAccount"], json!(format!("arn:aws:iam::{ACCOUNT}:root")));
    assert_eq!(entry["Operations"], json!(["Encrypt", "DescribeKey"]));
    assert_eq!(entry["Constraints"], json!({"EncryptionContextSubset": {"a": "1"}}));
    assert_eq!(
        root.ok("ListGrants", json!({"KeyId": key, "GranteePrincipal": "arn:aws:iam::111122223333:root"})).await["Grants"],
        json!([])
    );

    let revoke = json!({"KeyId": key, "GrantId": made["GrantId"]});
    user.refused("RevokeGrant", revoke.clone(), "AccessDeniedException").await;
    root.ok("RevokeGrant", revoke.clone()).await;
    user.refused("Encrypt", encrypt(json!({"a": "1"})), "AccessDeniedException").await;
    root.refused("RevokeGrant", revoke, "NotFoundException").await;
}

#[tokio::test]
async fn whoever_may_retire_a_grant_does_so_by_its_token_or_its_id() {
    let server = Server::start().await;
    let root = server.root();
    let key = root.key_arn(json!({})).await;
    let (user, retirer) = (server.user("user", json!([])).await, server.user("retirer", json!([])).await);
    let grant = json!({"KeyId": key, "GranteePrincipal": user.arn(), "RetiringPrincipal": retirer.arn(), "Operations": ["Decrypt"]});
    let made = root.ok("CreateGrant", grant.clone()).await;
    let retirable = root.ok("ListRetirableGrants", json!({"RetiringPrincipal": retirer.arn()})).await;
    assert_eq!(retirable["Grants"][0]["GrantId"], made["GrantId"]);
    user.refused("RetireGrant", json!({"GrantToken": made["GrantToken"]}), "AccessDeniedException").await;
    let dry = json!({"GrantToken": made["GrantToken"], "DryRun": true});
    retirer.refused("RetireGrant", dry, "DryRunOperationException").await;
    retirer.ok("RetireGrant", json!({"GrantToken": made["GrantToken"]})).await;
    root.refused("RetireGrant", json!({"GrantToken": made["GrantToken"]}), "NotFoundException").await;
    let made = root.ok("CreateGrant", grant).await;
    retirer.ok("RetireGrant", json!({"KeyId": key, "GrantId": made["GrantId"]})).await;
    root.refused("RetireGrant", json!({}), "ValidationException").await;
    root.refused("RetireGrant", json!({"GrantToken": "x"}), "InvalidGrantTokenException").await;
    let stranger = server.user_of(OTHER_ACCOUNT, "stranger", json!([allow(&["kms:*"], "*")])).await;
    stranger.refused("RetireGrant", json!({"KeyId": key, "GrantId": "a"}), "AccessDeniedException").await;
}

#[tokio::test]
async fn grants_are_for_principals_that_are_there_and_operations_that_fit() {
    let server = Server::start().await;
    let root = server.root();
    let key = root.key_arn(json!({})).await;
    let nobody = format!("arn:aws:iam::{ACCOUNT}:user/none");
    let grant = json!({"KeyId": key, "GranteePrincipal": nobody, "Operations": ["Decrypt"]});
    root.refused("CreateGrant", grant, "InvalidArnException").await;
    let account = format!("arn:aws:iam::{OTHER_ACCOUNT}:root");
    root.refused(
        "CreateGrant",
        json!({"KeyId": key, "GranteePrincipal": account, "Operations": ["Sign"]}),
        "ValidationException",
    )
    .await;
    root.refused("CreateGrant", json!({"KeyId": key, "Operations": ["Decrypt"]}), "ValidationException").await;
    let made =
        root.ok("CreateGrant", json!({"KeyId": key, "GranteePrincipal": account, "Operations": ["Encrypt"]})).await;
    assert_eq!(text(&made["GrantId"]).len(), 64);
    let stranger = server.user_of(OTHER_ACCOUNT, "stranger", json!([allow(&["kms:Encrypt"], "*")])).await;
    stranger.ok("Encrypt", json!({"KeyId": key, "Plaintext": base64(b"x")})).await;

    // Who may make grants by a grant makes none that allow more.
    let user = server.user("user", json!([])).await;
    let operations = json!(["CreateGrant", "Encrypt"]);
    root.ok("CreateGrant", json!({"KeyId": key, "GranteePrincipal": user.arn(), "Operations": operations})).await;
    user.ok("CreateGrant", json!({"KeyId": key, "GranteePrincipal": account, "Operations": ["Encrypt"]})).await;
    user.refused(
        "CreateGrant",
        json!({"KeyId": key, "GranteePrincipal": account, "Operations": ["Decrypt"]}),
        "AccessDeniedException",
    )
    .await;
}
