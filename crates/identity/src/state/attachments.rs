//! Managed policies attached to users, groups and roles, and permissions boundaries.

use std::collections::HashMap;
use std::sync::Arc;

use larder_types::AccountId;

use super::{AccountState, Holder, Quotas};
use crate::IamError;
use crate::managed::{self, AwsManagedPolicy};
use crate::model::ManagedPolicy;

/// A managed policy that can be attached: one of the account's own, or one of AWS's.
#[derive(Clone, Debug)]
pub enum PolicyRef<'a> {
    /// Customer managed.
    Own(&'a Arc<ManagedPolicy>),
    /// AWS managed.
    Aws(&'a AwsManagedPolicy),
}

impl AccountState {
    /// The managed policy of an ARN.
    #[must_use]
    pub fn find_policy(&self, arn: &str) -> Option<PolicyRef<'_>> {
        if let Some(policy) = managed::by_arn(arn) {
            return Some(PolicyRef::Aws(policy));
        }
        self.policy(arn).ok().map(PolicyRef::Own)
    }

    /// Attaches a managed policy; doing it again changes nothing.
    ///
    /// # Errors
    /// `NoSuchEntity`, `LimitExceeded`.
    pub fn attach_policy(&mut self, holder: Holder<'_>, arn: &str) -> Result<(), IamError> {
        let mut held = self.held(holder)?;
        if self.find_policy(arn).is_none() {
            return Err(IamError::missing(format!("Policy {arn} does not exist or is not attachable.")));
        }
        if held.attached().contains(arn) {
            return Ok(());
        }
        if held.attached().len() >= Quotas::ATTACHED_POLICIES {
            let (kind, quota) = (holder.kind(), Quotas::ATTACHED_POLICIES);
            return Err(IamError::limit(format!("Cannot exceed quota for PoliciesPer{kind}: {quota}")));
        }
        held.attached().insert(arn.into());
        self.put_back(held);
        Ok(())
    }

    /// Detaches a managed policy.
    ///
    /// # Errors
    /// `NoSuchEntity`, also when it is not attached.
    pub fn detach_policy(&mut self, holder: Holder<'_>, arn: &str) -> Result<(), IamError> {
        let mut held = self.held(holder)?;
        if !held.attached().remove(arn) {
            return Err(IamError::missing(format!("Policy {arn} was not found.")));
        }
        self.put_back(held);
        Ok(())
    }

    /// Sets the permissions boundary of a user or role.
    ///
    /// # Errors
    /// `NoSuchEntity`; `InvalidInput` for a group.
    pub fn put_permissions_boundary(&mut self, holder: Holder<'_>, arn: &str) -> Result<(), IamError> {
        let mut held = self.held(holder)?;
        self.require_boundary(Some(arn))?;
        *held.boundary().ok_or_else(no_boundary)? = Some(arn.into());
        self.put_back(held);
        Ok(())
    }

    /// Removes the permissions boundary of a user or role.
    ///
    /// # Errors
    /// `NoSuchEntity`, also when there is none; `InvalidInput` for a group.
    pub fn delete_permissions_boundary(&mut self, holder: Holder<'_>) -> Result<(), IamError> {
        let mut held = self.held(holder)?;
        if held.boundary().ok_or_else(no_boundary)?.take().is_none() {
            let (kind, name) = (holder.kind(), holder.name());
            return Err(IamError::missing(format!("{kind} {name} does not have a permissions boundary.")));
        }
        self.put_back(held);
        Ok(())
    }

    /// What uses which managed policy: one pass over the account for as many policies as are to be listed.
    #[must_use]
    pub fn policy_uses(&self) -> PolicyUses<'_> {
        let mut uses = PolicyUses::default();
        let users = self.users.values().map(|user| (&user.attached, user.boundary.as_ref()));
        let groups = self.groups.values().map(|group| (&group.attached, None));
        let roles = self.roles.values().map(|role| (&role.attached, role.boundary.as_ref()));
        for (attached, boundary) in users.chain(groups).chain(roles) {
            for arn in attached {
                uses.0.entry(&**arn).or_default().attachments += 1;
            }
            if let Some(arn) = boundary {
                uses.0.entry(&**arn).or_default().boundaries += 1;
            }
        }
        uses
    }

    pub(super) fn is_policy_used(&self, arn: &str) -> bool {
        let bounds = |boundary: &Option<Arc<str>>| boundary.as_deref() == Some(arn);
        self.users.values().any(|user| user.attached.contains(arn) || bounds(&user.boundary))
            || self.groups.values().any(|group| group.attached.contains(arn))
            || self.roles.values().any(|role| role.attached.contains(arn) || bounds(&role.boundary))
    }

    pub(super) fn require_boundary(&self, arn: Option<&str>) -> Result<(), IamError> {
        let Some(arn) = arn else { return Ok(()) };
        if self.find_policy(arn).is_some() {
            return Ok(());
        }
        if policy_account(arn).is_none() {
            let message = format!("Value ({arn}) for parameter PermissionsBoundary is invalid.");
            return Err(IamError::invalid(message));
        }
        Err(IamError::missing(format!("Scope ARN: {arn} does not exist or is not attachable.")))
    }
}

/// What uses the managed policies of an account, by their ARNs.
#[derive(Clone, Debug, Default)]
pub struct PolicyUses<'a>(HashMap<&'a str, PolicyUse>);

/// What uses a managed policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyUse {
    /// To how many users, groups and roles it is attached.
    pub attachments: usize,
    /// Of how many users and roles it is the permissions boundary.
    pub boundaries: usize,
}

impl PolicyUses<'_> {
    /// What uses a policy.
    #[must_use]
    pub fn of(&self, arn: &str) -> PolicyUse {
        self.0.get(arn).copied().unwrap_or_default()
    }
}

/// The account of a policy's ARN; `Some(None)` for AWS's own, `None` when it is no such ARN.
fn policy_account(arn: &str) -> Option<Option<AccountId>> {
    let (account, resource) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
    resource.strip_prefix("policy/")?;
    if account == "aws" {
        return Some(None);
    }
    AccountId::parse(account).ok().map(Some)
}

fn no_boundary() -> IamError {
    IamError::input("Groups do not have permissions boundaries.")
}
