//! Temporary credentials.

use aws_lc_rs::hmac;

use crate::harness::{ALLOW_ALL, Answer, Credentials, Server, TRUST, allow};

/// The code of a device, so many steps from now. RFC 6238 with SHA-1, 30 seconds and six digits.
pub(crate) fn totp(server: &Server, seed: &str, steps: i64) -> String {
    use larder_env::Clock;
    let mut bits = 0_u64;
    let (mut held, mut secret) = (0, Vec::new());
    for letter in seed.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|it| *it == letter).expect("base32");
        bits = bits << 5 | value as u64;
        held += 5;
        if held >= 8 {
            held -= 8;
            secret.push((bits >> held) as u8);
        }
    }
    let step = server.clock.now().as_seconds() / 30 + steps;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let digest = tag.as_ref();
    let at = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes(digest[at..at + 4].try_into().expect("four bytes")) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

fn credentials(answer: &Answer, action: &str) -> Credentials {
    let at = |name: &str| answer.text(&format!("{action}Result/Credentials/{name}")).to_owned();
    Credentials { id: at("AccessKeyId"), token: Some(at("SessionToken")) }
}

#[tokio::test]
async fn everybody_may_ask_who_they_are() {
    let server = Server::start().await;
    let denied = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
    let anna = server.user("anna", denied).await;
    let answer = server.sts(&anna, "GetCallerIdentity", &[]).await.ok();
    assert_eq!(answer.text("GetCallerIdentityResult/Arn"), "arn:aws:iam::111122223333:user/anna");
    assert!(answer.text("GetCallerIdentityResult/UserId").starts_with("AIDA"));
    let answer = server.sts(&server.root(), "GetCallerIdentity", &[]).await.ok();
    assert_eq!(answer.text("GetCallerIdentityResult/UserId"), "111122223333");
}

#[tokio::test]
async fn a_session_token_without_mfa_is_no_good_for_iam() {
    let server = Server::start().await;
    let anna = server.user("anna", ALLOW_ALL).await;
    let answer = server.sts(&anna, "GetSessionToken", &[("DurationSeconds", "900")]).await.ok();
    assert_eq!(answer.text("GetSessionTokenResult/Credentials/Expiration"), "2026-01-01T00:15:00Z");
    let session = credentials(&answer, "GetSessionToken");
    let refused = server.iam(&session, "ListUsers", &[]).await;
    assert_eq!(refused.refusal(), (403, "InvalidClientTokenId"));
    for action in ["GetSessionToken", "GetFederationToken", "GetAccessKeyInfo"] {
        assert_eq!(server.sts(&session, action, &[("Name", "fed")]).await.refusal(), (403, "AccessDenied"), "{action}");
    }
    server.sts(&session, "GetCallerIdentity", &[]).await.ok();
    server.wait(901);
    assert!(server.identity.authenticate(&session.id, session.token.as_deref()).is_err());
}

#[tokio::test]
async fn a_session_token_with_mfa_is_good_for_iam() {
    use base64::Engine;
    let server = Server::start().await;
    let anna = server.user("anna", ALLOW_ALL).await;
    let made = server.iam(&anna, "CreateVirtualMFADevice", &[("VirtualMFADeviceName", "anna")]).await.ok();
    let device = "CreateVirtualMFADeviceResult/VirtualMFADevice";
    let serial = made.text(&format!("{device}/SerialNumber")).to_owned();
    let seed = made.text(&format!("{device}/Base32StringSeed"));
    let seed =
        String::from_utf8(base64::engine::general_purpose::STANDARD.decode(seed).expect("base64")).expect("text");
    let (one, two) = (totp(&server, &seed, -1), totp(&server, &seed, 0));
    let parameters = [
        ("UserName", "anna"),
        ("SerialNumber", serial.as_str()),
        ("AuthenticationCode1", one.as_str()),
        ("AuthenticationCode2", two.as_str()),
    ];
    server.iam(&anna, "EnableMFADevice", &parameters).await.ok();
    server.wait(30);
    let code = totp(&server, &seed, 0);
    let mfa = [("SerialNumber", serial.as_str()), ("TokenCode", code.as_str())];
    assert_eq!(server.sts(&anna, "GetSessionToken", &mfa[..1]).await.refusal(), (400, "ValidationError"));
    let answer = server.sts(&anna, "GetSessionToken", &mfa).await.ok();
    let session = credentials(&answer, "GetSessionToken");
    server.iam(&session, "ListUsers", &[]).await.ok();
    // Each code is good once.
    let replayed = server.sts(&anna, "GetSessionToken", &mfa).await;
    assert_eq!(replayed.refusal(), (403, "AccessDenied"), "{}", replayed.xml);
}

#[tokio::test]
async fn a_role_is_assumed_by_whom_it_trusts() {
    let server = Server::start().await;
    server.setup("CreateRole", &[("RoleName", "worker"), ("AssumeRolePolicyDocument", TRUST)]).await;
    let policy = allow(&["iam:ListUsers"]);
    let inline = [("RoleName", "worker"), ("PolicyName", "p"), ("PolicyDocument", policy.as_str())];
    server.setup("PutRolePolicy", &inline).await;
    let anna = server.user("anna", &allow(&["sts:AssumeRole"])).await;
    let bert = server.user("bert", "").await;
    let parameters = [("RoleArn", "arn:aws:iam::111122223333:role/worker"), ("RoleSessionName", "job")];
    assert_eq!(server.sts(&bert, "AssumeRole", &parameters).await.refusal(), (403, "AccessDenied"));
    assert_eq!(server.sts(&server.root(), "AssumeRole", &parameters).await.refusal(), (403, "AccessDenied"));
    let answer = server.sts(&anna, "AssumeRole", &parameters).await.ok();
    let user = "AssumeRoleResult/AssumedRoleUser";
    assert_eq!(answer.text(&format!("{user}/Arn")), "arn:aws:sts::111122223333:assumed-role/worker/job");
    assert!(answer.text(&format!("{user}/AssumedRoleId")).ends_with(":job"));
    assert!(!answer.has("AssumeRoleResult/PackedPolicySize"));
    let session = credentials(&answer, "AssumeRole");
    server.iam(&session, "ListUsers", &[]).await.ok();
    let refused = server.iam(&session, "ListRoles", &[]).await;
    let message = refused.text("Error/Message");
    assert!(message.starts_with("User: arn:aws:sts::111122223333:assumed-role/worker/job is not"), "{message}");
    assert_eq!(server.iam(&session, "GetUser", &[]).await.refusal(), (400, "ValidationError"));
    let policy = allow(&["s3:*"]);
    let held = [&parameters[..], &[("Policy", policy.as_str())]].concat();
    let answer = server.sts(&anna, "AssumeRole", &held).await.ok();
    assert!(answer.has("AssumeRoleResult/PackedPolicySize"));
    let refused = server.iam(&credentials(&answer, "AssumeRole"), "ListUsers", &[]).await;
    let message = refused.text("Error/Message");
    assert!(message.ends_with("because no session policy allows the iam:ListUsers action"), "{message}");
}

#[tokio::test]
async fn a_federated_user_calls_neither_iam_nor_sts() {
    let server = Server::start().await;
    let anna = server.user("anna", ALLOW_ALL).await;
    let parameters = [("Name", "guest"), ("Policy", ALLOW_ALL)];
    let answer = server.sts(&anna, "GetFederationToken", &parameters).await.ok();
    let result = "GetFederationTokenResult";
    assert_eq!(answer.text(&format!("{result}/FederatedUser/FederatedUserId")), "111122223333:guest");
    assert_eq!(answer.text(&format!("{result}/FederatedUser/Arn")), "arn:aws:sts::111122223333:federated-user/guest");
    let guest = credentials(&answer, "GetFederationToken");
    assert_eq!(server.iam(&guest, "ListUsers", &[]).await.refusal(), (403, "InvalidClientTokenId"));
    assert_eq!(server.sts(&guest, "GetSessionToken", &[]).await.refusal(), (403, "AccessDenied"));
    let own = server.sts(&guest, "GetCallerIdentity", &[]).await.ok();
    assert_eq!(own.text("GetCallerIdentityResult/UserId"), "111122223333:guest");
    let bert = server.user("bert", "").await;
    assert_eq!(server.sts(&bert, "GetFederationToken", &parameters).await.refusal(), (403, "AccessDenied"));
}

#[tokio::test]
async fn keys_and_messages_are_looked_up() {
    let server = Server::start().await;
    let anna = server.user("anna", ALLOW_ALL).await;
    let answer = server.sts(&anna, "GetAccessKeyInfo", &[("AccessKeyId", &anna.id)]).await.ok();
    assert_eq!(answer.text("GetAccessKeyInfoResult/Account"), "111122223333");
    let refused = server.sts(&anna, "DecodeAuthorizationMessage", &[("EncodedMessage", "forged")]).await;
    assert_eq!(refused.refusal(), (400, "InvalidAuthorizationMessageException"));
}
