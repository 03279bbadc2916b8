//! One account with everything in it, and IAM's rules for changing it.
//!
//! Pure: no IO and no clock; time and chance come in through [`Change`]. A method that returns an error has changed
//! nothing, except where it says so. Users, groups and roles are found by their names in whatever case, as in AWS; who
//! authorises must ask about the ARN of what is found, as ARNs differ by case.

mod access_keys;
mod attachments;
mod checks;
mod groups;
mod holder;
mod inline;
mod mfa;
mod oidc;
mod policies;
mod quotas;
mod roles;
mod settings;
mod summary;
mod tags;
mod users;

use std::sync::Arc;

use larder_env::Rng;
use larder_types::{AccountId, Owner, Timestamp};

use crate::model::{AccessKey, Account, Entities, Group, LastUsed, ManagedPolicy, MfaDevice, OidcProvider, Role, User};

pub use attachments::{PolicyRef, PolicyUse, PolicyUses};
pub(crate) use checks::folded;
pub use groups::CreateGroup;
pub use holder::Holder;
pub use mfa::{CreateMfaDevice, MfaVerdict};
pub use oidc::CreateOidcProvider;
pub use policies::CreatePolicy;
pub use quotas::Quotas;
pub use roles::{CreateRole, UpdateRole};
pub use summary::AccountSummary;
pub use tags::Taggable;
pub(crate) use tags::check_new as check_tags;
pub use users::CreateUser;

/// Time and chance, for a change.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    /// The time.
    pub now: Timestamp,
    /// Gives ids and secrets.
    pub rng: &'a dyn Rng,
}

/// An account with everything in it. Cheap to clone: a clone shares everything that is not changed.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountState {
    pub(crate) account: Arc<Account>,
    /// By name in lower case, as are groups, roles and policies.
    pub(crate) users: Entities<User>,
    pub(crate) groups: Entities<Group>,
    pub(crate) roles: Entities<Role>,
    pub(crate) policies: Entities<ManagedPolicy>,
    /// By access key id.
    pub(crate) access_keys: Entities<AccessKey>,
    /// By path and name in lower case.
    pub(crate) mfa_devices: Entities<MfaDevice>,
    /// By URL without the scheme.
    pub(crate) oidc_providers: Entities<OidcProvider>,
    /// By access key id or the unique id of a role.
    pub(crate) last_used: Entities<LastUsed>,
}

impl AccountState {
    /// An account with nothing in it.
    #[must_use]
    pub fn new(account: Account) -> Self {
        Self {
            account: Arc::new(account),
            users: Entities::default(),
            groups: Entities::default(),
            roles: Entities::default(),
            policies: Entities::default(),
            access_keys: Entities::default(),
            mfa_devices: Entities::default(),
            oidc_providers: Entities::default(),
            last_used: Entities::default(),
        }
    }

    /// The account itself.
    #[must_use]
    pub fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> AccountId {
        self.account.owner.account
    }

    /// Its number, canonical user id and name.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.account.owner
    }

    /// `arn:aws:iam::ACCOUNT:root`
    #[must_use]
    pub fn root_arn(&self) -> String {
        format!("arn:aws:iam::{}:root", self.id())
    }

    /// When and for what a key (by its id) or a role (by its unique id) was last used, as far as it was written down.
    #[must_use]
    pub fn last_used(&self, id: &str) -> Option<&Arc<LastUsed>> {
        self.last_used.get(id)
    }

    /// Writes down a use, unless a later one is known or there is no such key or role.
    pub fn note_use(&mut self, id: &Arc<str>, used: LastUsed) {
        let known = self.access_keys.get(id).is_some() || self.roles.values().any(|role| role.id == *id);
        let newer = self.last_used.get(id).is_none_or(|last| last.at < used.at);
        if known && newer {
            self.last_used.insert(Arc::clone(id), Arc::new(used));
        }
    }
}
