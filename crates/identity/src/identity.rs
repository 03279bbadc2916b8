//! The accounts of a server: opening them, and what everything else here is built on.

use std::path::Path;
use std::sync::Arc;

use larder_crypto::SecretKey;
use larder_env::{Clock, Rng};
use larder_store::MetaStore;
use larder_store::memory::MemoryMetaStore;
use larder_types::{AccountId, Owner, Timestamp};
use parking_lot::RwLock;

use crate::directory::Directory;
use crate::last_used::Uses;
use crate::model::{AccessKey, Account, KeyOrigin, KeyStatus, Who};
use crate::oidc::KeyCache;
use crate::seal::Sealer;
use crate::session::opened::OpenedSessions;
use crate::state::AccountState;
use crate::{Caller, Credential, Fetch, IdentityError, KeysOrigin, RootKeys, account_file, keys_file};

/// What the accounts are kept in and live on.
#[derive(Clone)]
pub struct IdentityParts {
    /// Where everything but the operator account's name and root keys is kept.
    pub meta: Arc<dyn MetaStore>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives ids, keys and nonces.
    pub rng: Arc<dyn Rng>,
    /// What everything secret is sealed under: the same for as long as the store is.
    pub secret: SecretKey,
    /// Asks OpenID Connect providers; without it no web identity is accepted.
    pub fetch: Option<Arc<dyn Fetch>>,
}

/// What an operator can set.
#[derive(Debug, Default)]
pub struct OperatorSettings {
    /// The operator account's root keys, in the place of those in `root-credentials.toml`.
    pub root_keys: Option<RootKeys>,
}

/// The accounts of a server and their credentials.
#[derive(Clone)]
pub struct Identity {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) meta: Arc<dyn MetaStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) fetch: Option<Arc<dyn Fetch>>,
    pub(crate) sealer: Sealer,
    pub(crate) operator: Operator,
    pub(crate) directory: RwLock<Arc<Directory>>,
    /// Held by whoever changes something.
    pub(crate) writer: Arc<tokio::sync::Mutex<()>>,
    pub(crate) uses: Uses,
    pub(crate) sessions: OpenedSessions,
    pub(crate) oidc_keys: KeyCache,
}

/// What comes from files and settings rather than from the store.
pub(crate) struct Operator {
    pub(crate) owner: Owner,
    pub(crate) key: Arc<AccessKey>,
    pub(crate) root: Credential,
}

impl Operator {
    fn new(owner: Owner, keys: RootKeys) -> Self {
        let RootKeys { access_key_id, secret_access_key } = keys;
        let key = Arc::new(AccessKey {
            id: access_key_id,
            secret: Arc::new(secret_access_key),
            owner: Who::Root,
            status: KeyStatus::Active,
            // Files and settings do not say when; listings need something.
            created: Timestamp::from_millis(0),
            origin: KeyOrigin::Settings,
        });
        let account = Account {
            owner: owner.clone(),
            email: None,
            alias: None,
            created: Timestamp::from_millis(0),
            public_access_block: None,
            closing: false,
            operator: true,
        };
        let caller = Caller { ..crate::resolve::root(&AccountState::new(account)) };
        let root = Credential {
            access_key_id: Arc::clone(&key.id),
            secret: Arc::clone(&key.secret),
            caller: Arc::new(caller),
        };
        Self { owner, key, root }
    }

    /// Puts the root key of the settings into the operator account.
    pub(crate) fn join(&self, state: &mut AccountState) {
        let mut key = AccessKey::clone(&self.key);
        key.created = state.account().created;
        state.access_keys.insert(Arc::clone(&key.id), Arc::new(key));
    }
}

impl Identity {
    /// The accounts kept in `parts.meta`. The operator account's name and its root keys are kept in the folder `data`,
    /// unless the settings give them; what is missing is made and is on disk when this returns. Blocks on the disk for a
    /// moment; call it once, at start, while no other process uses the folder.
    ///
    /// # Errors
    /// [`IdentityError`] when a file cannot be read or written, is not safe to trust or not understood, and when the store
    /// cannot be read.
    pub async fn open(
        data: &Path,
        settings: OperatorSettings,
        parts: IdentityParts,
    ) -> Result<(Self, KeysOrigin), IdentityError> {
        let owner = account_file::load_or_make(data, &*parts.rng)?;
        let (keys, origin) = match settings.root_keys {
            Some(keys) => (keys, KeysOrigin::Settings),
            None => keys_file::load_or_make(data, &*parts.rng)?,
        };
        Ok((Self::assemble(Operator::new(owner, keys), parts).await?, origin))
    }

    /// An operator account and its root keys over a store in memory: for tests.
    ///
    /// # Errors
    /// None that a store in memory has.
    pub async fn in_memory(
        owner: Owner,
        keys: RootKeys,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
    ) -> Result<Self, IdentityError> {
        let secret = SecretKey::generate(&*rng);
        let parts = IdentityParts { meta: Arc::new(MemoryMetaStore::new()), clock, rng, secret, fetch: None };
        Self::assemble(Operator::new(owner, keys), parts).await
    }

    async fn assemble(operator: Operator, parts: IdentityParts) -> Result<Self, IdentityError> {
        let IdentityParts { meta, clock, rng, secret, fetch } = parts;
        let shared = Arc::new(Shared {
            meta,
            clock,
            rng,
            fetch,
            sealer: Sealer::new(&secret),
            operator,
            directory: RwLock::default(),
            writer: Arc::default(),
            uses: Uses::default(),
            sessions: OpenedSessions::default(),
            oidc_keys: KeyCache::default(),
        });
        let identity = Self { shared };
        identity.load_first().await?;
        Ok(identity)
    }

    /// All accounts as they are now.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.shared.directory.read())
    }

    /// What listings show of an account, when it is one of this server's.
    #[must_use]
    pub fn owner_of(&self, account: AccountId) -> Option<Owner> {
        self.directory().account(account).map(|state| state.owner().clone())
    }

    /// The operator account.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.shared.operator.owner
    }

    /// The operator account's root keys, to show them once.
    #[must_use]
    pub fn root(&self) -> &Credential {
        &self.shared.operator.root
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("owner", self.owner()).finish_non_exhaustive()
    }
}
