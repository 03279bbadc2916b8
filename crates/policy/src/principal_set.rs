//! The `Principal` and `NotPrincipal` elements.
//!
//! Sources: "AWS JSON policy elements: Principal" and "NotPrincipal", IAM user guide.

use larder_types::AccountId;

use crate::{Effect, Principal};

/// How a statement's principals reach who makes the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// Not at all.
    Nobody,
    /// Through its account, which decides further: its identity policies must allow the request too.
    Account,
    /// Through the role or user behind its session: within permissions boundary and session policies.
    Behind,
    /// Itself, or with everybody.
    Direct,
}

/// The principals that a statement names.
#[derive(Clone, Debug, Default)]
pub(crate) struct PrincipalSet {
    /// `NotPrincipal`: all but these.
    pub(crate) not: bool,
    /// `"*"`.
    pub(crate) everybody: bool,
    /// `{"AWS": "*"}`.
    pub(crate) every_aws: bool,
    pub(crate) accounts: Vec<AccountId>,
    /// ARNs of users, roles and sessions.
    pub(crate) arns: Vec<Box<str>>,
    /// Unique ids, which AWS writes for principals that were deleted.
    pub(crate) ids: Vec<Box<str>>,
    pub(crate) services: Vec<Box<str>>,
    pub(crate) federated: Vec<Box<str>>,
    pub(crate) canonical: Vec<Box<str>>,
    /// Each of them as written, services and identity providers aside.
    pub(crate) written: Vec<Box<str>>,
}

impl PrincipalSet {
    pub(crate) fn reach(&self, principal: &Principal, effect: Effect, bounded: bool) -> Reach {
        if self.not {
            return if self.excepts(principal, bounded) { Reach::Nobody } else { Reach::Direct };
        }
        // Who came through an identity provider is no AWS principal yet: only a bare star lets such people in.
        let every_aws =
            self.every_aws && !(matches!(principal, Principal::WebIdentity { .. }) && effect == Effect::Allow);
        if self.everybody || every_aws {
            return Reach::Direct;
        }
        let through_account = if self.names_account(principal) { Reach::Account } else { Reach::Nobody };
        match principal {
            Principal::Anonymous => Reach::Nobody,
            Principal::Root { .. } if through_account == Reach::Account => Reach::Direct,
            Principal::Root { .. } => Reach::Nobody,
            Principal::User { arn, id, .. } if self.names(arn) || self.has_id(id) => Reach::Direct,
            Principal::AssumedRole { session_arn, .. } if self.names(session_arn) => Reach::Direct,
            Principal::AssumedRole { role_arn, id, .. } if self.names(role_arn) || self.has_id(role_id(id)) => {
                Reach::Behind
            }
            Principal::FederatedUser { arn, .. } if self.names(arn) => Reach::Direct,
            Principal::FederatedUser { user_arn: Some(user), .. } if self.names(user) => Reach::Behind,
            Principal::User { .. } | Principal::AssumedRole { .. } | Principal::FederatedUser { .. } => through_account,
            Principal::WebIdentity { provider } => direct_if(self.trusts_provider(provider)),
            Principal::Service { name } => direct_if(self.services.iter().any(|service| **service == **name)),
        }
    }

    /// Whether `NotPrincipal` spares the principal. AWS asks for the whole chain: for a user also its account, for a
    /// session also its role and their account; and spares nobody who has a permissions boundary.
    fn excepts(&self, principal: &Principal, bounded: bool) -> bool {
        if self.everybody || self.every_aws {
            return true;
        }
        let account = self.names_account(principal);
        match principal {
            Principal::Anonymous => false,
            Principal::Root { .. } => account,
            Principal::User { arn, id, .. } => account && !bounded && (self.names(arn) || self.has_id(id)),
            Principal::AssumedRole { role_arn, session_arn, id, .. } => {
                account && !bounded && self.names(session_arn) && (self.names(role_arn) || self.has_id(role_id(id)))
            }
            Principal::FederatedUser { arn, user_arn, .. } => {
                account && !bounded && self.names(arn) && user_arn.as_ref().is_none_or(|user| self.names(user))
            }
            Principal::WebIdentity { provider } => self.trusts_provider(provider),
            Principal::Service { name } => self.services.iter().any(|service| **service == **name),
        }
    }

    fn names(&self, arn: &str) -> bool {
        self.arns.iter().any(|named| **named == *arn)
    }

    fn has_id(&self, id: &str) -> bool {
        self.ids.iter().any(|named| **named == *id)
    }

    fn names_account(&self, principal: &Principal) -> bool {
        principal.account().is_some_and(|account| self.accounts.contains(&account))
            || principal.canonical_id().is_some_and(|id| self.canonical.iter().any(|named| **named == *id.as_str()))
    }

    /// A provider is named by its ARN, or by its host for those that AWS knows by name.
    fn trusts_provider(&self, provider: &str) -> bool {
        let host = provider.split_once(":oidc-provider/").map(|(_, host)| host);
        self.federated.iter().any(|named| **named == *provider || Some(&**named) == host)
    }
}

fn role_id(session_id: &str) -> &str {
    session_id.split(':').next().unwrap_or(session_id)
}

fn direct_if(named: bool) -> Reach {
    if named { Reach::Direct } else { Reach::Nobody }
}
