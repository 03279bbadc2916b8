//! A caller's own documents, as a decision takes them.

use larder_policy::{Documents, Named};

use crate::{Caller, NamedPolicy};

/// The policies of a caller: of its user, groups or role, its boundary and its session.
pub struct CallerPolicies<'a> {
    caller: &'a Caller,
    identity: Vec<Named<'a>>,
    session: Option<Vec<Named<'a>>>,
}

impl<'a> CallerPolicies<'a> {
    /// Those of `caller`.
    #[must_use]
    pub fn of(caller: &'a Caller) -> Self {
        let session = caller.session.as_ref().and_then(|session| session.policies.as_ref());
        Self {
            caller,
            identity: caller.policies.iter().map(named).collect(),
            session: session.map(|policies| policies.iter().map(named).collect()),
        }
    }

    /// The documents of a decision, with nothing from the resource's side.
    #[must_use]
    pub fn documents(&self) -> Documents<'_> {
        Documents {
            identity: &self.identity,
            boundary: self.caller.boundary.as_ref().map(named),
            session: self.session.as_deref(),
            ..Documents::default()
        }
    }
}

fn named(policy: &NamedPolicy) -> Named<'_> {
    Named { name: &policy.name, policy: &policy.policy }
}
