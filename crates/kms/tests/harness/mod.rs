//! A KMS in memory, and people who use it.
#![allow(dead_code, reason = "each test file uses a part")]

use std::sync::Arc;
use std::time::Duration;

use larder_crypto::SecretKey;
use larder_env::{Clock, SeededRng, SimulatedClock};
use larder_kms::{
    Asker, CreateKey, EncryptionContext, Key, KeySpec, KeyUsage, Kms, KmsErrorKind, KmsParts, Origin, Page,
    PolicyCheck, RequestFacts, Target,
};
use larder_policy::{Context, Documents, Kind, Named, Policy, Principal, Values};
use larder_store::memory::MemoryMetaStore;
use larder_types::{AccountId, CanonicalUserId, Region, Timestamp};

/// 2026-01-01T00:00:00Z.
pub(crate) const START: i64 = 1_767_225_600_000;
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
pub(crate) const ALL: Page<'_> = Page { limit: 1_000, marker: None };

/// A KMS with what it lives on.
pub(crate) struct World {
    pub(crate) clock: Arc<SimulatedClock>,
    pub(crate) meta: Arc<MemoryMetaStore>,
    pub(crate) rng: Arc<SeededRng>,
    pub(crate) secret: SecretKey,
    pub(crate) kms: Kms,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_quotas(f64::INFINITY).await
    }

    pub(crate) async fn with_quotas(quota_scale: f64) -> Self {
        let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(START)));
        let rng = Arc::new(SeededRng::new(42));
        let secret = SecretKey::generate(&*rng);
        let meta = Arc::new(MemoryMetaStore::new());
        let parts = KmsParts {
            meta: meta.clone(),
            clock: clock.clone(),
            rng: rng.clone(),
            secret: secret.clone(),
            quota_scale,
        };
        let kms = Kms::open(parts).await.expect("a new store opens");
        Self { clock, meta, rng, secret, kms }
    }

    /// Another KMS over the same store, as after a restart.
    pub(crate) async fn reopened(&self) -> Kms {
        Kms::open(self.parts()).await.expect("the store opens again")
    }

    pub(crate) fn parts(&self) -> KmsParts {
        KmsParts {
            meta: self.meta.clone(),
            clock: self.clock.clone(),
            rng: self.rng.clone(),
            secret: self.secret.clone(),
            quota_scale: f64::INFINITY,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new key of this kind.
    pub(crate) async fn key(&self, spec: KeySpec, usage: KeyUsage) -> Arc<Key> {
        self.make(CreateKey { spec, usage: Some(usage), ..new_key() }).await
    }

    pub(crate) async fn symmetric(&self) -> Arc<Key> {
        self.make(new_key()).await
    }

    pub(crate) async fn make(&self, request: CreateKey<'_>) -> Arc<Key> {
        let metadata = self.kms.create_key(request).await.expect("a key is made");
        self.kms.find(request.region, request.account, &metadata.arn).expect("it is there")
    }

    /// The key as it is now.
    pub(crate) fn again(&self, key: &Key) -> Arc<Key> {
        self.kms.find(key.region(), key.account(), key.arn()).expect("it is there")
    }
}

pub(crate) fn region() -> &'static Region {
    static REGION: std::sync::LazyLock<Region> =
        std::sync::LazyLock::new(|| Region::parse("eu-central-1").expect("valid"));
    &REGION
}

pub(crate) fn other_region() -> &'static Region {
    static REGION: std::sync::LazyLock<Region> =
        std::sync::LazyLock::new(|| Region::parse("us-west-2").expect("valid"));
    &REGION
}

pub(crate) fn account() -> AccountId {
    AccountId::from_number(111_122_223_333)
}

pub(crate) fn other_account() -> AccountId {
    AccountId::from_number(444_455_556_666)
}

pub(crate) fn everybody_exists(_: &str) -> bool {
    true
}

/// No lockout check, all principals there.
pub(crate) const UNCHECKED: PolicyCheck<'static> = PolicyCheck { asker: None, exists: &everybody_exists };

/// A symmetric key of the account with the default policy.
pub(crate) fn new_key() -> CreateKey<'static> {
    CreateKey {
        account: account(),
        region: region(),
        spec: KeySpec::SymmetricDefault,
        usage: None,
        origin: Origin::AwsKms,
        multi_region: false,
        description: "",
        policy: None,
        policy_check: UNCHECKED,
        tags: &[],
    }
}

pub(crate) fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
    EncryptionContext::new(pairs.iter().copied()).expect("small")
}

pub(crate) fn none() -> &'static EncryptionContext {
    static NONE: std::sync::LazyLock<EncryptionContext> = std::sync::LazyLock::new(EncryptionContext::default);
    &NONE
}

fn canonical(account: AccountId) -> CanonicalUserId {
    CanonicalUserId::parse(&format!("{account}{}", "0".repeat(52))).expect("64 digits")
}

pub(crate) fn root(account: AccountId) -> Principal {
    Principal::Root { account, canonical_id: canonical(account) }
}

pub(crate) fn user(account: AccountId, name: &str) -> Principal {
    Principal::User {
        account,
        canonical_id: canonical(account),
        arn: format!("arn:aws:iam::{account}:user/{name}").into(),
        id: format!("AIDA{:A>16}", name.to_uppercase()).into(),
        name: name.into(),
    }
}

pub(crate) fn role_session(account: AccountId, role: &str) -> Principal {
    Principal::AssumedRole {
        account,
        canonical_id: canonical(account),
        role_arn: format!("arn:aws:iam::{account}:role/{role}").into(),
        session_arn: format!("arn:aws:sts::{account}:assumed-role/{role}/session").into(),
        id: format!("AROA{:A>16}:session", role.to_uppercase()).into(),
    }
}

/// No global keys.
pub(crate) struct Nothing;

impl Context for Nothing {
    fn get(&self, _: &str, _: Option<&str>) -> Option<Values<'_>> {
        None
    }
}

/// An identity policy of one statement.
pub(crate) fn identity(effect: &str, actions: &str, resource: &str) -> Policy {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}","Action":{actions},"Resource":"{resource}"}}}}"#
    );
    Policy::parse(&text, Kind::Identity).expect("valid")
}

/// Whether a principal with these identity policies may.
pub(crate) fn may(
    kms: &Kms,
    key: &Key,
    action: &str,
    principal: &Principal,
    policies: &[&Policy],
    facts: &RequestFacts<'_>,
) -> bool {
    let named: Vec<_> = policies.iter().map(|policy| Named { name: "policy", policy }).collect();
    let documents = Documents { identity: &named, ..Documents::default() };
    let asker = Asker { principal, documents, context: &Nothing };
    kms.authorize(Target::Key(key), action, asker, facts).allowed
}

/// The kind of a refusal.
pub(crate) fn kind<T>(result: Result<T, larder_kms::KmsError>) -> Option<KmsErrorKind> {
    result.err().map(|error| error.kind)
}
