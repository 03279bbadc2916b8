//! Groups and who is in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{AccountState, Change, Quotas, checks};
use crate::model::{Group, User};
use crate::{IamError, ids};

const LONGEST_NAME: usize = 128;

/// What a new group is to be.
#[derive(Clone, Debug, Default)]
pub struct CreateGroup {
    /// Its name.
    pub name: String,
    /// Its path; `/` when it is not given.
    pub path: Option<String>,
}

impl AccountState {
    /// All groups, in order of their names.
    pub fn groups(&self) -> impl Iterator<Item = &Arc<Group>> {
        self.groups.values()
    }

    /// A group by its name, in whatever case.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn group(&self, name: &str) -> Result<&Arc<Group>, IamError> {
        let found = self.groups.get(&checks::folded(name));
        found.ok_or_else(|| IamError::missing(format!("The group with name {name} cannot be found.")))
    }

    /// The groups that a user is in, in order of their names.
    pub fn groups_of<'a>(&'a self, user: &'a User) -> impl Iterator<Item = &'a Arc<Group>> {
        self.groups.values().filter(|group| user.groups.contains(&group.id))
    }

    /// The users in a group, in order of their names.
    pub fn members<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = &'a Arc<User>> {
        self.users.values().filter(|user| user.groups.contains(&group.id))
    }

    /// Makes a group.
    ///
    /// # Errors
    /// `EntityAlreadyExists`, `LimitExceeded`, `ValidationError`.
    pub fn create_group(&mut self, change: &Change<'_>, request: CreateGroup) -> Result<Arc<Group>, IamError> {
        let CreateGroup { name, path } = request;
        checks::name("groupName", &name, LONGEST_NAME)?;
        let path = path.unwrap_or_else(|| "/".to_owned());
        checks::path(&path)?;
        self.require_free_group_name(&name)?;
        if self.groups.len() >= Quotas::GROUPS {
            return Err(IamError::limit(format!("Cannot exceed quota for GroupsPerAccount: {}", Quotas::GROUPS)));
        }
        let group = Arc::new(Group {
            id: ids::unique_id(change.rng, "AGPA"),
            name: name.into(),
            path: path.into(),
            created: change.now,
            attached: BTreeSet::new(),
            inline: BTreeMap::new(),
        });
        self.groups.insert(checks::folded(&group.name), Arc::clone(&group));
        Ok(group)
    }

    /// Renames or moves a group. Its members and policies stay.
    ///
    /// # Errors
    /// `NoSuchEntity`, `EntityAlreadyExists`, `ValidationError`.
    pub fn update_group(
        &mut self,
        name: &str,
        new_name: Option<&str>,
        new_path: Option<&str>,
    ) -> Result<Arc<Group>, IamError> {
        let mut group = Group::clone(self.group(name)?);
        if let Some(new_name) = new_name {
            checks::name("newGroupName", new_name, LONGEST_NAME)?;
            if !new_name.eq_ignore_ascii_case(name) {
                self.require_free_group_name(new_name)?;
            }
            group.name = new_name.into();
        }
        if let Some(new_path) = new_path {
            checks::path(new_path)?;
            group.path = new_path.into();
        }
        let group = Arc::new(group);
        self.groups.remove(&checks::folded(name));
        self.groups.insert(checks::folded(&group.name), Arc::clone(&group));
        Ok(group)
    }

    /// Deletes a group without members and policies.
    ///
    /// # Errors
    /// `NoSuchEntity`, `DeleteConflict`.
    pub fn delete_group(&mut self, name: &str) -> Result<(), IamError> {
        let group = self.group(name)?;
        let reason = if self.members(group).next().is_some() {
            "must remove users from group first"
        } else if !group.attached.is_empty() {
            "must detach all policies first"
        } else if !group.inline.is_empty() {
            "must delete policies first"
        } else {
            self.groups.remove(&checks::folded(name));
            return Ok(());
        };
        Err(IamError::conflict(format!("Cannot delete entity, {reason}.")))
    }

    /// Puts a user into a group; doing it again changes nothing.
    ///
    /// # Errors
    /// `NoSuchEntity`, `LimitExceeded`.
    pub fn add_user_to_group(&mut self, group: &str, user: &str) -> Result<(), IamError> {
        let group = Arc::clone(&self.group(group)?.id);
        let mut user = User::clone(self.user(user)?);
        if user.groups.contains(&group) {
            return Ok(());
        }
        if user.groups.len() >= Quotas::GROUPS_PER_USER {
            let message = format!("Cannot exceed quota for GroupsPerUser: {}", Quotas::GROUPS_PER_USER);
            return Err(IamError::limit(message));
        }
        user.groups.insert(group);
        self.replace_user(user);
        Ok(())
    }

    /// Takes a user out of a group; doing it again changes nothing.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn remove_user_from_group(&mut self, group: &str, user: &str) -> Result<(), IamError> {
        let group = Arc::clone(&self.group(group)?.id);
        let mut user = User::clone(self.user(user)?);
        if user.groups.remove(&group) {
            self.replace_user(user);
        }
        Ok(())
    }

    fn require_free_group_name(&self, name: &str) -> Result<(), IamError> {
        match self.groups.get(&checks::folded(name)) {
            None => Ok(()),
            Some(_) => Err(IamError::exists(format!("Group with name {name} already exists."))),
        }
    }

    /// Puts a changed group in the place of what it was.
    pub(super) fn replace_group(&mut self, group: Group) {
        self.groups.insert(checks::folded(&group.name), Arc::new(group));
    }
}
