//! Users.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{AccountState, Change, Quotas, checks, tags};
use crate::model::{Tag, User, Who};
use crate::{IamError, ids};

const LONGEST_NAME: usize = 64;

/// What a new user is to be.
#[derive(Clone, Debug, Default)]
pub struct CreateUser {
    /// Its name.
    pub name: String,
    /// Its path; `/` when it is not given.
    pub path: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
}

impl AccountState {
    /// All users, in order of their names.
    pub fn users(&self) -> impl Iterator<Item = &Arc<User>> {
        self.users.values()
    }

    /// A user by its name, in whatever case.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn user(&self, name: &str) -> Result<&Arc<User>, IamError> {
        let found = self.users.get(&checks::folded(name));
        found.ok_or_else(|| IamError::missing(format!("The user with name {name} cannot be found.")))
    }

    /// A user by its unique id.
    #[must_use]
    pub fn user_by_id(&self, id: &str) -> Option<&Arc<User>> {
        self.users.values().find(|user| *user.id == *id)
    }

    /// Makes a user.
    ///
    /// # Errors
    /// `EntityAlreadyExists`, `LimitExceeded`, `ValidationError`, `InvalidInput`; `NoSuchEntity` for the boundary.
    pub fn create_user(&mut self, change: &Change<'_>, request: CreateUser) -> Result<Arc<User>, IamError> {
        let CreateUser { name, path, tags, boundary } = request;
        checks::name("userName", &name, LONGEST_NAME)?;
        let path = path.unwrap_or_else(|| "/".to_owned());
        checks::path(&path)?;
        tags::check_new(&tags, "User")?;
        self.require_boundary(boundary.as_deref())?;
        self.require_free_user_name(&name)?;
        if self.users.len() >= Quotas::USERS {
            return Err(IamError::limit(format!("Cannot exceed quota for UsersPerAccount: {}", Quotas::USERS)));
        }
        let user = Arc::new(User {
            id: ids::unique_id(change.rng, "AIDA"),
            name: name.into(),
            path: path.into(),
            created: change.now,
            tags,
            groups: BTreeSet::new(),
            attached: BTreeSet::new(),
            inline: BTreeMap::new(),
            boundary: boundary.map(Arc::from),
        });
        self.users.insert(checks::folded(&user.name), Arc::clone(&user));
        Ok(user)
    }

    /// Renames or moves a user. What it has stays its own; its ARN changes.
    ///
    /// # Errors
    /// `NoSuchEntity`, `EntityAlreadyExists`, `ValidationError`.
    pub fn update_user(
        &mut self,
        name: &str,
        new_name: Option<&str>,
        new_path: Option<&str>,
    ) -> Result<Arc<User>, IamError> {
        let mut user = User::clone(self.user(name)?);
        if let Some(new_name) = new_name {
            checks::name("newUserName", new_name, LONGEST_NAME)?;
            if !new_name.eq_ignore_ascii_case(name) {
                self.require_free_user_name(new_name)?;
            }
            user.name = new_name.into();
        }
        if let Some(new_path) = new_path {
            checks::path(new_path)?;
            user.path = new_path.into();
        }
        let user = Arc::new(user);
        self.users.remove(&checks::folded(name));
        self.users.insert(checks::folded(&user.name), Arc::clone(&user));
        Ok(user)
    }

    /// Deletes a user that has nothing left.
    ///
    /// # Errors
    /// `NoSuchEntity`, `DeleteConflict`.
    pub fn delete_user(&mut self, name: &str) -> Result<(), IamError> {
        let user = Arc::clone(self.user(name)?);
        let who = Who::User(Arc::clone(&user.id));
        let reason = if !user.groups.is_empty() {
            "must remove users from group first"
        } else if !user.attached.is_empty() {
            "must detach all policies first"
        } else if !user.inline.is_empty() {
            "must delete policies first"
        } else if self.access_keys(&who).next().is_some() {
            "must delete access keys first"
        } else if self.mfa_devices_of(&who).next().is_some() {
            "must delete MFA device first"
        } else {
            self.users.remove(&checks::folded(name));
            return Ok(());
        };
        Err(IamError::conflict(format!("Cannot delete entity, {reason}.")))
    }

    fn require_free_user_name(&self, name: &str) -> Result<(), IamError> {
        match self.users.get(&checks::folded(name)) {
            None => Ok(()),
            Some(_) => Err(IamError::exists(format!("User with name {name} already exists."))),
        }
    }

    /// Puts a changed user in the place of what it was.
    pub(super) fn replace_user(&mut self, user: User) {
        self.users.insert(checks::folded(&user.name), Arc::new(user));
    }
}
