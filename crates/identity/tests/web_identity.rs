//! AssumeRoleWithWebIdentity: tokens of a provider that lives in this file.

mod support;

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use larder_identity::IamErrorKind::{
    AccessDenied, ExpiredWebIdentityToken, IdpCommunicationError, InvalidIdentityToken,
};
use larder_identity::{
    AssumeRoleWithWebIdentity, ChangeError, CreateOidcProvider, Fetch, FetchError, Identity, WebIdentityRole,
};
use larder_policy::{Context, Principal, Values};
use parking_lot::Mutex;
use serde_json::{Value, json};
use support::{NOW, World, assert_refused, operator, role, signs_in};

const ISSUER: &str = "https://idp.example/realm";

struct Nothing;

impl Context for Nothing {
    fn get(&self, _: &str, _: Option<&str>) -> Option<Values<'_>> {
        None
    }
}

/// What the provider serves, and how often it was asked for its keys.
#[derive(Default)]
struct Provider {
    documents: Mutex<HashMap<String, Vec<u8>>>,
    asked: Mutex<usize>,
}

#[async_trait::async_trait]
impl Fetch for Provider {
    async fn get(&self, url: &str, limit: usize) -> Result<Vec<u8>, FetchError> {
        if url.ends_with("/keys") {
            *self.asked.lock() += 1;
        }
        // Others get their turn, as they do while a network is slow.
        tokio::task::yield_now().await;
        let document = self.documents.lock().get(url).cloned();
        let document = document.ok_or_else(|| FetchError { reason: "404".to_owned() })?;
        assert!(document.len() <= limit);
        Ok(document)
    }
}

impl Provider {
    fn serve(&self, keys: &[Value]) {
        let configuration = json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}/keys") });
        let mut documents = self.documents.lock();
        documents.insert(format!("{ISSUER}/.well-known/openid-configuration"), configuration.to_string().into_bytes());
        documents.insert(format!("{ISSUER}/keys"), json!({ "keys": keys }).to_string().into_bytes());
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn signed(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let text = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
    let signature = sign(text.as_bytes());
    format!("{text}.{}", encode(signature))
}

fn rsa_jwk(key: &RsaKeyPair, id: &str) -> Value {
    let public = key.public_key();
    let number = |bytes: &[u8]| encode(bytes);
    json!({
        "kty": "RSA", "kid": id, "use": "sig",
        "n": number(public.modulus().big_endian_without_leading_zero()),
        "e": number(public.exponent().big_endian_without_leading_zero()),
    })
}

fn ec_jwk(key: &EcdsaKeyPair, id: &str, curve: &str) -> Value {
    let point = &key.public_key().as_ref()[1..];
    let (x, y) = point.split_at(point.len() / 2);
    json!({ "kty": "EC", "kid": id, "crv": curve, "x": encode(x), "y": encode(y) })
}

fn with_rsa(key: &RsaKeyPair, encoding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(encoding, &SystemRandom::new(), message, &mut signature).expect("signs");
    signature
}

fn with_ec(key: &EcdsaKeyPair, message: &[u8]) -> Vec<u8> {
    key.sign(&SystemRandom::new(), message).expect("signs").as_ref().to_vec()
}

fn p256() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key")
}

fn claims() -> Value {
    let now = NOW / 1_000;
    json!({ "iss": ISSUER, "sub": "repo:lab:main", "aud": ["other", "larder"], "exp": now + 300, "nbf": now, "iat": now, "env": "prod" })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

/// A server with the provider, and a role for its subject.
async fn start(provider: &Arc<Provider>) -> (World, Identity, String) {
    let mut world = World::new();
    world.fetch = Some(Arc::clone(provider) as Arc<dyn Fetch>);
    let identity = world.open().await;
    let account = operator(&identity);
    let request = CreateOidcProvider {
        url: ISSUER.to_owned(),
        client_ids: vec!["larder".to_owned()],
        ..CreateOidcProvider::default()
    };
    let create = |state: &mut larder_identity::AccountState, change: &larder_identity::Change<'_>| {
        Ok(state.create_oidc_provider(change, request.clone())?.arn(account))
    };
    let arn = identity.change(account, create).await.expect("made");
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"{arn}"}},"Action":["sts:AssumeRoleWithWebIdentity","sts:TagSession"],"Condition":{{"StringEquals":{{"idp.example/realm:aud":"larder","idp.example/realm:env":"prod"}},"StringLike":{{"idp.example/realm:sub":"repo:lab:*"}}}}}}]}}"#
    );
    let role = role(&identity, "ci", &trust).await;
    (world, identity, role)
}

async fn assume(identity: &Identity, role: &str, token: &str) -> Result<WebIdentityRole, ChangeError> {
    let request = AssumeRoleWithWebIdentity {
        role_arn: role.to_owned(),
        session_name: "job".to_owned(),
        web_identity_token: token.to_owned(),
        ..AssumeRoleWithWebIdentity::default()
    };
    identity.assume_role_with_web_identity(request, &Nothing).await
}

#[tokio::test]
async fn tokens_of_all_algorithms_are_verified() {
    let provider = Arc::new(Provider::default());
    let (_world, identity, role) = start(&provider).await;
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let (small, large) = (p256(), EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("a key"));
    provider.serve(&[rsa_jwk(&rsa, "r"), ec_jwk(&small, "s", "P-256"), ec_jwk(&large, "l", "P-384")]);
    let header = |alg: &str, kid: &str| json!({ "alg": alg, "kid": kid, "typ": "JWT" });
    for token in [
        signed(&header("RS256", "r"), &claims(), |text| with_rsa(&rsa, &RSA_PKCS1_SHA256, text)),
        signed(&header("RS512", "r"), &claims(), |text| with_rsa(&rsa, &RSA_PKCS1_SHA512, text)),
        signed(&header("PS256", "r"), &claims(), |text| with_rsa(&rsa, &RSA_PSS_SHA256, text)),
        signed(&header("ES256", "s"), &claims(), |text| with_ec(&small, text)),
        signed(&header("ES384", "l"), &claims(), |text| with_ec(&large, text)),
        signed(&json!({ "alg": "ES256" }), &claims(), |text| with_ec(&small, text)),
    ] {
        let session = assume(&identity, &role, &token).await.expect("verified");
        assert_eq!((session.subject.as_str(), session.audience.as_str()), ("repo:lab:main", "larder"));
        let caller = signs_in(&identity, &session.credentials).caller;
        assert!(matches!(caller.principal, Principal::AssumedRole { .. }));
        let known = caller.session.as_ref().and_then(|it| it.federated_provider.clone());
        assert_eq!(known.as_deref(), Some(session.provider.as_str()));
    }
    assert_eq!(*provider.asked.lock(), 1, "the keys are remembered");
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let provider = Arc::new(Provider::default());
    let (_world, identity, role) = start(&provider).await;
    let (key, stranger) = (p256(), p256());
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    provider.serve(&[ec_jwk(&key, "s", "P-256"), rsa_jwk(&rsa, "r")]);
    let header = json!({ "alg": "ES256", "kid": "s" });
    let good = signed(&header, &claims(), |text| with_ec(&key, text));
    let (body, signature) = good.rsplit_once('.').expect("three parts");
    let head = body.split('.').next().expect("a header");
    let other_body = encode(with(claims(), "sub", json!("repo:lab:evil")).to_string());
    for forged in [
        // Signed by somebody else, for something else, not at all, or by another kind of key than it says.
        signed(&header, &claims(), |text| with_ec(&stranger, text)),
        format!("{head}.{other_body}.{signature}"),
        signed(&json!({ "alg": "none" }), &claims(), |_| Vec::new()),
        signed(&json!({ "alg": "HS256", "kid": "s" }), &claims(), |_| vec![0; 32]),
        signed(&json!({ "alg": "RS256", "kid": "s" }), &claims(), |text| with_ec(&key, text)),
        signed(&json!({ "alg": "ES256", "kid": "r" }), &claims(), |text| with_ec(&key, text)),
        signed(&json!({ "alg": "ES256", "kid": "s", "crit": ["exp"] }), &claims(), |text| with_ec(&key, text)),
        signed(&json!({ "alg": "ES256", "kid": "s", "b64": false }), &claims(), |text| with_ec(&key, text)),
        format!("{body}."),
        format!("{good}.x"),
        "nonsense".to_owned(),
        // Key material in the token itself is not looked at.
        signed(&json!({ "alg": "ES256", "jwk": ec_jwk(&stranger, "x", "P-256") }), &claims(), |text| {
            with_ec(&stranger, text)
        }),
    ] {
        assert_refused(assume(&identity, &role, &forged).await, InvalidIdentityToken);
    }
    assume(&identity, &role, &good).await.expect("the one that was copied from");
}

/// Nobody needs credentials to ask, so before a token is verified all refusals are the same.
#[tokio::test]
async fn strangers_find_out_nothing() {
    let provider = Arc::new(Provider::default());
    let (world, identity, role) = start(&provider).await;
    let (key, stranger) = (p256(), p256());
    provider.serve(&[ec_jwk(&key, "s", "P-256")]);
    let message = async |role: &str, claims: &Value| {
        let token = signed(&json!({ "alg": "ES256", "kid": "s" }), claims, |text| with_ec(&stranger, text));
        assume(&identity, role, &token).await.expect_err("refused").to_string()
    };
    let known = message(&role, &claims()).await;
    for (role, claims) in [
        (role.replace("role/ci", "role/nothing"), claims()),
        (role.replace(&operator(&identity).to_string(), "999999999999"), claims()),
        ("nonsense".to_owned(), claims()),
        (role.clone(), with(claims(), "iss", json!("https://elsewhere.example"))),
        (role.clone(), with(claims(), "iss", json!("http://idp.example/realm"))),
        (role.clone(), with(claims(), "aud", json!("other"))),
        (role.clone(), with(claims(), "exp", json!(1))),
        (role.clone(), with(claims(), "https://aws.amazon.com/tags", json!(1))),
    ] {
        assert_eq!(message(&role, &claims).await, known, "{role} {claims}");
    }
    // Nor what of the network can be reached.
    let configured = |keys: &str| json!({ "issuer": ISSUER, "jwks_uri": keys }).to_string().into_bytes();
    let mut unreachable = Vec::new();
    for configuration in [
        None,
        Some(b"rubbish".to_vec()),
        Some(configured("http://10.0.0.1/keys")),
        Some(configured("https://10.0.0.1/keys")),
    ] {
        world.advance(25 * 3_600);
        provider.documents.lock().clear();
        if let Some(document) = configuration {
            provider.documents.lock().insert(format!("{ISSUER}/.well-known/openid-configuration"), document);
        }
        unreachable.push(message(&role, &claims()).await);
        unreachable.push(message(&role, &claims()).await);
    }
    unreachable.dedup();
    assert_eq!(unreachable, ["Couldn't retrieve verification key from your identity provider."]);
}

/// The keys of a provider come from where the provider says, over the same scheme.
#[tokio::test]
async fn keys_over_an_open_connection_are_not_taken() {
    let provider = Arc::new(Provider::default());
    let (_world, identity, role) = start(&provider).await;
    let key = p256();
    provider.serve(&[ec_jwk(&key, "s", "P-256")]);
    let open = ISSUER.replace("https", "http") + "/keys";
    let keys = provider.documents.lock().get(&format!("{ISSUER}/keys")).cloned().expect("keys");
    provider.documents.lock().insert(open.clone(), keys);
    let configuration = json!({ "issuer": ISSUER, "jwks_uri": open }).to_string().into_bytes();
    provider.documents.lock().insert(format!("{ISSUER}/.well-known/openid-configuration"), configuration);
    let token = signed(&json!({ "alg": "ES256", "kid": "s" }), &claims(), |text| with_ec(&key, text));
    assert_refused(assume(&identity, &role, &token).await, IdpCommunicationError);
}

#[tokio::test]
async fn claims_decide() {
    let provider = Arc::new(Provider::default());
    let (_world, identity, role) = start(&provider).await;
    let key = p256();
    provider.serve(&[ec_jwk(&key, "s", "P-256")]);
    let now = NOW / 1_000;
    let tags = json!({ "principal_tags": { "Team": ["blue"] }, "transitive_tag_keys": ["Team"] });
    let token = |claims: &Value| signed(&json!({ "alg": "ES256", "kid": "s" }), claims, |text| with_ec(&key, text));
    for (name, value, kind) in [
        ("exp", json!(now - 61), ExpiredWebIdentityToken),
        ("nbf", json!(now + 61), InvalidIdentityToken),
        ("iat", json!(now + 61), InvalidIdentityToken),
        ("aud", json!("other"), InvalidIdentityToken),
        ("azp", json!("other"), InvalidIdentityToken),
        ("iss", json!("https://elsewhere.example"), InvalidIdentityToken),
        // The same provider over an open connection is another one.
        ("iss", json!("http://idp.example/realm"), InvalidIdentityToken),
        ("exp", json!("soon"), InvalidIdentityToken),
        ("sub", json!("repo:other:main"), AccessDenied),
        ("env", json!("test"), AccessDenied),
        ("env", Value::Null, AccessDenied),
        ("https://aws.amazon.com/tags", json!({ "principal_tags": { "Team": ["a", "b"] } }), InvalidIdentityToken),
        // The role does not allow sts:SetSourceIdentity.
        ("https://aws.amazon.com/source_identity", json!("anna"), AccessDenied),
    ] {
        let refused = assume(&identity, &role, &token(&with(claims(), name, value.clone()))).await;
        match refused {
            Err(ChangeError::Refused(error)) if error.kind == kind => {}
            other => panic!("{name} {value}: expected {kind:?}, got {other:?}"),
        }
    }
    let request = token(&with(claims(), "https://aws.amazon.com/tags", tags));
    let session = assume(&identity, &role, &request).await.expect("may tag");
    let caller = signs_in(&identity, &session.credentials).caller;
    assert_eq!(*caller.tags, [("Team".to_owned(), "blue".to_owned())]);
    let other = role.replace("role/ci", "role/nothing");
    assert_refused(assume(&identity, &other, &token(&claims())).await, AccessDenied);
}

#[tokio::test]
async fn those_who_come_together_wait_for_the_same_keys() {
    let provider = Arc::new(Provider::default());
    let (_world, identity, role) = start(&provider).await;
    let key = p256();
    provider.serve(&[ec_jwk(&key, "s", "P-256")]);
    let token = signed(&json!({ "alg": "ES256", "kid": "s" }), &claims(), |text| with_ec(&key, text));
    let (one, two, three) = tokio::join!(
        assume(&identity, &role, &token),
        assume(&identity, &role, &token),
        assume(&identity, &role, &token)
    );
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    assert_eq!(*provider.asked.lock(), 1);
}

#[tokio::test]
async fn new_keys_are_found_but_not_at_every_request() {
    let provider = Arc::new(Provider::default());
    let (world, identity, role) = start(&provider).await;
    let (old, new) = (p256(), p256());
    let token = |key: &EcdsaKeyPair, id: &str| {
        let claims = with(claims(), "exp", json!(NOW / 1_000 + 1_000_000));
        signed(&json!({ "alg": "ES256", "kid": id }), &claims, |text| with_ec(key, text))
    };
    assert_refused(assume(&identity, &role, &token(&old, "old")).await, IdpCommunicationError);
    provider.serve(&[ec_jwk(&old, "old", "P-256")]);
    assert_refused(assume(&identity, &role, &token(&old, "old")).await, IdpCommunicationError);
    world.advance(60);
    assume(&identity, &role, &token(&old, "old")).await.expect("asked again");

    provider.serve(&[ec_jwk(&new, "new", "P-256")]);
    for _ in 0..3 {
        assert_refused(assume(&identity, &role, &token(&new, "new")).await, InvalidIdentityToken);
    }
    world.advance(60);
    assume(&identity, &role, &token(&new, "new")).await.expect("asked again");
    assert_refused(assume(&identity, &role, &token(&old, "old")).await, InvalidIdentityToken);
    assert_eq!(*provider.asked.lock(), 2);
    // The provider is down: what is known serves for a day.
    provider.documents.lock().clear();
    world.advance(2 * 3_600);
    assume(&identity, &role, &token(&new, "new")).await.expect("remembered");
    world.advance(24 * 3_600);
    assert_refused(assume(&identity, &role, &token(&new, "new")).await, IdpCommunicationError);
}
