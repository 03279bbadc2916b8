//! Roles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use larder_policy::Kind;

use super::{AccountState, Change, Quotas, checks, tags};
use crate::model::{Document, Role, Tag};
use crate::{IamError, ids};

const LONGEST_NAME: usize = 64;
const DEFAULT_SESSION_SECONDS: u32 = 3_600;

/// What a new role is to be.
#[derive(Clone, Debug, Default)]
pub struct CreateRole {
    /// Its name.
    pub name: String,
    /// Its path; `/` when it is not given.
    pub path: Option<String>,
    /// The text of its trust policy.
    pub trust: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its longest session; an hour when it is not given.
    pub max_session_seconds: Option<u32>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
}

/// What is to change of a role.
#[derive(Clone, Debug, Default)]
pub struct UpdateRole {
    /// What it is for.
    pub description: Option<String>,
    /// Its longest session.
    pub max_session_seconds: Option<u32>,
}

impl AccountState {
    /// All roles, in order of their names.
    pub fn roles(&self) -> impl Iterator<Item = &Arc<Role>> {
        self.roles.values()
    }

    /// A role by its name, in whatever case.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn role(&self, name: &str) -> Result<&Arc<Role>, IamError> {
        let found = self.roles.get(&checks::folded(name));
        found.ok_or_else(|| IamError::missing(format!("The role with name {name} cannot be found.")))
    }

    /// A role by its ARN.
    #[must_use]
    pub fn role_by_arn(&self, arn: &str) -> Option<&Arc<Role>> {
        let name = arn.rsplit('/').next()?;
        self.role(name).ok().filter(|role| role.arn(self.id()) == arn)
    }

    /// Makes a role.
    ///
    /// # Errors
    /// `EntityAlreadyExists`, `LimitExceeded`, `ValidationError`, `InvalidInput`, `MalformedPolicyDocument`; `NoSuchEntity`
    /// for the boundary.
    pub fn create_role(&mut self, change: &Change<'_>, request: CreateRole) -> Result<Arc<Role>, IamError> {
        let CreateRole { name, path, trust, description, max_session_seconds, tags, boundary } = request;
        checks::name("roleName", &name, LONGEST_NAME)?;
        let path = path.unwrap_or_else(|| "/".to_owned());
        checks::path(&path)?;
        let description = description.unwrap_or_default();
        checks::description(&description)?;
        let max_session_seconds = max_session_seconds.unwrap_or(DEFAULT_SESSION_SECONDS);
        check_session(max_session_seconds)?;
        let trust = parse_trust(&trust)?;
        tags::check_new(&tags, "Role")?;
        self.require_boundary(boundary.as_deref())?;
        if self.roles.get(&checks::folded(&name)).is_some() {
            return Err(IamError::exists(format!("Role with name {name} already exists.")));
        }
        if self.roles.len() >= Quotas::ROLES {
            return Err(IamError::limit(format!("Cannot exceed quota for RolesPerAccount: {}", Quotas::ROLES)));
        }
        let role = Arc::new(Role {
            id: ids::unique_id(change.rng, "AROA"),
            name: name.into(),
            path: path.into(),
            created: change.now,
            description: description.into(),
            max_session_seconds,
            trust,
            tags,
            attached: BTreeSet::new(),
            inline: BTreeMap::new(),
            boundary: boundary.map(Arc::from),
        });
        self.roles.insert(checks::folded(&role.name), Arc::clone(&role));
        Ok(role)
    }

    /// Changes a role's description or longest session.
    ///
    /// # Errors
    /// `NoSuchEntity`, `ValidationError`.
    pub fn update_role(&mut self, name: &str, request: UpdateRole) -> Result<Arc<Role>, IamError> {
        let mut role = Role::clone(self.role(name)?);
        if let Some(description) = request.description {
            checks::description(&description)?;
            role.description = description.into();
        }
        if let Some(seconds) = request.max_session_seconds {
            check_session(seconds)?;
            role.max_session_seconds = seconds;
        }
        Ok(self.replace_role(role))
    }

    /// Replaces a role's trust policy.
    ///
    /// # Errors
    /// `NoSuchEntity`, `MalformedPolicyDocument`, `LimitExceeded`.
    pub fn update_assume_role_policy(&mut self, name: &str, trust: &str) -> Result<(), IamError> {
        let mut role = Role::clone(self.role(name)?);
        role.trust = parse_trust(trust)?;
        self.replace_role(role);
        Ok(())
    }

    /// Deletes a role without policies. Its sessions end with it.
    ///
    /// # Errors
    /// `NoSuchEntity`, `DeleteConflict`.
    pub fn delete_role(&mut self, name: &str) -> Result<(), IamError> {
        let role = Arc::clone(self.role(name)?);
        let reason = if !role.attached.is_empty() {
            "must detach all policies first"
        } else if !role.inline.is_empty() {
            "must delete policies first"
        } else {
            self.roles.remove(&checks::folded(name));
            self.last_used.remove(&role.id);
            return Ok(());
        };
        Err(IamError::conflict(format!("Cannot delete entity, {reason}.")))
    }

    /// Puts a changed role in the place of what it was.
    pub(super) fn replace_role(&mut self, role: Role) -> Arc<Role> {
        let role = Arc::new(role);
        self.roles.insert(checks::folded(&role.name), Arc::clone(&role));
        role
    }
}

fn check_session(seconds: u32) -> Result<(), IamError> {
    let bound = match seconds {
        ..3_600 => "greater than or equal to 3600",
        3_600..=43_200 => return Ok(()),
        _ => "less than or equal to 43200",
    };
    Err(IamError::invalid(format!(
        "1 validation error detected: Value '{seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must \
         have value {bound}"
    )))
}

fn parse_trust(text: &str) -> Result<Document, IamError> {
    let trust = Document::parse(text, Kind::Trust)?;
    if trust.size() > Quotas::TRUST_POLICY_SIZE {
        let message = format!("Cannot exceed quota for ACLSizePerRole: {}", Quotas::TRUST_POLICY_SIZE);
        return Err(IamError::limit(message));
    }
    Ok(trust)
}
