//! Who may do what, and what those who may not are told.

use serde_json::{Value, json};

use crate::harness::{ACCOUNT, OTHER_ACCOUNT, Server, allow, base64};

fn policy(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn delegate() -> Value {
    json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}, "Action": "kms:*", "Resource": "*"})
}

#[tokio::test]
async fn the_default_policy_leaves_it_to_the_account() {
    let server = Server::start().await;
    let root = server.root();
    let (one, other) = (root.key_arn(json!({})).await, root.key_arn(json!({})).await);
    let user = server.user("user", json!([allow(&["kms:Encrypt"], &one)])).await;
    let encrypt = |key: &str| json!({"KeyId": key, "Plaintext": base64(b"x")});
    let sealed = user.ok("Encrypt", encrypt(&one)).await;
    let message = user.refused("Encrypt", encrypt(&other), "AccessDeniedException").await;
    let who = user.arn();
    assert_eq!(
        message,
        format!(
            "User: {who} is not authorized to perform: kms:Encrypt on resource: {other} because no identity-based policy allows the kms:Encrypt action"
        )
    );
    // The key that a ciphertext names counts as if the request had named it.
    let message =
        user.refused("Decrypt", json!({"CiphertextBlob": sealed["CiphertextBlob"]}), "AccessDeniedException").await;
    assert!(message.contains(&format!("kms:Decrypt on resource: {one} because")), "{message}");
    // What is not there is told only to those who might use it.
    let absent = format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/12345678-1234-1234-1234-123456789012");
    user.refused("Encrypt", encrypt(&absent), "AccessDeniedException").await;
    user.refused("Encrypt", encrypt("alias/none"), "AccessDeniedException").await;
    let powerful = server.user("powerful", json!([allow(&["kms:*"], "*")])).await;
    powerful.refused("Encrypt", encrypt(&absent), "NotFoundException").await;
    powerful.refused("Encrypt", encrypt("alias/none"), "NotFoundException").await;
}

#[tokio::test]
async fn denials_name_the_kind_of_policy() {
    let server = Server::start().await;
    let root = server.root();
    let deny = json!({"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"});
    let user = server.user("user", json!([allow(&["kms:*"], "*"), deny])).await;
    let key = root.key_arn(json!({})).await;
    let sealed = user.ok("Encrypt", json!({"KeyId": key, "Plaintext": base64(b"x")})).await;
    let decrypt = json!({"CiphertextBlob": sealed["CiphertextBlob"]});
    let message = user.refused("Decrypt", decrypt.clone(), "AccessDeniedException").await;
    assert!(message.ends_with("with an explicit deny in an identity-based policy"), "{message}");

    let denies = json!({"Effect": "Deny", "Principal": {"AWS": user.arn()}, "Action": "kms:Encrypt", "Resource": "*"});
    root.ok("PutKeyPolicy", json!({"KeyId": key, "Policy": policy(json!([delegate(), denies]))})).await;
    let encrypt = json!({"KeyId": key, "Plaintext": base64(b"x")});
    let message = user.refused("Encrypt", encrypt.clone(), "AccessDeniedException").await;
    assert!(message.ends_with("with an explicit deny in a resource-based policy"), "{message}");

    // A policy that does not leave it to the account lets in only whom it names.
    let only = json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}, "Action": "kms:PutKeyPolicy", "Resource": "*"});
    root.ok("PutKeyPolicy", json!({"KeyId": key, "Policy": policy(json!([only]))})).await;
    let message = user.refused("Encrypt", encrypt, "AccessDeniedException").await;
    assert!(message.ends_with("because no resource-based policy allows the kms:Encrypt action"), "{message}");
    root.refused("GetKeyPolicy", json!({"KeyId": key}), "AccessDeniedException").await;
}

#[tokio::test]
async fn condition_keys_of_kms_count() {
    let server = Server::start().await;
    let root = server.root();
    let key = root.key_arn(json!({"Tags": [{"TagKey": "team", "TagValue": "red"}]})).await;
    root.ok("CreateAlias", json!({"AliasName": "alias/red", "TargetKeyId": key})).await;
    let with = |conditions: Value| json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": conditions}}]);
    let tagged = server.user("tagged", with(json!({"aws:ResourceTag/team": "red"}))).await;
    let contextual = server.user("contextual", with(json!({"kms:EncryptionContext:a": "1"}))).await;
    let aliased = server.user("aliased", with(json!({"kms:RequestAlias": "alias/red"}))).await;
    let here =
        server.user("here", with(json!({"aws:RequestedRegion": "us-east-1", "kms:CallerAccount": ACCOUNT}))).await;
    let encrypt =
        |named: &str, context: Value| json!({"KeyId": named, "Plaintext": base64(b"x"), "EncryptionContext": context});
    tagged.ok("Encrypt", encrypt(&key, json!({}))).await;
    here.ok("Encrypt", encrypt(&key, json!({}))).await;
    contextual.ok("Encrypt", encrypt(&key, json!({"a": "1"}))).await;
    contextual.refused("Encrypt", encrypt(&key, json!({"a": "2"})), "AccessDeniedException").await;
    aliased.ok("Encrypt", encrypt("alias/red", json!({}))).await;
    aliased.refused("Encrypt", encrypt(&key, json!({})), "AccessDeniedException").await;
    root.ok("UntagResource", json!({"KeyId": key, "TagKeys": ["team"]})).await;
    tagged.refused("Encrypt", encrypt(&key, json!({})), "AccessDeniedException").await;
}

#[tokio::test]
async fn both_accounts_must_let_a_stranger_in_who_else_learns_nothing() {
    let server = Server::start().await;
    let root = server.root();
    let key = root.key_arn(json!({})).await;
    let stranger = server.user_of(OTHER_ACCOUNT, "stranger", json!([allow(&["kms:*"], "*")])).await;
    let weak = server.user_of(OTHER_ACCOUNT, "weak", json!([])).await;
    let encrypt = |named: &str| json!({"KeyId": named, "Plaintext": base64(b"x")});
    let absent = format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/12345678-1234-1234-1234-123456789012");
    let mut told = Vec::new();
    for named in [
        key.as_str(),
        &absent,
        &format!("arn:aws:kms:us-east-1:{ACCOUNT}:alias/none"),
        "arn:aws:kms:us-east-1:777788889999:key/x",
    ] {
        told.push(stranger.refused("Encrypt", encrypt(named), "AccessDeniedException").await);
    }
    assert!(told.iter().all(|message| *message == told[0]), "{told:?}");
    assert!(told[0].contains("on this resource because the resource does not exist in this Region, no resource-based policies allow access"), "{}", told[0]);
    let listed = stranger.ask("ListAliases", json!({"KeyId": key})).await.refused("AccessDeniedException");
    assert_eq!(stranger.refused("ListAliases", json!({"KeyId": absent}), "AccessDeniedException").await, listed);

    let share = json!({"Effect": "Allow", "Principal": {"AWS": OTHER_ACCOUNT}, "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"});
    root.ok("PutKeyPolicy", json!({"KeyId": key, "Policy": policy(json!([delegate(), share]))})).await;
    let sealed = stranger.ok("Encrypt", encrypt(&key)).await;
    let decrypt = json!({"CiphertextBlob": sealed["CiphertextBlob"]});
    stranger.ok("Decrypt", decrypt.clone()).await;
    root.ok("Decrypt", decrypt.clone()).await;
    weak.refused("Encrypt", encrypt(&key), "AccessDeniedException").await;
    weak.refused("Decrypt", decrypt, "AccessDeniedException").await;
    // An id alone names a key of the caller's own account.
    let id = key.rsplit('/').next().expect("an id");
    stranger.refused("Encrypt", encrypt(id), "NotFoundException").await;
    stranger.refused("DescribeKey", json!({"KeyId": key}), "AccessDeniedException").await;
}

#[tokio::test]
async fn policies_are_kept_as_they_are_given_and_lock_nobody_out() {
    let server = Server::start().await;
    let root = server.root();
    let key = root.key_arn(json!({})).await;
    let before = root.ok("GetKeyPolicy", json!({"KeyId": key})).await;
    assert_eq!(before["PolicyName"], "default");
    let given = policy(json!([delegate()]));
    root.ok("PutKeyPolicy", json!({"KeyId": key, "Policy": given, "PolicyName": "default"})).await;
    assert_eq!(root.ok("GetKeyPolicy", json!({"KeyId": key, "PolicyName": "default"})).await["Policy"], given);
    assert_eq!(
        root.ok("ListKeyPolicies", json!({"KeyId": key})).await,
        json!({"PolicyNames": ["default"], "Truncated": false})
    );
    root.refused("GetKeyPolicy", json!({"KeyId": key, "PolicyName": "other"}), "NotFoundException").await;

    let lockout = policy(
        json!([{"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{OTHER_ACCOUNT}:root")}, "Action": "kms:*", "Resource": "*"}]),
    );
    let message = root
        .refused("PutKeyPolicy", json!({"KeyId": key, "Policy": lockout}), "MalformedPolicyDocumentException")
        .await;
    assert_eq!(message, "The new key policy will not allow you to update the key policy in the future.");
    let stranger = policy(
        json!([delegate(), {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:user/none")}, "Action": "kms:*", "Resource": "*"}]),
    );
    let message = root
        .refused("PutKeyPolicy", json!({"KeyId": key, "Policy": stranger}), "MalformedPolicyDocumentException")
        .await;
    assert!(message.contains("invalid principals"), "{message}");
    root.refused("PutKeyPolicy", json!({"KeyId": key, "Policy": "{"}), "MalformedPolicyDocumentException").await;
    root.refused("CreateKey", json!({"Policy": lockout}), "MalformedPolicyDocumentException").await;
    let bypass = json!({"KeyId": key, "Policy": lockout, "BypassPolicyLockoutSafetyCheck": true});
    root.ok("PutKeyPolicy", bypass).await;
    root.refused("GetKeyPolicy", json!({"KeyId": key}), "AccessDeniedException").await;
}
