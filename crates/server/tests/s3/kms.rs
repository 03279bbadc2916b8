//! KMS and Service Quotas through a real listener: signatures for any region, denials, quotas and the operator who raises them.

use serde_json::{Value, json};

use crate::harness::{Account, Actor, Answer, REGION, run, run_in, run_with};

/// Bytes that are a secret, in base64.
const SECRET: &str = "c2VjcmV0";

async fn send(actor: &Actor<'_>, region: &str, service: &str, target: &str, input: &Value) -> Answer {
    let ask = actor.post("/", input.to_string());
    let ask = ask.header("content-type", "application/x-amz-json-1.1").header("x-amz-target", target);
    ask.for_service(service).for_region(region).send().await
}

async fn kms_in(actor: &Actor<'_>, region: &str, operation: &str, input: Value) -> Answer {
    send(actor, region, "kms", &format!("TrentService.{operation}"), &input).await
}

pub(crate) async fn kms(actor: &Actor<'_>, operation: &str, input: Value) -> Answer {
    kms_in(actor, REGION, operation, input).await
}

async fn quotas(actor: &Actor<'_>, operation: &str, input: Value) -> Answer {
    send(actor, REGION, "servicequotas", &format!("ServiceQuotasV20190624.{operation}"), &input).await
}

#[track_caller]
pub(crate) fn done(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/x-amz-json-1.1");
    assert!(!answer.header("x-amzn-requestid").is_empty());
    if answer.body.is_empty() { Value::Null } else { serde_json::from_slice(&answer.body).expect("JSON") }
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) -> String {
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!((answer.status, &body["__type"]), (status, &json!(code)), "{}", answer.text());
    body["message"].as_str().or(body["Message"].as_str()).unwrap_or_default().to_owned()
}

pub(crate) async fn new_key(owner: &Account<'_>, input: Value) -> String {
    let made = done(&kms(&owner.root, "CreateKey", input).await);
    made["KeyMetadata"]["Arn"].as_str().expect("an ARN").to_owned()
}

#[test]
fn what_is_encrypted_decrypts_here_and_in_the_region_of_a_replica() {
    run(async |server| {
        let owner = server.operator().await;
        let key = new_key(&owner, json!({"MultiRegion": true})).await;
        done(&kms(&owner.root, "ReplicateKey", json!({"KeyId": key, "ReplicaRegion": "eu-west-1"})).await);
        let sealed = done(&kms(&owner.root, "Encrypt", json!({"KeyId": key, "Plaintext": SECRET})).await);
        let decrypt = json!({"CiphertextBlob": sealed["CiphertextBlob"]});
        for region in [REGION, "eu-west-1"] {
            let opened = done(&kms_in(&owner.root, region, "Decrypt", decrypt.clone()).await);
            assert_eq!(opened["Plaintext"], SECRET);
            assert_eq!(opened["KeyId"], json!(key.replace(REGION, region)));
        }
        refused(&kms_in(&owner.root, "eu-north-1", "Decrypt", decrypt).await, 400, "AccessDeniedException");
        // S3, IAM and the operator's requests are still for one region.
        owner.root.get("/").for_region("eu-west-1").send().await.refused(400, "AuthorizationHeaderMalformed");
        let elsewhere = send(&owner.root, "eu-west-1", "larder", "LarderAdmin.ListAccounts", &json!({})).await;
        refused(&elsewhere, 403, "InvalidSignatureException");
    });
}

#[test]
fn keys_outlive_a_restart() {
    let data = tempfile::tempdir().expect("a folder");
    let mut sealed = Value::Null;
    run_in(
        data.path(),
        |_| {},
        async |server| {
            let owner = server.operator().await;
            let key = new_key(&owner, json!({})).await;
            sealed = done(&kms(&owner.root, "Encrypt", json!({"KeyId": key, "Plaintext": SECRET})).await);
        },
    );
    run_in(
        data.path(),
        |_| {},
        async |server| {
            let owner = server.operator().await;
            let decrypt = json!({"CiphertextBlob": sealed["CiphertextBlob"]});
            assert_eq!(done(&kms(&owner.root, "Decrypt", decrypt).await)["Plaintext"], SECRET);
        },
    );
}

#[test]
fn who_may_not_is_told_nothing_and_who_is_nobody_less() {
    run(async |server| {
        let owner = server.operator().await;
        let other = server.account("other").await;
        let key = new_key(&owner, json!({})).await;
        let encrypt = json!({"KeyId": key, "Plaintext": SECRET});
        let user = owner.user("user").await;
        let statement = json!({"Effect": "Allow", "Action": "kms:Encrypt", "Resource": key});
        let policy = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        let parameters = [("UserName", "user"), ("PolicyName", "keys"), ("PolicyDocument", policy.as_str())];
        owner.root.iam("PutUserPolicy", &parameters).send().await.succeeded();
        done(&kms(&user, "Encrypt", encrypt.clone()).await);
        let message = refused(&kms(&user, "DescribeKey", json!({"KeyId": key})).await, 400, "AccessDeniedException");
        assert_eq!(
            message,
            format!(
                "User: {} is not authorized to perform: kms:DescribeKey on resource: {key} because no identity-based policy \
                 allows the kms:DescribeKey action",
                owner.user_arn("user")
            )
        );
        let absent = json!({"KeyId": format!("{}00000000", &key[..key.len() - 8]), "Plaintext": SECRET});
        let hidden = refused(&kms(&other.root, "Encrypt", encrypt.clone()).await, 400, "AccessDeniedException");
        assert_eq!(refused(&kms(&other.root, "Encrypt", absent).await, 400, "AccessDeniedException"), hidden);

        let ask = server.post("/", encrypt.to_string()).header("x-amz-target", "TrentService.Encrypt");
        refused(&ask.anonymous().send().await, 400, "MissingAuthenticationTokenException");
        let unknown = server.post("/", "{}").header("x-amz-target", "TrentService.ListKeys").for_service("kms");
        refused(&unknown.clone().signed_by("NOBODY").send().await, 400, "UnrecognizedClientException");
        refused(&unknown.clone().signed_after(-3600).send().await, 400, "InvalidSignatureException");
        refused(&unknown.tampered(|body| body[0] = b' ').send().await, 400, "InvalidSignatureException");
        let get = server.get("/").header("x-amz-target", "TrentService.ListKeys").for_service("kms");
        refused(&get.send().await, 400, "UnknownOperationException");
    });
}

#[test]
fn the_operator_raises_a_quota_that_is_used_up() {
    run_with(
        |settings| settings.kms_quota_scale = 0.2,
        async |server| {
            let owner = server.operator().await;
            let other = server.account("other").await;
            new_key(&other, json!({})).await;
            let message = refused(&kms(&other.root, "CreateKey", json!({})).await, 400, "ThrottlingException");
            assert_eq!(
                message,
                "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."
            );
            new_key(&owner, json!({})).await;

            let code = json!({"ServiceCode": "kms", "QuotaCode": "L-32B67F4A"});
            assert_eq!(done(&quotas(&other.root, "GetServiceQuota", code).await)["Quota"]["Value"], 1.0);
            let more = json!({"ServiceCode": "kms", "QuotaCode": "L-32B67F4A", "DesiredValue": 3});
            let asked = done(&quotas(&other.root, "RequestServiceQuotaIncrease", more).await);
            let id = json!({"Id": asked["RequestedQuota"]["Id"]}).to_string();
            refused(&other.root.admin("ListQuotaRequests", "{}").send().await, 403, "AccessDeniedException");
            refused(&other.root.admin("ApproveQuotaRequest", &id).send().await, 403, "AccessDeniedException");
            let listed: Value =
                serde_json::from_slice(&owner.root.admin("ListQuotaRequests", "{}").send().await.body).expect("JSON");
            let request = &listed["Requests"][0];
            assert_eq!((&request["AccountId"], &request["Status"]), (&json!(other.id), &json!("PENDING")));
            assert_eq!((&request["Value"], &request["DesiredValue"]), (&json!(1.0), &json!(3.0)));
            let approved = owner.root.admin("ApproveQuotaRequest", &id).send().await;
            assert_eq!((approved.status, approved.json("Status")), (200, "APPROVED".to_owned()));
            refused(&owner.root.admin("DenyQuotaRequest", &id).send().await, 409, "ConflictException");
            let none = owner.root.admin("DenyQuotaRequest", r#"{"Id": "0a"}"#).send().await;
            refused(&none, 404, "NotFoundException");
            server.advance(1);
            for _ in 0..3 {
                new_key(&other, json!({})).await;
            }
            refused(&kms(&other.root, "CreateKey", json!({})).await, 400, "ThrottlingException");
        },
    );
}
