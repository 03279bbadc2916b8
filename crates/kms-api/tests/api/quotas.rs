//! Being throttled, and Service Quotas.

use serde_json::json;

use crate::harness::{ACCOUNT, Server, allow, base64};

#[tokio::test]
async fn too_many_requests_are_throttled_until_time_passes() {
    let server = Server::start_with(1.0).await;
    let root = server.root();
    for _ in 0..5 {
        root.ok("CreateKey", json!({})).await;
    }
    let answer = root.ask("CreateKey", json!({})).await;
    assert_eq!(answer.status, 400);
    let message = answer.refused("ThrottlingException");
    assert_eq!(message, "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.");
    // Other classes, regions and accounts have their own.
    root.ok("ListKeys", json!({})).await;
    root.in_region("eu-west-1").ok("CreateKey", json!({})).await;
    server.other().ok("CreateKey", json!({})).await;
    server.wait(1);
    root.ok("CreateKey", json!({})).await;
}

/// A cryptographic operation counts against the quota of its key's kind, a dry run too.
#[tokio::test]
async fn kinds_of_keys_have_quotas_of_their_own() {
    let server = Server::start_with(0.001).await;
    let root = server.root();
    let key = root.key(json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})).await;
    let sign = json!({"KeyId": key, "Message": base64(b"m"), "SigningAlgorithm": "ECDSA_SHA_256", "DryRun": true});
    root.refused("Sign", sign.clone(), "DryRunOperationException").await;
    root.refused("Sign", sign, "ThrottlingException").await;
    root.ok("GenerateRandom", json!({"NumberOfBytes": 1})).await;
}

#[tokio::test]
async fn quotas_are_shown() {
    let server = Server::start_with(2.0).await;
    let root = server.root();
    let services = root.ask_quotas("ListServices", json!({})).await.body;
    assert_eq!(services["Services"][0]["ServiceCode"], "kms");
    let get = json!({"ServiceCode": "kms", "QuotaCode": "L-6E3AF000"});
    let quota = root.in_region("eu-north-1").ask_quotas("GetServiceQuota", get.clone()).await.body["Quota"].clone();
    let expected = json!({
        "Adjustable": true,
        "GlobalQuota": false,
        "Period": {"PeriodUnit": "SECOND", "PeriodValue": 1},
        "QuotaAppliedAtLevel": "ACCOUNT",
        "QuotaArn": format!("arn:aws:servicequotas:eu-north-1:{ACCOUNT}:kms/L-6E3AF000"),
        "QuotaCode": "L-6E3AF000",
        "QuotaName": "Cryptographic operations (symmetric) request rate",
        "ServiceCode": "kms",
        "ServiceName": "AWS Key Management Service (AWS KMS)",
        "Unit": "None",
        "Value": 20000.0,
    });
    assert_eq!(quota, expected);
    let default = root.ask_quotas("GetAWSDefaultServiceQuota", get).await.body["Quota"].clone();
    assert_eq!(default["QuotaArn"], "arn:aws:servicequotas:us-east-1::kms/L-6E3AF000");

    let mut seen = 0;
    let mut token = json!(null);
    loop {
        let page = root
            .ask_quotas("ListServiceQuotas", json!({"ServiceCode": "kms", "MaxResults": 20, "NextToken": token}))
            .await
            .body;
        seen += page["Quotas"].as_array().expect("a list").len();
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    let account = larder_types::AccountId::parse(ACCOUNT).expect("digits");
    let region = larder_types::Region::parse("us-east-1").expect("a region");
    assert_eq!(seen, server.kms.quotas(account, &region).len());
    let all = root.ask_quotas("ListAWSDefaultServiceQuotas", json!({"ServiceCode": "kms"})).await.body;
    assert_eq!(all["Quotas"].as_array().expect("a list").len(), seen);
    root.ask_quotas("ListServiceQuotas", json!({"ServiceCode": "ec2"})).await.refused("NoSuchResourceException");
    root.ask_quotas("GetServiceQuota", json!({"ServiceCode": "kms", "QuotaCode": "L-00000000"}))
        .await
        .refused("NoSuchResourceException");
    root.ask_quotas("ListServiceQuotas", json!({"ServiceCode": "kms", "NextToken": "eA=="}))
        .await
        .refused("InvalidPaginationTokenException");
    root.ask_quotas("ListServiceQuotas", json!({"ServiceCode": "k"})).await.refused("IllegalArgumentException");
    // An endless quota is shown as the largest number that clients know.
    let endless = Server::start().await;
    let quota = endless
        .root()
        .ask_quotas("GetServiceQuota", json!({"ServiceCode": "kms", "QuotaCode": "L-6E3AF000"}))
        .await
        .body;
    assert_eq!(quota["Quota"]["Value"], 1e10);
}

#[tokio::test]
async fn a_quota_is_raised_when_the_operator_approves() {
    let server = Server::start_with(1.0).await;
    let root = server.root();
    let input = json!({"ServiceCode": "kms", "QuotaCode": "L-32B67F4A", "DesiredValue": 10.0});
    let user = server
        .user(
            "user",
            json!([allow(&["servicequotas:Request*"], &format!("arn:aws:servicequotas:*:{ACCOUNT}:kms/L-32B67F4A"))]),
        )
        .await;
    let asked = user.ask_quotas("RequestServiceQuotaIncrease", input.clone()).await.body["RequestedQuota"].clone();
    assert_eq!(
        (&asked["Status"], &asked["DesiredValue"], &asked["QuotaName"]),
        (&json!("PENDING"), &json!(10.0), &json!("CreateKey request rate"))
    );
    root.ask_quotas("RequestServiceQuotaIncrease", input).await.refused("ResourceAlreadyExistsException");
    let less = json!({"ServiceCode": "kms", "QuotaCode": "L-6E3AF000", "DesiredValue": 1.0});
    root.ask_quotas("RequestServiceQuotaIncrease", less.clone()).await.refused("IllegalArgumentException");
    user.ask_quotas("RequestServiceQuotaIncrease", less).await.refused("AccessDeniedException");

    let id = asked["Id"].as_str().expect("an id");
    let get = json!({"RequestId": id});
    assert_eq!(root.ask_quotas("GetRequestedServiceQuotaChange", get.clone()).await.body["RequestedQuota"], asked);
    server.other().ask_quotas("GetRequestedServiceQuotaChange", get.clone()).await.refused("NoSuchResourceException");
    root.in_region("eu-west-1")
        .ask_quotas("GetRequestedServiceQuotaChange", get.clone())
        .await
        .refused("NoSuchResourceException");
    let by_quota = json!({"ServiceCode": "kms", "QuotaCode": "L-32B67F4A", "Status": "PENDING"});
    let history = root.ask_quotas("ListRequestedServiceQuotaChangeHistoryByQuota", by_quota).await.body;
    assert_eq!(history["RequestedQuotas"], json!([asked]));

    server.kms.decide_quota_request(id, true).await.expect("approved");
    assert_eq!(
        root.ask_quotas("GetRequestedServiceQuotaChange", get).await.body["RequestedQuota"]["Status"],
        "APPROVED"
    );
    let history = root.ask_quotas("ListRequestedServiceQuotaChangeHistory", json!({"Status": "PENDING"})).await.body;
    assert_eq!(history["RequestedQuotas"], json!([]));
    for _ in 0..10 {
        root.ok("CreateKey", json!({})).await;
    }
    root.refused("CreateKey", json!({}), "ThrottlingException").await;
}
