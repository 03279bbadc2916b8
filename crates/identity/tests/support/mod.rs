//! What the tests of this crate share.
#![allow(dead_code, reason = "each test uses its part")]

use std::sync::Arc;
use std::time::Duration;

use larder_crypto::SecretKey;
use larder_env::{SeededRng, SimulatedClock};
use larder_identity::{
    Account, AccountState, Change, ChangeError, CreateRole, CreateUser, Credential, Fetch, IamError, IamErrorKind,
    Identity, IdentityParts, OperatorSettings, RootKeys, TemporaryCredentials,
};
use larder_store::MetaStore;
use larder_store::memory::MemoryMetaStore;
use larder_types::{AccountId, CanonicalUserId, Owner, Timestamp};

pub(crate) const NOW: i64 = 1_800_000_000_000;
pub(crate) const ALLOW_S3: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
pub(crate) const ALLOW_STS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"*"}]}"#;

/// A server's accounts, which can be opened again.
pub(crate) struct World {
    pub(crate) data: tempfile::TempDir,
    pub(crate) meta: Arc<dyn MetaStore>,
    pub(crate) clock: Arc<SimulatedClock>,
    pub(crate) rng: Arc<SeededRng>,
    pub(crate) fetch: Option<Arc<dyn Fetch>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::over(Arc::new(MemoryMetaStore::new()))
    }

    pub(crate) fn over(meta: Arc<dyn MetaStore>) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(NOW)));
        Self { data, meta, clock, rng: Arc::new(SeededRng::new(7)), fetch: None }
    }

    pub(crate) async fn open(&self) -> Identity {
        let settings = OperatorSettings { root_keys: RootKeys::parse("operator", "operator-secret".to_owned()).ok() };
        let parts = IdentityParts {
            meta: Arc::clone(&self.meta),
            clock: self.clock.clone(),
            rng: self.rng.clone(),
            secret: SecretKey::from_slice(&[0x17; 32]).expect("32 bytes"),
            fetch: self.fetch.clone(),
        };
        Identity::open(self.data.path(), settings, parts).await.expect("opens").0
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// Everything there is, to be compared.
pub(crate) fn everything(identity: &Identity) -> Vec<AccountState> {
    identity.directory().accounts().cloned().collect()
}

pub(crate) fn operator(identity: &Identity) -> AccountId {
    identity.owner().account
}

/// A user with a key.
pub(crate) async fn user_with_key(identity: &Identity, name: &str) -> Credential {
    let create = |state: &mut AccountState, change: &Change<'_>| {
        let user = state.create_user(change, CreateUser { name: name.to_owned(), ..CreateUser::default() })?;
        state.create_access_key(change, larder_identity::Who::User(Arc::clone(&user.id)))
    };
    let key = identity.change(operator(identity), create).await.expect("made");
    identity.authenticate(&key.id, None).expect("active")
}

/// A role that `trust` lets in.
pub(crate) async fn role(identity: &Identity, name: &str, trust: &str) -> String {
    let account = operator(identity);
    let create = |state: &mut AccountState, change: &Change<'_>| {
        let request = CreateRole { name: name.to_owned(), trust: trust.to_owned(), ..CreateRole::default() };
        Ok(state.create_role(change, request)?.arn(account))
    };
    identity.change(account, create).await.expect("made")
}

pub(crate) fn signs_in(identity: &Identity, with: &TemporaryCredentials) -> Credential {
    let credential = identity.authenticate(&with.access_key_id, Some(&with.session_token)).expect("good");
    assert_eq!(credential.secret, with.secret);
    credential
}

#[track_caller]
pub(crate) fn assert_refused<T: std::fmt::Debug>(result: Result<T, ChangeError>, kind: IamErrorKind) {
    match result {
        Err(ChangeError::Refused(error)) if error.kind == kind => {}
        other => panic!("expected {kind:?}, got {other:?}"),
    }
}

#[track_caller]
pub(crate) fn assert_iam<T: std::fmt::Debug>(result: Result<T, IamError>, kind: IamErrorKind, message: &str) {
    let error = result.expect_err("refused");
    assert_eq!((error.kind, error.message.as_str()), (kind, message));
}

/// An account outside any store.
pub(crate) fn account() -> AccountState {
    AccountState::new(Account {
        owner: Owner {
            account: AccountId::from_number(111_122_223_333),
            canonical_id: CanonicalUserId::parse(&"ab".repeat(32)).expect("64 digits"),
            display_name: "test".into(),
        },
        email: None,
        alias: None,
        created: Timestamp::from_millis(NOW),
        public_access_block: None,
        closing: false,
        operator: false,
    })
}

pub(crate) fn change(rng: &SeededRng) -> Change<'_> {
    Change { now: Timestamp::from_millis(NOW), rng }
}
