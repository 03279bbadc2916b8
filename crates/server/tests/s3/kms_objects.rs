//! SSE-KMS and DSSE-KMS: objects whose data keys the KMS keeps, for those who may use its keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::harness::{Account, Actor, Ask, TestServer, allow, deny, digest, noise, policy, run, run_with};
use crate::kms::{done, kms, new_key};
use crate::multipart::manifest;

const SSE: &str = "x-amz-server-side-encryption";
const KEY: &str = "x-amz-server-side-encryption-aws-kms-key-id";
const BUCKET_KEY: &str = "x-amz-server-side-encryption-bucket-key-enabled";
const CONTEXT: &str = "x-amz-server-side-encryption-context";

fn under<'a>(ask: Ask<'a>, key: &str) -> Ask<'a> {
    ask.header(SSE, "aws:kms").header(KEY, key)
}

async fn state(owner: &Account<'_>, operation: &str, key: &str) {
    done(&kms(&owner.root, operation, json!({"KeyId": key})).await);
}

/// A bucket that anna may do everything in, and a key whose policy leaves its use to IAM.
async fn setting<'a>(s: &'a TestServer) -> (Account<'a>, Actor<'a>, String) {
    let owner = s.operator().await;
    s.bucket("bucket").await;
    let key = new_key(&owner, json!({})).await;
    let anna = owner.user_who_may("anna", &[allow("s3:*")]).await;
    (owner, anna, key)
}

#[test]
fn a_disabled_key_closes_its_objects_until_it_is_enabled() {
    run(async |s| {
        let (owner, _, key) = setting(s).await;
        let body = noise(150_000, 3);
        let default = format!(
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms\
             </SSEAlgorithm><KMSMasterKeyID>{key}</KMSMasterKeyID></ApplyServerSideEncryptionByDefault>\
             <BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>"
        );
        s.put("/bucket?encryption", default).send().await.ok();
        let put = s.put("/bucket/key", &body).send().await.ok().has(SSE, "aws:kms").has(KEY, &key);
        put.has(BUCKET_KEY, "true");
        s.put("/bucket/own", &body).header(BUCKET_KEY, "false").send().await.ok().has(BUCKET_KEY, "");
        let read = || async { (s.get("/bucket/key").send().await, s.get("/bucket/own").send().await) };
        let (shared, own) = read().await;
        assert!(shared.ok().body == body && own.ok().body == body);
        state(&owner, "DisableKey", &key).await;
        let (shared, own) = read().await;
        shared.refused(400, "KMS.DisabledException");
        own.refused(400, "KMS.DisabledException");
        s.put("/bucket/new", "x").send().await.refused(400, "KMS.DisabledException");
        // What can be known without the content is still told.
        s.head("/bucket/key").send().await.status(200).has(KEY, &key).has("content-length", "150000");
        state(&owner, "EnableKey", &key).await;
        let (shared, own) = read().await;
        assert!(shared.ok().body == body && own.ok().body == body);
        state(&owner, "ScheduleKeyDeletion", &key).await;
        s.get("/bucket/key").send().await.refused(400, "KMS.KMSInvalidStateException");
        s.advance(31 * 24 * 60 * 60);
        s.get("/bucket/key").send().await.refused(400, "KMS.NotFoundException");
        s.delete("/bucket/key").send().await.status(204);
    });
}

#[test]
fn the_caller_needs_the_key_s_permission() {
    run(async |s| {
        let (owner, anna, key) = setting(s).await;
        under(s.put("/bucket/key", "x"), &key).send().await.ok();
        under(anna.put("/bucket/new", "x"), &key).send().await.refused(403, "AccessDenied");
        let refused = anna.get("/bucket/key").send().await.refused(403, "AccessDenied");
        assert!(refused.text().contains("kms:Decrypt"), "{}", refused.text());
        anna.head("/bucket/key").send().await.status(200);
        let on = |actions| allow(actions).on_arn(&key);
        owner.permit("anna", &[allow("s3:*"), on("kms:GenerateDataKey")]).await;
        under(anna.put("/bucket/new", "x"), &key).send().await.ok();
        anna.get("/bucket/new").send().await.refused(403, "AccessDenied");
        let via = on("kms:Decrypt").when("StringEquals", "kms:ViaService", "s3.us-east-1.amazonaws.com");
        let arn = "kms:EncryptionContext:aws:s3:arn";
        owner.permit("anna", &[allow("s3:*"), via.clone().when("StringLike", arn, "arn:aws:s3:::bucket/new")]).await;
        assert_eq!(anna.get("/bucket/new").send().await.ok().text(), "x");
        anna.get("/bucket/key").send().await.refused(403, "AccessDenied");
        // An upload in parts is decrypted and encrypted: both are needed.
        owner.permit("anna", &[allow("s3:*"), on("kms:GenerateDataKey")]).await;
        let begun = under(anna.post("/bucket/parts?uploads", ""), &key).send().await.status(200).has(SSE, "aws:kms");
        let target = format!("/bucket/parts?partNumber=1&uploadId={}", begun.first("UploadId"));
        anna.put(&target, "x").send().await.refused(403, "AccessDenied");
        // A grant of the key is as good as a policy.
        let user = owner.root.iam("GetUser", &[("UserName", "anna")]).send().await.succeeded().first("Arn");
        let grant = json!({"KeyId": key, "GranteePrincipal": user, "Operations": ["Decrypt"]});
        done(&kms(&owner.root, "CreateGrant", grant).await);
        assert_eq!(anna.get("/bucket/key").send().await.ok().text(), "x");
        let etag =
            anna.put(&target, "x").send().await.ok().has(SSE, "aws:kms").has(KEY, &key).header("etag").to_owned();
        let id = begun.first("UploadId");
        let completed = anna.post(&format!("/bucket/parts?uploadId={id}"), manifest(&[(1, &etag)])).send().await;
        completed.status(200).has(SSE, "aws:kms").has(KEY, &key);
        assert_eq!(anna.get("/bucket/parts").send().await.ok().text(), "x");
        s.get("/bucket/key").anonymous().send().await.refused(403, "AccessDenied");
    });
}

#[test]
fn another_account_needs_both_sides() {
    run(async |s| {
        let (owner, _, key) = setting(s).await;
        let other = s.account("other").await;
        under(s.put("/bucket/key", "x"), &key).send().await.ok();
        let open = allow("s3:GetObject").on("bucket/*").to(&other.id);
        s.put("/bucket?policy", policy(&[open])).send().await.status(204);
        let bob = other.user_who_may("bob", &[allow("s3:* kms:*")]).await;
        bob.get("/bucket/key").send().await.refused(403, "AccessDenied");
        let policy = policy(&[allow("kms:*").to(&owner.id), allow("kms:Decrypt").to(&other.id)]);
        let change = json!({"KeyId": key, "PolicyName": "default", "Policy": policy});
        done(&kms(&owner.root, "PutKeyPolicy", change).await);
        assert_eq!(bob.get("/bucket/key").send().await.ok().text(), "x");
        other.permit("bob", &[allow("s3:* kms:*"), deny("kms:Decrypt")]).await;
        bob.get("/bucket/key").send().await.refused(403, "AccessDenied");
    });
}

#[test]
fn keys_are_named_by_id_arn_and_alias() {
    run(async |s| {
        let (owner, _, key) = setting(s).await;
        done(&kms(&owner.root, "CreateAlias", json!({"AliasName": "alias/mine", "TargetKeyId": key})).await);
        let id = key.rsplit('/').next().expect("an id").to_owned();
        let alias_arn = key.replace(&format!("key/{id}"), "alias/mine");
        for name in [key.clone(), id, "alias/mine".to_owned(), alias_arn] {
            under(s.put("/bucket/key", "x"), &name).send().await.ok().has(KEY, &key);
        }
        let default = s.put("/bucket/key", "x").header(SSE, "aws:kms").send().await.ok();
        let described = done(&kms(&owner.root, "DescribeKey", json!({"KeyId": "alias/aws/s3"})).await);
        assert_eq!(default.header(KEY), described["KeyMetadata"]["Arn"].as_str().expect("an ARN"));
        assert_eq!(described["KeyMetadata"]["KeyManager"], "AWS");
        under(s.put("/bucket/key", "y"), "alias/none").send().await.refused(400, "KMS.NotFoundException");
        let signing = new_key(&owner, json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})).await;
        under(s.put("/bucket/key", "y"), &signing).send().await.refused(400, "KMS.InvalidKeyUsageException");
        assert_eq!(s.read("/bucket/key").await, "x");
    });
}

#[test]
fn a_context_goes_with_the_object() {
    run(async |s| {
        let (owner, anna, key) = setting(s).await;
        let context = STANDARD.encode(r#"{"team":"blue"}"#);
        let ask = |bucket_key| {
            let ask = under(s.put("/bucket/key", "x"), &key).header(CONTEXT, &context);
            ask.header(BUCKET_KEY, bucket_key)
        };
        let team = allow("kms:Decrypt").on_arn(&key).when("StringEquals", "kms:EncryptionContext:team", "blue");
        owner.permit("anna", &[allow("s3:*"), team]).await;
        ask("false").send().await.ok().has(CONTEXT, &context);
        assert_eq!(anna.get("/bucket/key").send().await.ok().text(), "x");
        // With a bucket key the KMS sees what the bucket's objects share.
        ask("true").send().await.ok().has(CONTEXT, &context);
        anna.get("/bucket/key").send().await.refused(403, "AccessDenied");
        assert_eq!(s.read("/bucket/key").await, "x");
        for wrong in ["???", &STANDARD.encode("[]"), &STANDARD.encode(r#"{"a":1}"#)] {
            let ask = under(s.put("/bucket/key", "x"), &key).header(CONTEXT, wrong);
            ask.send().await.refused(400, "InvalidArgument");
        }
    });
}

#[test]
fn twice_encrypted_objects_and_copies_between_all_kinds() {
    run(async |s| {
        let (_, _, key) = setting(s).await;
        let body = noise(140_000, 9);
        let twice = s.put("/bucket/twice", &body).header(SSE, "aws:kms:dsse").header(KEY, &key).send().await.ok();
        twice.has(SSE, "aws:kms:dsse").has(KEY, &key).has(BUCKET_KEY, "");
        under(s.put("/bucket/once", &body), &key).send().await.ok();
        s.put("/bucket/server", &body).send().await.ok();
        for from in ["twice", "once", "server"] {
            for to in ["AES256", "aws:kms", "aws:kms:dsse"] {
                let copy = s.put("/bucket/copy", "").header("x-amz-copy-source", format!("bucket/{from}"));
                copy.header(SSE, to).send().await.status(200).has(SSE, to);
                let got = s.get("/bucket/copy").send().await.ok().has(SSE, to);
                assert!(got.body == body, "{from} to {to}");
                let some = s.get("/bucket/copy").header("range", "bytes=65500-65540").send().await.status(206);
                assert_eq!(some.body, body[65_500..=65_540]);
            }
        }
        let md5 = digest::etag(&body);
        s.head("/bucket/server").send().await.status(200).has("etag", &md5);
        assert_ne!(s.head("/bucket/once").send().await.header("etag"), md5);
    });
}

#[test]
fn bucket_keys_save_calls_and_quotas_throttle() {
    // 10 symmetric operations a second; the clock stands still.
    run_with(
        |settings| settings.kms_quota_scale = 0.0001,
        async |s| {
            let (_, _, key) = setting(s).await;
            for number in 0..100 {
                let put = under(s.put(&format!("/bucket/{number}"), "x"), &key).header(BUCKET_KEY, "true");
                put.send().await.ok();
                assert_eq!(s.read(&format!("/bucket/{number}")).await, "x");
            }
            let mut stored = 0;
            let throttled = loop {
                let answer = under(s.put("/bucket/own", "x"), &key).send().await;
                if answer.status != 200 {
                    break answer;
                }
                stored += 1;
                assert!(stored < 100, "nothing is throttled");
            };
            assert!(stored >= 1, "the bucket key took the whole quota");
            throttled.refused(503, "KMS.ThrottlingException");
            s.get("/bucket/own").send().await.refused(503, "KMS.ThrottlingException");
            s.put("/bucket/other", "x").send().await.ok();
            s.advance(1);
            assert_eq!(s.read("/bucket/own").await, "x");
        },
    );
}
