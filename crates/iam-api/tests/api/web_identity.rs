//! AssumeRoleWithWebIdentity, which needs no credentials: a provider that lives in this file vouches for somebody.

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use larder_iam_api::Service;
use larder_identity::{Fetch, FetchError};

use crate::harness::{Answer, Credentials, Keys, START, Server, allow, form};

const ISSUER: &str = "https://idp.example.com";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/idp.example.com"},
    "Action":"sts:AssumeRoleWithWebIdentity",
    "Condition":{"StringEquals":{"idp.example.com:aud":"app","idp.example.com:sub":"somebody"}}}]}"#;

struct Provider {
    key: EcdsaKeyPair,
}

impl Provider {
    fn new() -> Self {
        Self { key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key") }
    }

    fn token(&self, subject: &str) -> String {
        let expires = START / 1000 + 300;
        let claims =
            format!(r#"{{"iss":"{ISSUER}","sub":"{subject}","aud":"app","exp":{expires},"iat":{}}}"#, START / 1000);
        let (header, claims) = (encode(br#"{"alg":"ES256","kid":"k"}"#), encode(claims.as_bytes()));
        let signed = format!("{header}.{claims}");
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).expect("signs");
        format!("{signed}.{}", encode(signature.as_ref()))
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[async_trait::async_trait]
impl Fetch for Provider {
    async fn get(&self, url: &str, _: usize) -> Result<Vec<u8>, FetchError> {
        if !url.ends_with("/keys") {
            return Ok(format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"{ISSUER}/keys"}}"#).into_bytes());
        }
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (encode(x), encode(y));
        Ok(format!(r#"{{"keys":[{{"kty":"EC","kid":"k","crv":"P-256","x":"{x}","y":"{y}"}}]}}"#).into_bytes())
    }
}

async fn assume(server: &Server, token: &str) -> Answer {
    let parameters =
        [("RoleArn", "arn:aws:iam::111122223333:role/web"), ("RoleSessionName", "job"), ("WebIdentityToken", token)];
    let body = form("AssumeRoleWithWebIdentity", "2011-06-15", &parameters);
    server.send(Service::Sts, None, &Keys::default(), "", &body).await
}

#[tokio::test]
async fn a_token_is_exchanged_for_credentials() {
    let provider = Arc::new(Provider::new());
    let server = Server::start_with(provider.clone()).await;
    server.setup("CreateOpenIDConnectProvider", &[("Url", ISSUER), ("ClientIDList.member.1", "app")]).await;
    server.setup("CreateRole", &[("RoleName", "web"), ("AssumeRolePolicyDocument", TRUST)]).await;
    let policy = allow(&["iam:ListUsers"]);
    server.setup("PutRolePolicy", &[("RoleName", "web"), ("PolicyName", "p"), ("PolicyDocument", &policy)]).await;

    let answer = assume(&server, &provider.token("somebody")).await.ok();
    let at = |path: &str| answer.text(&format!("AssumeRoleWithWebIdentityResult/{path}"));
    assert_eq!(at("SubjectFromWebIdentityToken"), "somebody");
    assert_eq!(at("Audience"), "app");
    assert_eq!(at("Provider"), "arn:aws:iam::111122223333:oidc-provider/idp.example.com");
    assert_eq!(at("AssumedRoleUser/Arn"), "arn:aws:sts::111122223333:assumed-role/web/job");
    let token = Some(at("Credentials/SessionToken").to_owned());
    let session = Credentials { id: at("Credentials/AccessKeyId").to_owned(), token };
    server.iam(&session, "ListUsers", &[]).await.ok();

    assert_eq!(assume(&server, &provider.token("another")).await.refusal(), (403, "AccessDenied"));
    let forged = Provider::new().token("somebody");
    let refused = assume(&server, &forged).await;
    assert_eq!(refused.refusal(), (400, "InvalidIdentityToken"));
    assert!(!refused.xml.contains(&forged), "a token is not repeated");
    server.wait(600);
    assert_eq!(assume(&server, &provider.token("somebody")).await.refusal(), (400, "ExpiredTokenException"));
}
