//! Key policies and the decisions on them.

mod harness;

use harness::*;
use larder_kms::*;
use larder_policy::{Documents, Named, Principal};

fn policy(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

/// A statement of a key policy.
fn allow(principal: &str, action: &str, rest: &str) -> String {
    format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"{action}","Resource":"*"{rest}}}"#)
}

const OWNER: &str = "arn:aws:iam::111122223333:root";

#[tokio::test]
async fn the_default_policy_lets_the_account_decide() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    let facts = RequestFacts::default();
    let all = identity("Allow", r#""kms:*""#, "*");
    let this = identity("Allow", r#""kms:Decrypt""#, key.arn());
    let another = identity("Allow", r#""kms:Decrypt""#, "arn:aws:kms:eu-central-1:111122223333:key/other");
    let anna = user(account(), "anna");
    assert!(may(kms, &key, "kms:Decrypt", &root(account()), &[], &facts));
    assert!(may(kms, &key, "kms:Decrypt", &anna, &[&all], &facts));
    assert!(may(kms, &key, "kms:Decrypt", &anna, &[&this], &facts));
    assert!(!may(kms, &key, "kms:Decrypt", &anna, &[&another], &facts));
    assert!(!may(kms, &key, "kms:Decrypt", &anna, &[], &facts));
    assert!(!may(kms, &key, "kms:Decrypt", &user(other_account(), "otto"), &[&all], &facts));
    assert!(!may(kms, &key, "kms:Decrypt", &root(other_account()), &[&all], &facts));
    assert!(!may(kms, &key, "kms:Decrypt", &Principal::Anonymous, &[], &facts));
}

#[tokio::test]
async fn what_the_key_policy_does_not_allow_nobody_may() {
    let world = World::new().await;
    let kms = &world.kms;
    let text = policy(&allow("arn:aws:iam::111122223333:user/anna", "kms:*", ""));
    let key = world.make(CreateKey { policy: Some(&text), ..new_key() }).await;
    let facts = RequestFacts::default();
    let all = identity("Allow", r#""kms:*""#, "*");
    assert!(may(kms, &key, "kms:Decrypt", &user(account(), "anna"), &[], &facts));
    // Neither the account's policies nor being its root user is enough.
    assert!(!may(kms, &key, "kms:Decrypt", &user(account(), "otto"), &[&all], &facts));
    assert!(!may(kms, &key, "kms:Decrypt", &root(account()), &[&all], &facts));
    let denied = identity("Deny", r#""kms:Decrypt""#, "*");
    assert!(!may(kms, &key, "kms:Decrypt", &user(account(), "anna"), &[&denied], &facts));
}

#[tokio::test]
async fn another_account_needs_both_sides() {
    let world = World::new().await;
    let kms = &world.kms;
    let text = policy(&[allow(OWNER, "kms:*", ""), allow("444455556666", "kms:Decrypt", "")].join(","));
    let key = world.make(CreateKey { policy: Some(&text), ..new_key() }).await;
    let (otto, all) = (user(other_account(), "otto"), identity("Allow", r#""kms:*""#, "*"));
    let facts = RequestFacts::default();
    assert!(may(kms, &key, "kms:Decrypt", &otto, &[&all], &facts));
    assert!(may(kms, &key, "kms:Decrypt", &root(other_account()), &[], &facts));
    assert!(!may(kms, &key, "kms:Decrypt", &otto, &[], &facts));
    assert!(!may(kms, &key, "kms:Encrypt", &otto, &[&all], &facts));
}

#[tokio::test]
async fn conditions_see_what_the_request_says() {
    let world = World::new().await;
    let kms = &world.kms;
    let tags = [Tag { key: "Team".to_owned(), value: "red".to_owned() }];
    let base = world.make(CreateKey { tags: &tags, ..new_key() }).await;
    kms.create_alias(&base, "alias/mine").await.expect("named");
    let bound = context(&[("aws:s3:arn", "arn:aws:s3:::b/k"), ("Path/Of", "X")]);
    let grant_constraints = Constraints { subset: Some(bound.clone()), equals: None };
    let grant = GrantFacts {
        grantee: "arn:aws:iam::111122223333:user/x",
        retiring: Some("arn:aws:iam::111122223333:user/y"),
        operations: &[GrantOperation::Decrypt, GrantOperation::Encrypt],
        constraints: &grant_constraints,
    };
    let facts = RequestFacts {
        via_service: Some("s3.eu-central-1.amazonaws.com"),
        encryption_context: Some(&bound),
        request_alias: Some("alias/mine"),
        encryption_algorithm: Some(EncryptionAlgorithm::SymmetricDefault),
        signing_algorithm: Some(SigningAlgorithm::EcdsaSha256),
        mac_algorithm: Some(MacAlgorithm::HmacSha256),
        message_type: Some(MessageType::Digest),
        bypass_policy_lockout_safety_check: Some(true),
        pending_window_days: Some(7),
        replica_region: Some(other_region()),
        primary_region: Some(region()),
        valid_to: Some(world.now()),
        expiration_model: Some(ExpirationModel::Expires),
        wrapping_algorithm: Some(WrappingAlgorithm::RsaesOaepSha256),
        grant_is_for_aws_resource: Some(true),
        grant: Some(grant),
        request_tags: Some(&tags),
        ..RequestFacts::default()
    };
    let anna = user(account(), "anna");
    for (operator, name, value, holds) in [
        ("StringEquals", "kms:ViaService", "s3.eu-central-1.amazonaws.com", true),
        ("StringEquals", "kms:ViaService", "s3.us-west-2.amazonaws.com", false),
        ("StringEquals", "kms:CallerAccount", "111122223333", true),
        ("StringEquals", "kms:CallerAccount", "444455556666", false),
        ("StringEquals", "kms:EncryptionContext:aws:s3:arn", "arn:aws:s3:::b/k", true),
        ("StringLike", "kms:EncryptionContext:AWS:S3:ARN", "arn:aws:s3:::b/*", true),
        ("StringEquals", "kms:EncryptionContext:path/of", "X", true),
        ("StringEquals", "kms:EncryptionContext:none", "X", false),
        ("ForAllValues:StringEquals", "kms:EncryptionContextKeys", r#"aws:s3:arn","Path/Of"#, true),
        ("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", "Path/Of", true),
        ("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", "path/of", false),
        ("StringEquals", "kms:KeySpec", "SYMMETRIC_DEFAULT", true),
        ("StringEquals", "kms:KeyUsage", "ENCRYPT_DECRYPT", true),
        ("StringEquals", "kms:KeyOrigin", "AWS_KMS", true),
        ("Bool", "kms:MultiRegion", "false", true),
        ("ForAnyValue:StringEquals", "kms:ResourceAliases", "alias/mine", true),
        ("StringEquals", "kms:RequestAlias", "alias/mine", true),
        ("StringEquals", "kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT", true),
        ("StringEquals", "kms:SigningAlgorithm", "ECDSA_SHA_256", true),
        ("StringEquals", "kms:MacAlgorithm", "HMAC_SHA_256", true),
        ("StringEquals", "kms:MessageType", "RAW", false),
        ("Bool", "kms:BypassPolicyLockoutSafetyCheck", "true", true),
        ("NumericGreaterThanEquals", "kms:ScheduleKeyDeletionPendingWindowInDays", "14", false),
        ("StringEquals", "kms:ReplicaRegion", "us-west-2", true),
        ("StringEquals", "kms:PrimaryRegion", "eu-central-1", true),
        ("DateLessThan", "kms:ValidTo", "2026-01-02T00:00:00Z", true),
        ("StringEquals", "kms:ExpirationModel", "KEY_MATERIAL_EXPIRES", true),
        ("StringEquals", "kms:WrappingAlgorithm", "RSAES_OAEP_SHA_256", true),
        ("Bool", "kms:GrantIsForAWSResource", "true", true),
        ("StringEquals", "kms:GranteePrincipal", "arn:aws:iam::111122223333:user/x", true),
        ("StringEquals", "kms:RetiringPrincipal", "arn:aws:iam::111122223333:user/x", false),
        ("ForAllValues:StringEquals", "kms:GrantOperations", r#"Decrypt","Encrypt"#, true),
        ("ForAllValues:StringEquals", "kms:GrantOperations", "Decrypt", false),
        ("StringEquals", "kms:GrantConstraintType", "EncryptionContextSubset", true),
        ("StringEquals", "aws:ResourceTag/Team", "red", true),
        ("StringEquals", "aws:ResourceTag/team", "red", false),
        ("StringEquals", "aws:RequestTag/Team", "red", true),
        ("ForAllValues:StringEquals", "aws:TagKeys", "Team", true),
    ] {
        let condition = format!(r#","Condition":{{"{operator}":{{"{name}":["{value}"]}}}}"#);
        let text = policy(&allow("arn:aws:iam::111122223333:user/anna", "kms:*", &condition));
        kms.put_key_policy(&base, &text, UNCHECKED).await.expect("put");
        assert_eq!(may(kms, &base, "kms:Decrypt", &anna, &[], &facts), holds, "{operator} {name} {value}");
    }
}

#[tokio::test]
async fn a_policy_must_let_who_gives_it_replace_it() {
    let world = World::new().await;
    let kms = &world.kms;
    let (anna, owner) = (user(account(), "anna"), root(account()));
    let all = identity("Allow", r#""kms:*""#, "*");
    let named = [Named { name: "all", policy: &all }];
    let asker = |principal| Asker {
        principal,
        documents: Documents { identity: &named, ..Documents::default() },
        context: &Nothing,
    };
    let check = |principal| PolicyCheck { asker: Some(asker(principal)), exists: &everybody_exists };
    let make = async |text: &str, policy_check| {
        kms.create_key(CreateKey { policy: Some(text), policy_check, ..new_key() }).await
    };
    let otto = policy(&allow("arn:aws:iam::111122223333:user/otto", "kms:*", ""));
    let refused = make(&otto, check(&anna)).await.expect_err("it locks anna out");
    let words = "The new key policy will not allow you to update the key policy in the future.";
    assert_eq!((refused.kind, &*refused.message), (KmsErrorKind::MalformedPolicyDocument, words));
    assert!(make(&otto, UNCHECKED).await.is_ok());
    assert!(make(&policy(&allow(OWNER, "kms:*", "")), check(&anna)).await.is_ok());
    let to_anna = policy(&allow("arn:aws:iam::111122223333:user/anna", "kms:PutKeyPolicy", ""));
    assert!(make(&to_anna, check(&anna)).await.is_ok());
    assert!(make(&policy(&allow(OWNER, "kms:Decrypt", "")), check(&owner)).await.is_err());

    let unknown = PolicyCheck { asker: None, exists: &|named| named == OWNER };
    let refused = make(&otto, unknown).await.expect_err("nobody is called so");
    assert_eq!(refused.message, "Policy contains a statement with one or more invalid principals.");
    assert!(make(&policy(&allow(OWNER, "kms:*", "")), unknown).await.is_ok());
    let large = format!("{}{}", policy(&allow(OWNER, "kms:*", "")), " ".repeat(32 * 1024));
    assert_eq!(kind(make(&large, UNCHECKED).await), Some(KmsErrorKind::LimitExceeded));
    assert_eq!(kind(make("{", UNCHECKED).await), Some(KmsErrorKind::MalformedPolicyDocument));
}

#[tokio::test]
async fn aliases_and_lists_ask_the_callers_policies_alone() {
    let world = World::new().await;
    let kms = &world.kms;
    let (anna, facts) = (user(account(), "anna"), RequestFacts::default());
    let alias = identity("Allow", r#"["kms:CreateAlias"]"#, "arn:aws:kms:eu-central-1:111122223333:alias/team-*");
    let everything = identity("Allow", r#"["kms:CreateKey"]"#, "*");
    let named = [Named { name: "alias", policy: &alias }, Named { name: "key", policy: &everything }];
    let documents = Documents { identity: &named, ..Documents::default() };
    let asker = Asker { principal: &anna, documents, context: &Nothing };
    let of = |name| Target::Alias { account: account(), region: region(), name };
    assert!(kms.authorize(of("alias/team-red"), "kms:CreateAlias", asker, &facts).allowed);
    assert!(!kms.authorize(of("alias/other"), "kms:CreateAlias", asker, &facts).allowed);
    assert!(kms.authorize(Target::Account(account()), "kms:CreateKey", asker, &facts).allowed);
    assert!(!kms.authorize(Target::Account(account()), "kms:ListKeys", asker, &facts).allowed);
    let owner = root(account());
    let asker = Asker { principal: &owner, documents: Documents::default(), context: &Nothing };
    assert!(kms.authorize(Target::Account(account()), "kms:ListKeys", asker, &facts).allowed);
}
