//! What policies are attached to and embedded in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{AccountState, Quotas};
use crate::IamError;
use crate::model::{Document, Group, Role, User};

/// A user, group or role by name: what has policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder<'a> {
    /// A user.
    User(&'a str),
    /// A group.
    Group(&'a str),
    /// A role.
    Role(&'a str),
}

/// A copy of a holder, to be changed and put back.
pub(super) enum Held {
    User(User),
    Group(Group),
    Role(Role),
}

impl Holder<'_> {
    /// `User`, `Group` or `Role`.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "User",
            Self::Group(_) => "Group",
            Self::Role(_) => "Role",
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::User(name) | Self::Group(name) | Self::Role(name) => name,
        }
    }

    /// How much all inline policies of it may hold.
    pub(super) fn inline_size(&self) -> usize {
        match self {
            Self::User(_) => Quotas::USER_POLICY_SIZE,
            Self::Group(_) => Quotas::GROUP_POLICY_SIZE,
            Self::Role(_) => Quotas::ROLE_POLICY_SIZE,
        }
    }
}

impl Held {
    pub(super) fn attached(&mut self) -> &mut BTreeSet<Arc<str>> {
        match self {
            Self::User(user) => &mut user.attached,
            Self::Group(group) => &mut group.attached,
            Self::Role(role) => &mut role.attached,
        }
    }

    pub(super) fn inline(&mut self) -> &mut BTreeMap<Arc<str>, Document> {
        match self {
            Self::User(user) => &mut user.inline,
            Self::Group(group) => &mut group.inline,
            Self::Role(role) => &mut role.inline,
        }
    }

    /// The permissions boundary; groups have none.
    pub(super) fn boundary(&mut self) -> Option<&mut Option<Arc<str>>> {
        match self {
            Self::User(user) => Some(&mut user.boundary),
            Self::Role(role) => Some(&mut role.boundary),
            Self::Group(_) => None,
        }
    }
}

impl AccountState {
    /// A copy of the holder.
    pub(super) fn held(&self, holder: Holder<'_>) -> Result<Held, IamError> {
        Ok(match holder {
            Holder::User(name) => Held::User(User::clone(self.user(name)?)),
            Holder::Group(name) => Held::Group(Group::clone(self.group(name)?)),
            Holder::Role(name) => Held::Role(Role::clone(self.role(name)?)),
        })
    }

    /// Puts the changed copy in the place of the original, whose name it has.
    pub(super) fn put_back(&mut self, held: Held) {
        match held {
            Held::User(user) => self.replace_user(user),
            Held::Group(group) => self.replace_group(group),
            Held::Role(role) => drop(self.replace_role(role)),
        }
    }

    /// The ARNs of the managed policies attached to it, in order.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn attached(&self, holder: Holder<'_>) -> Result<&BTreeSet<Arc<str>>, IamError> {
        Ok(match holder {
            Holder::User(name) => &self.user(name)?.attached,
            Holder::Group(name) => &self.group(name)?.attached,
            Holder::Role(name) => &self.role(name)?.attached,
        })
    }

    /// Its inline policies, in order of their names.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn inline_policies(&self, holder: Holder<'_>) -> Result<&BTreeMap<Arc<str>, Document>, IamError> {
        Ok(match holder {
            Holder::User(name) => &self.user(name)?.inline,
            Holder::Group(name) => &self.group(name)?.inline,
            Holder::Role(name) => &self.role(name)?.inline,
        })
    }
}
