//! From a user or role with its groups and policies to the caller that decisions are about.

use std::sync::Arc;

use larder_policy::Principal;

use crate::model::{Document, Group, Role, Tag, User};
use crate::state::{AccountState, PolicyRef};
use crate::{Caller, NamedPolicy, managed};

/// The root user: needs no policies.
pub(crate) fn root(state: &AccountState) -> Caller {
    let owner = state.owner().clone();
    let principal = Principal::Root { account: owner.account, canonical_id: owner.canonical_id.clone() };
    Caller {
        principal,
        owner: Some(owner),
        policies: Arc::from([]),
        boundary: None,
        tags: Arc::from([]),
        session: None,
    }
}

/// A user, with the policies of its groups.
pub(crate) fn user(state: &AccountState, user: &User) -> Caller {
    let owner = state.owner().clone();
    let mut policies = embedded(&user.name, &user.inline);
    policies.extend(user.attached.iter().map(|arn| managed_policy(state, arn)));
    for group in state.groups_of(user) {
        policies.extend(of_group(state, group));
    }
    Caller {
        principal: state.principal_of_user(user),
        owner: Some(owner),
        policies: policies.into(),
        boundary: user.boundary.as_ref().map(|arn| managed_policy(state, arn)),
        tags: tags(&user.tags),
        session: None,
    }
}

/// A role. The principal is one of no session yet: the name of a session comes with its token.
pub(crate) fn role(state: &AccountState, role: &Role) -> Caller {
    let owner = state.owner().clone();
    let mut policies = embedded(&role.name, &role.inline);
    policies.extend(role.attached.iter().map(|arn| managed_policy(state, arn)));
    Caller {
        principal: state.principal_of_session(role, ""),
        owner: Some(owner),
        policies: policies.into(),
        boundary: role.boundary.as_ref().map(|arn| managed_policy(state, arn)),
        tags: tags(&role.tags),
        session: None,
    }
}

impl AccountState {
    /// A user of this account as it makes requests.
    #[must_use]
    pub fn principal_of_user(&self, user: &User) -> Principal {
        let account = self.id();
        Principal::User {
            account,
            canonical_id: self.owner().canonical_id.clone(),
            arn: user.arn(account).into(),
            id: Arc::clone(&user.id),
            name: Arc::clone(&user.name),
        }
    }

    /// A session of a role of this account as it makes requests.
    #[must_use]
    pub fn principal_of_session(&self, role: &Role, session: &str) -> Principal {
        let account = self.id();
        Principal::AssumedRole {
            account,
            canonical_id: self.owner().canonical_id.clone(),
            role_arn: role.arn(account).into(),
            session_arn: format!("arn:aws:sts::{account}:assumed-role/{}/{session}", role.name).into(),
            id: format!("{}:{session}", role.id).into(),
        }
    }
}

fn of_group<'a>(state: &'a AccountState, group: &'a Group) -> impl Iterator<Item = NamedPolicy> + 'a {
    let attached = group.attached.iter().map(|arn| managed_policy(state, arn));
    embedded(&group.name, &group.inline).into_iter().chain(attached)
}

fn embedded(holder: &str, inline: &std::collections::BTreeMap<Arc<str>, Document>) -> Vec<NamedPolicy> {
    let named = |(name, document): (&Arc<str>, &Document)| NamedPolicy {
        name: format!("{holder}/{name}").into(),
        policy: Arc::clone(document.policy()),
    };
    inline.iter().map(named).collect()
}

/// The version in force of a managed policy. One that is not there denies everything: it may have been a boundary, or have
/// denied something.
pub(crate) fn managed_policy(state: &AccountState, arn: &str) -> NamedPolicy {
    let policy = match state.find_policy(arn) {
        Some(PolicyRef::Own(policy)) => policy.default().document.policy(),
        Some(PolicyRef::Aws(policy)) => policy.document.policy(),
        None => managed::deny_all().document.policy(),
    };
    NamedPolicy { name: arn.into(), policy: Arc::clone(policy) }
}

fn tags(tags: &[Tag]) -> Arc<[(String, String)]> {
    tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

/// The tags of a session over those of its user or role: keys that differ only in case are the same key.
pub(crate) fn overlaid(below: &[(String, String)], above: &[(String, String)]) -> Arc<[(String, String)]> {
    let hidden = |key: &str| above.iter().any(|(it, _)| it.eq_ignore_ascii_case(key));
    below.iter().filter(|(key, _)| !hidden(key)).chain(above).cloned().collect()
}
