//! Users, groups and roles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use larder_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::Document;

/// A tag. Keys that differ only in case are the same key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Its key, in the case it was first given in.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// Who a key or a device belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Who {
    /// The account's root user.
    Root,
    /// A user, by its unique id.
    User(Arc<str>),
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// `AIDA...`, never used again.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its path: `/`, or such as `/team/`.
    pub path: Arc<str>,
    /// When it was made.
    pub created: Timestamp,
    /// Its tags, in the order they were first given.
    pub tags: Vec<Tag>,
    /// The unique ids of the groups it is in.
    pub groups: BTreeSet<Arc<str>>,
    /// The ARNs of the policies attached to it.
    pub attached: BTreeSet<Arc<str>>,
    /// Its inline policies.
    pub inline: BTreeMap<Arc<str>, Document>,
    /// The ARN of the policy that is its permissions boundary.
    pub boundary: Option<Arc<str>>,
}

impl User {
    /// `arn:aws:iam::ACCOUNT:user/PATH/NAME`
    #[must_use]
    pub fn arn(&self, account: AccountId) -> String {
        format!("arn:aws:iam::{account}:user{}{}", self.path, self.name)
    }
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `AGPA...`, never used again.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its path.
    pub path: Arc<str>,
    /// When it was made.
    pub created: Timestamp,
    /// The ARNs of the policies attached to it.
    pub attached: BTreeSet<Arc<str>>,
    /// Its inline policies.
    pub inline: BTreeMap<Arc<str>, Document>,
}

impl Group {
    /// `arn:aws:iam::ACCOUNT:group/PATH/NAME`
    #[must_use]
    pub fn arn(&self, account: AccountId) -> String {
        format!("arn:aws:iam::{account}:group{}{}", self.path, self.name)
    }
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// `AROA...`, never used again.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its path.
    pub path: Arc<str>,
    /// When it was made.
    pub created: Timestamp,
    /// What its maker says it is for.
    pub description: Arc<str>,
    /// Its longest session, in seconds: 3,600 to 43,200.
    pub max_session_seconds: u32,
    /// Who may assume it.
    pub trust: Document,
    /// Its tags, in the order they were first given.
    pub tags: Vec<Tag>,
    /// The ARNs of the policies attached to it.
    pub attached: BTreeSet<Arc<str>>,
    /// Its inline policies.
    pub inline: BTreeMap<Arc<str>, Document>,
    /// The ARN of the policy that is its permissions boundary.
    pub boundary: Option<Arc<str>>,
}

impl Role {
    /// `arn:aws:iam::ACCOUNT:role/PATH/NAME`
    #[must_use]
    pub fn arn(&self, account: AccountId) -> String {
        format!("arn:aws:iam::{account}:role{}{}", self.path, self.name)
    }
}
