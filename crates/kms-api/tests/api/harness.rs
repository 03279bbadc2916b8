//! A server of keys and accounts in memory, users with policies, and answers taken apart.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use larder_access::RequestFacts;
use larder_crypto::SecretKey;
use larder_env::{SeededRng, SimulatedClock};
use larder_http::Asked;
use larder_identity::{Caller, CreateAccount, CreateUser, Holder, Identity, RootKeys, Who};
use larder_kms::{Kms, KmsParts};
use larder_kms_api::{Call, KmsApi, Service};
use larder_store::memory::MemoryMetaStore;
use larder_types::{AccountId, CanonicalUserId, Owner, Region, Timestamp};
use serde_json::{Value, json};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const OTHER_ACCOUNT: &str = "444455556666";
/// 2026-01-01T00:00:00Z
pub(crate) const START: i64 = 1_767_225_600_000;
pub(crate) const DAY: u64 = 24 * 60 * 60;

pub(crate) struct Server {
    pub(crate) identity: Identity,
    pub(crate) kms: Kms,
    pub(crate) clock: Arc<SimulatedClock>,
    api: KmsApi,
}

/// A client of one account, in one region.
#[derive(Clone)]
pub(crate) struct Client<'a> {
    server: &'a Server,
    caller: Arc<Caller>,
    region: Region,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Server {
    /// Whose quotas are not kept.
    pub(crate) async fn start() -> Self {
        Self::start_with(f64::INFINITY).await
    }

    pub(crate) async fn start_with(quota_scale: f64) -> Self {
        let owner = Owner {
            account: AccountId::parse(ACCOUNT).expect("twelve digits"),
            canonical_id: CanonicalUserId::parse(&"a1".repeat(32)).expect("64 digits"),
            display_name: "root".into(),
        };
        let keys = RootKeys::parse("ROOTKEY", "rootsecret".to_owned()).expect("good keys");
        let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(START)));
        let rng = Arc::new(SeededRng::new(7));
        let identity = Identity::in_memory(owner, keys, clock.clone(), rng.clone()).await.expect("accounts in memory");
        let other = CreateAccount {
            name: "other".to_owned(),
            email: "other@example.com".to_owned(),
            account_id: Some(AccountId::parse(OTHER_ACCOUNT).expect("twelve digits")),
            canonical_id: None,
            keys: RootKeys::parse("OTHERKEY", "othersecret".to_owned()).ok(),
        };
        identity.create_account(other).await.expect("another account");
        let secret = SecretKey::generate(&*rng);
        let meta = Arc::new(MemoryMetaStore::new());
        let parts = KmsParts { meta, clock: clock.clone(), rng, secret, quota_scale };
        let kms = Kms::open(parts).await.expect("keys in memory");
        let api = KmsApi::new(kms.clone(), identity.clone());
        Self { identity, kms, clock, api }
    }

    pub(crate) fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    fn client(&self, key: &str) -> Client<'_> {
        let caller = self.identity.authenticate(key, None).expect("a good key").caller;
        Client { server: self, caller, region: Region::parse("us-east-1").expect("a region") }
    }

    pub(crate) fn root(&self) -> Client<'_> {
        self.client("ROOTKEY")
    }

    pub(crate) fn other(&self) -> Client<'_> {
        self.client("OTHERKEY")
    }

    pub(crate) fn nobody(&self) -> Client<'_> {
        Client { caller: Arc::new(Caller::anonymous()), ..self.root() }
    }

    /// A user of an account with an inline policy of these statements.
    pub(crate) async fn user_of(&self, account: &str, name: &str, statements: Value) -> Client<'_> {
        let account = AccountId::parse(account).expect("twelve digits");
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let made = self.identity.change(account, |state, change| {
            let user = CreateUser { name: name.to_owned(), path: None, tags: Vec::new(), boundary: None };
            let user = state.create_user(change, user)?;
            if statements.as_array().is_some_and(|all| !all.is_empty()) {
                state.put_inline_policy(Holder::User(name), "inline", &policy)?;
            }
            let key = state.create_access_key(change, Who::User(user.id.clone()))?;
            Ok(key.id.to_string())
        });
        let key = made.await.unwrap_or_else(|error| panic!("{name}: {error}"));
        self.client(&key)
    }

    pub(crate) async fn user(&self, name: &str, statements: Value) -> Client<'_> {
        self.user_of(ACCOUNT, name, statements).await
    }
}

/// A statement that allows actions on a resource.
pub(crate) fn allow(actions: &[&str], resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": resource})
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

impl Client<'_> {
    pub(crate) fn in_region(&self, region: &str) -> Self {
        Self { region: Region::parse(region).expect("a region"), ..self.clone() }
    }

    pub(crate) fn arn(&self) -> String {
        self.caller.principal.arn().into_owned()
    }

    /// Sends bytes to a target.
    pub(crate) async fn send(&self, service: Service, target: Option<&str>, body: &[u8]) -> Answer {
        let facts = RequestFacts {
            source_ip: [127, 0, 0, 1].into(),
            secure: false,
            user_agent: Some("test"),
            referer: None,
            now: Timestamp::from_millis(START),
            region: self.region.as_str(),
        };
        let (caller, asked) = (&self.caller, &Asked::default());
        let call = Call { caller, facts: &facts, region: &self.region, request_id: "7a62c49f", asked, target, body };
        let answer = self.server.api.answer(service, &call).await;
        assert_eq!(answer.headers()["content-type"], "application/x-amz-json-1.1");
        assert_eq!(answer.headers()["x-amzn-requestid"], "7a62c49f");
        let body = answer.body();
        let body = if body.is_empty() { json!({}) } else { serde_json::from_slice(body).expect("JSON") };
        Answer { status: answer.status().as_u16(), body }
    }

    /// Asks KMS.
    pub(crate) async fn ask(&self, operation: &str, input: Value) -> Answer {
        self.send(Service::Kms, Some(&format!("TrentService.{operation}")), input.to_string().as_bytes()).await
    }

    /// Asks Service Quotas.
    pub(crate) async fn ask_quotas(&self, operation: &str, input: Value) -> Answer {
        let target = format!("ServiceQuotasV20190624.{operation}");
        self.send(Service::ServiceQuotas, Some(&target), input.to_string().as_bytes()).await
    }

    /// Asks KMS, and it must succeed.
    pub(crate) async fn ok(&self, operation: &str, input: Value) -> Value {
        let answer = self.ask(operation, input).await;
        assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
        answer.body
    }

    /// Asks KMS, which must refuse it: gives the message.
    pub(crate) async fn refused(&self, operation: &str, input: Value, code: &str) -> String {
        self.ask(operation, input).await.refused(code)
    }

    /// A new key's id.
    pub(crate) async fn key(&self, input: Value) -> String {
        text(&self.ok("CreateKey", input).await["KeyMetadata"]["KeyId"])
    }

    /// A new key's ARN.
    pub(crate) async fn key_arn(&self, input: Value) -> String {
        text(&self.ok("CreateKey", input).await["KeyMetadata"]["Arn"])
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn refused(self, code: &str) -> String {
        assert_eq!(self.body["__type"], code, "{}", self.body);
        let message = &self.body["message"];
        let message = if message.is_null() { &self.body["Message"] } else { message };
        message.as_str().unwrap_or_default().to_owned()
    }
}

/// A text of an answer.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text but {value}")).to_owned()
}

/// Bytes of an answer.
#[track_caller]
pub(crate) fn blob(value: &Value) -> Vec<u8> {
    STANDARD.decode(text(value)).expect("base64")
}
