//! Managed policies.

use std::sync::Arc;

use larder_types::{AccountId, Timestamp};

use super::{Document, Tag};

/// A customer managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// `ANPA...`, never used again.
    pub id: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Its path.
    pub path: Arc<str>,
    /// What its maker says it is for; cannot be changed.
    pub description: Arc<str>,
    /// When it was made.
    pub created: Timestamp,
    /// When a version was last made or chosen.
    pub updated: Timestamp,
    /// Its tags, in the order they were first given.
    pub tags: Vec<Tag>,
    /// Its versions, at least one and at most five, in order of their numbers.
    pub versions: Vec<PolicyVersion>,
    /// The number of the version in force.
    pub default_version: u32,
    /// The number that the next version gets: numbers are not used again.
    pub next_version: u32,
}

/// A version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyVersion {
    /// The number behind the `v`.
    pub number: u32,
    /// The document.
    pub document: Document,
    /// When it was made.
    pub created: Timestamp,
}

impl PolicyVersion {
    /// `v1`, `v2`, ...
    #[must_use]
    pub fn id(&self) -> String {
        format!("v{}", self.number)
    }
}

impl ManagedPolicy {
    /// `arn:aws:iam::ACCOUNT:policy/PATH/NAME`
    #[must_use]
    pub fn arn(&self, account: AccountId) -> String {
        format!("arn:aws:iam::{account}:policy{}{}", self.path, self.name)
    }

    /// The version in force.
    #[must_use]
    pub fn default(&self) -> &PolicyVersion {
        self.version(self.default_version).expect("the version in force cannot be deleted")
    }

    /// The version of this number.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<&PolicyVersion> {
        self.versions.iter().find(|version| version.number == number)
    }
}
