//! All accounts as of one moment, with the indexes that requests need.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use larder_types::{AccountId, CanonicalUserId};

use crate::model::{AccessKey, Role, User, Who};
use crate::state::AccountState;
use crate::{Caller, resolve};

/// All accounts as of one moment. Never changes: a later state is another directory.
#[derive(Debug, Default)]
pub struct Directory {
    pub(crate) generation: u64,
    accounts: BTreeMap<AccountId, Arc<View>>,
    /// Of which account an access key is.
    keys: HashMap<Arc<str>, AccountId>,
    canonical_ids: HashMap<CanonicalUserId, AccountId>,
    /// In lower case.
    emails: HashMap<String, AccountId>,
}

/// An account, and who acts in it.
#[derive(Debug)]
struct View {
    state: AccountState,
    root: OnceLock<Arc<Caller>>,
    /// By unique id, as are roles.
    users: HashMap<Arc<str>, Actor<User>>,
    roles: HashMap<Arc<str>, Actor<Role>>,
}

#[derive(Debug)]
struct Actor<T> {
    entity: Arc<T>,
    caller: OnceLock<Arc<Caller>>,
}

impl<T> Actor<T> {
    fn new(entity: &Arc<T>) -> Self {
        Self { entity: Arc::clone(entity), caller: OnceLock::new() }
    }
}

impl View {
    fn new(state: AccountState) -> Self {
        let users = state.users.values().map(|user| (Arc::clone(&user.id), Actor::new(user))).collect();
        let roles = state.roles.values().map(|role| (Arc::clone(&role.id), Actor::new(role))).collect();
        Self { state, root: OnceLock::new(), users, roles }
    }
}

impl Directory {
    /// A directory of `accounts`.
    pub(crate) fn new(generation: u64, accounts: impl IntoIterator<Item = AccountState>) -> Self {
        let views = accounts.into_iter().map(|state| (state.id(), Arc::new(View::new(state)))).collect();
        Self::indexed(generation, views)
    }

    /// This one with another state of an account, or without it.
    pub(crate) fn with(&self, generation: u64, account: AccountId, state: Option<AccountState>) -> Self {
        let mut accounts = self.accounts.clone();
        match state {
            Some(state) => accounts.insert(account, Arc::new(View::new(state))),
            None => accounts.remove(&account),
        };
        Self::indexed(generation, accounts)
    }

    fn indexed(generation: u64, accounts: BTreeMap<AccountId, Arc<View>>) -> Self {
        let mut directory = Self { generation, ..Self::default() };
        for (&id, view) in &accounts {
            for key in view.state.access_keys.values() {
                directory.keys.insert(Arc::clone(&key.id), id);
            }
            let account = view.state.account();
            directory.canonical_ids.insert(account.owner.canonical_id.clone(), id);
            if let Some(email) = &account.email {
                directory.emails.insert(email.to_ascii_lowercase(), id);
            }
        }
        directory.accounts = accounts;
        directory
    }

    /// An account.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&AccountState> {
        self.accounts.get(&id).map(|view| &view.state)
    }

    /// All accounts, in order of their ids.
    pub fn accounts(&self) -> impl Iterator<Item = &AccountState> {
        self.accounts.values().map(|view| &view.state)
    }

    /// The account of a canonical user id.
    #[must_use]
    pub fn by_canonical_id(&self, id: &CanonicalUserId) -> Option<&AccountState> {
        self.account(*self.canonical_ids.get(id)?)
    }

    /// The account of an email address, whatever its case.
    #[must_use]
    pub fn by_email(&self, email: &str) -> Option<&AccountState> {
        self.account(*self.emails.get(&email.to_ascii_lowercase())?)
    }

    /// A long-term access key, active or not, and its account.
    #[must_use]
    pub fn access_key(&self, id: &str) -> Option<(&AccountState, &Arc<AccessKey>)> {
        let state = self.account(*self.keys.get(id)?)?;
        state.access_keys.get(id).map(|key| (state, key))
    }

    /// How many accounts have a key of this id: one, unless somebody chose it twice.
    pub(crate) fn holders_of(&self, key: &str) -> usize {
        self.accounts().filter(|state| state.access_keys.get(key).is_some()).count()
    }

    /// The root user or a user as it acts with a long-term key.
    #[must_use]
    pub fn caller(&self, account: AccountId, who: &Who) -> Option<Arc<Caller>> {
        let view = self.accounts.get(&account)?;
        let caller = match who {
            Who::Root => view.root.get_or_init(|| Arc::new(resolve::root(&view.state))),
            Who::User(id) => {
                let actor = view.users.get(id)?;
                actor.caller.get_or_init(|| Arc::new(resolve::user(&view.state, &actor.entity)))
            }
        };
        Some(Arc::clone(caller))
    }

    /// A user by its unique id.
    #[must_use]
    pub fn user(&self, account: AccountId, id: &str) -> Option<&Arc<User>> {
        Some(&self.accounts.get(&account)?.users.get(id)?.entity)
    }

    /// A role by its unique id, with what its policies say: the start of a session's caller.
    pub(crate) fn role(&self, account: AccountId, id: &str) -> Option<(&Arc<Role>, &Arc<Caller>)> {
        let view = self.accounts.get(&account)?;
        let actor = view.roles.get(id)?;
        let caller = actor.caller.get_or_init(|| Arc::new(resolve::role(&view.state, &actor.entity)));
        Some((&actor.entity, caller))
    }

    /// A role by its ARN, in whatever account.
    #[must_use]
    pub fn role_by_arn(&self, arn: &str) -> Option<(&AccountState, &Arc<Role>)> {
        let (account, _) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
        let state = self.account(AccountId::parse(account).ok()?)?;
        state.role_by_arn(arn).map(|role| (state, role))
    }

    /// Whether a principal that a resource policy names is there: an account id, the ARN of an account's root, of a user,
    /// of a role, of a session of a role or of a federated user, or a canonical user id. AWS refuses policies that name
    /// others.
    #[must_use]
    pub fn has_principal(&self, named: &str) -> bool {
        if let Ok(account) = AccountId::parse(named) {
            return self.account(account).is_some();
        }
        if let Ok(id) = CanonicalUserId::parse(named) {
            return self.by_canonical_id(&id).is_some();
        }
        let mut parts = named.splitn(6, ':');
        let (Some("arn"), Some("aws"), Some(service), Some(_), Some(account), Some(resource)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let Some(state) = AccountId::parse(account).ok().and_then(|account| self.account(account)) else {
            return false;
        };
        let (kind, rest) = resource.split_once('/').unwrap_or((resource, ""));
        let last = rest.rsplit('/').next().unwrap_or_default();
        match (service, kind) {
            ("iam", "root") => true,
            ("iam", "user") => state.user(last).is_ok_and(|user| user.arn(state.id()) == named),
            ("iam", "role") => state.role_by_arn(named).is_some(),
            ("sts", "assumed-role") => rest.split('/').next().is_some_and(|role| state.role(role).is_ok()),
            ("sts", "federated-user") => true,
            _ => false,
        }
    }
}
