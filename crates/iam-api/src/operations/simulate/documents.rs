//! The documents of a simulation, and what answers call them.

use std::collections::BTreeMap;
use std::sync::Arc;

use larder_identity::{AccountState, Document, Group, PolicyRef, Role, User};
use larder_policy::{Kind, Named, Policy, Principal};

use crate::operations::policies::attached::name_of;
use crate::protocol::{Code, Fault, rules};
use crate::request::Request;

/// A document: what answers call it and where it is from.
#[derive(Clone, Debug)]
pub(super) struct SourcePolicy {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) policy: Arc<Policy>,
    /// Length of its text.
    bytes: usize,
}

impl SourcePolicy {
    pub(super) fn named(&self) -> Named<'_> {
        Named { name: &self.id, policy: &self.policy }
    }
}

/// Documents that are attached to or embedded in nothing, or given with the request.
const FREE: &str = "IAM Policy";

/// All identity policies and the boundary of a simulation.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    pub(super) identity: Vec<SourcePolicy>,
    pub(super) boundary: Option<SourcePolicy>,
}

impl Sources {
    /// How many statements are asked, and the length of their texts.
    pub(super) fn size(&self) -> (usize, usize) {
        let all = self.identity.iter().chain(&self.boundary);
        all.fold((0, 0), |(count, bytes), source| (count + source.policy.statement_count(), bytes + source.bytes))
    }

    /// Adds the documents that the request brings along. A boundary that it brings replaces the principal's.
    pub(super) fn add_input(&mut self, request: &Request<'_>) -> Result<(), Fault> {
        self.identity.extend(given(request, "PolicyInputList")?);
        let mut boundaries = given(request, "PermissionsBoundaryPolicyInputList")?;
        if boundaries.len() > 1 {
            return Err(Fault::new(Code::InvalidInput, "Only one permissions boundary can be simulated at a time."));
        }
        if let Some(boundary) = boundaries.pop() {
            self.boundary = Some(boundary);
        }
        Ok(())
    }

    fn add_holder(
        &mut self,
        state: &AccountState,
        kind: &'static str,
        name: &str,
        inline: &BTreeMap<Arc<str>, Document>,
        attached: impl Iterator<Item = impl AsRef<str>>,
    ) {
        self.identity.extend(inline.iter().map(|(policy, document)| SourcePolicy {
            id: format!("{kind}_{name}_{policy}"),
            kind,
            policy: Arc::clone(document.policy()),
            bytes: document.text().len(),
        }));
        self.identity.extend(attached.filter_map(|arn| managed(state, arn.as_ref())));
    }
}

fn given(request: &Request<'_>, list: &str) -> Result<Vec<SourcePolicy>, Fault> {
    let read = |(number, text): (usize, &str)| {
        let policy = Policy::parse(text, Kind::Identity)
            .map_err(|error| Fault::new(Code::InvalidInput, format!("{list}.{}: {}", number + 1, error.message)))?;
        Ok(SourcePolicy {
            id: format!("{list}.{}", number + 1),
            kind: FREE,
            policy: Arc::new(policy),
            bytes: text.len(),
        })
    };
    request.input.texts(list, &rules::DOCUMENT)?.into_iter().enumerate().map(read).collect()
}

fn managed(state: &AccountState, arn: &str) -> Option<SourcePolicy> {
    let document = match state.find_policy(arn)? {
        PolicyRef::Own(policy) => &policy.default().document,
        PolicyRef::Aws(policy) => &policy.document,
    };
    let (policy, bytes) = (Arc::clone(document.policy()), document.text().len());
    Some(SourcePolicy { id: name_of(arn).to_owned(), kind: FREE, policy, bytes })
}

/// Whose policies are simulated.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source<'a> {
    User(&'a User),
    Group(&'a Group),
    Role(&'a Role),
}

impl<'a> Source<'a> {
    /// The user, group or role of an ARN.
    pub(super) fn find(state: &'a AccountState, arn: &str) -> Result<Self, Fault> {
        let prefix = format!("arn:aws:iam::{}:", state.id());
        let rest = arn.strip_prefix(&prefix).unwrap_or_default();
        let name = name_of(rest);
        let account = state.id();
        let found = match rest.split('/').next() {
            Some("user") => state.user(name).ok().filter(|user| user.arn(account) == arn).map(|it| Self::User(it)),
            Some("group") => state.group(name).ok().filter(|group| group.arn(account) == arn).map(|it| Self::Group(it)),
            Some("role") => state.role_by_arn(arn).map(|it| Self::Role(it)),
            _ => {
                let message = format!("Invalid Entity Arn: {arn} does not clearly define entity type and name.");
                return Err(Fault::new(Code::InvalidInput, message));
            }
        };
        found.ok_or_else(|| Fault::missing(format!("The entity {arn} cannot be found.")))
    }

    /// Its policies, its groups' included, and its boundary.
    pub(super) fn documents(self, state: &AccountState) -> Sources {
        let mut sources = Sources::default();
        let boundary = match self {
            Self::User(user) => {
                sources.add_holder(state, "user", &user.name, &user.inline, user.attached.iter());
                for group in state.groups_of(user) {
                    sources.add_holder(state, "group", &group.name, &group.inline, group.attached.iter());
                }
                user.boundary.as_deref()
            }
            Self::Group(group) => {
                sources.add_holder(state, "group", &group.name, &group.inline, group.attached.iter());
                None
            }
            Self::Role(role) => {
                sources.add_holder(state, "role", &role.name, &role.inline, role.attached.iter());
                role.boundary.as_deref()
            }
        };
        sources.boundary = boundary.and_then(|arn| managed(state, arn));
        sources
    }

    /// Who would ask; a group asks for nothing.
    pub(super) fn principal(self, state: &AccountState) -> Option<Principal> {
        match self {
            Self::User(user) => Some(state.principal_of_user(user)),
            Self::Group(_) => None,
            Self::Role(role) => Some(state.principal_of_session(role, "simulation")),
        }
    }
}
