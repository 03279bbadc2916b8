//! Customer managed policies and their versions.

use std::sync::Arc;

use larder_policy::{Kind, VERSION_TOO_OLD, Version};

use super::{AccountState, Change, Quotas, checks, tags};
use crate::model::{Document, ManagedPolicy, PolicyVersion, Tag};
use crate::{IamError, IamErrorKind, ids, managed};

const LONGEST_NAME: usize = 128;

/// What a new managed policy is to be.
#[derive(Clone, Debug, Default)]
pub struct CreatePolicy {
    /// Its name.
    pub name: String,
    /// Its path; `/` when it is not given.
    pub path: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The text of its first version.
    pub document: String,
    /// Its tags.
    pub tags: Vec<Tag>,
}

impl AccountState {
    /// All customer managed policies, in order of their names.
    pub fn policies(&self) -> impl Iterator<Item = &Arc<ManagedPolicy>> {
        self.policies.values()
    }

    /// A customer managed policy by its ARN. See [`AccountState::find_policy`] for one that finds AWS's too.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn policy(&self, arn: &str) -> Result<&Arc<ManagedPolicy>, IamError> {
        let name = arn.rsplit('/').next().unwrap_or_default();
        let found = self.policies.get(&checks::folded(name)).filter(|policy| policy.arn(self.id()) == arn);
        found.ok_or_else(|| IamError::missing(format!("Policy {arn} was not found.")))
    }

    /// Makes a managed policy.
    ///
    /// # Errors
    /// `EntityAlreadyExists`, `LimitExceeded`, `ValidationError`, `InvalidInput`, `MalformedPolicyDocument`.
    pub fn create_policy(
        &mut self,
        change: &Change<'_>,
        request: CreatePolicy,
    ) -> Result<Arc<ManagedPolicy>, IamError> {
        let CreatePolicy { name, path, description, document, tags } = request;
        checks::name("policyName", &name, LONGEST_NAME)?;
        let path = path.unwrap_or_else(|| "/".to_owned());
        checks::path(&path)?;
        let description = description.unwrap_or_default();
        checks::description(&description)?;
        tags::check_new(&tags, "Policy")?;
        let document = parse(&document)?;
        if self.policies.get(&checks::folded(&name)).is_some() {
            let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
            return Err(IamError::exists(message));
        }
        if self.policies.len() >= Quotas::POLICIES {
            return Err(IamError::limit(format!("Cannot exceed quota for PoliciesPerAccount: {}", Quotas::POLICIES)));
        }
        let policy = Arc::new(ManagedPolicy {
            id: ids::unique_id(change.rng, "ANPA"),
            name: name.into(),
            path: path.into(),
            description: description.into(),
            created: change.now,
            updated: change.now,
            tags,
            versions: vec![PolicyVersion { number: 1, document, created: change.now }],
            default_version: 1,
            next_version: 2,
        });
        self.policies.insert(checks::folded(&policy.name), Arc::clone(&policy));
        Ok(policy)
    }

    /// Deletes a managed policy that nothing uses and that has no version but the one in force.
    ///
    /// # Errors
    /// `NoSuchEntity`, `DeleteConflict`.
    pub fn delete_policy(&mut self, arn: &str) -> Result<(), IamError> {
        self.refuse_aws(arn)?;
        let policy = Arc::clone(self.policy(arn)?);
        if self.is_policy_used(arn) {
            return Err(IamError::conflict("Cannot delete a policy attached to entities."));
        }
        if policy.versions.len() > 1 {
            return Err(IamError::conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. \
                 The default version is deleted with the policy.",
            ));
        }
        self.policies.remove(&checks::folded(&policy.name));
        Ok(())
    }

    /// A version by its id, such as `v2`.
    ///
    /// # Errors
    /// `NoSuchEntity`, `ValidationError`.
    pub fn policy_version(&self, arn: &str, version: &str) -> Result<&PolicyVersion, IamError> {
        let number = version_number(version)?;
        self.policy(arn)?.version(number).ok_or_else(|| missing_version(arn, version))
    }

    /// Adds a version, and puts it in force when `as_default`.
    ///
    /// # Errors
    /// `NoSuchEntity`, `LimitExceeded`, `MalformedPolicyDocument`.
    pub fn create_policy_version(
        &mut self,
        change: &Change<'_>,
        arn: &str,
        text: &str,
        as_default: bool,
    ) -> Result<PolicyVersion, IamError> {
        self.refuse_aws(arn)?;
        let mut policy = ManagedPolicy::clone(self.policy(arn)?);
        let document = parse(text)?;
        if policy.versions.len() >= Quotas::VERSIONS_PER_POLICY {
            return Err(IamError::limit(
                "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing \
                 version.",
            ));
        }
        let version = PolicyVersion { number: policy.next_version, document, created: change.now };
        policy.next_version += 1;
        policy.updated = change.now;
        policy.versions.push(version.clone());
        if as_default {
            policy.default_version = version.number;
        }
        self.replace_policy(policy);
        Ok(version)
    }

    /// Deletes a version that is not in force.
    ///
    /// # Errors
    /// `NoSuchEntity`, `DeleteConflict`, `ValidationError`.
    pub fn delete_policy_version(&mut self, arn: &str, version: &str) -> Result<(), IamError> {
        self.refuse_aws(arn)?;
        let mut policy = ManagedPolicy::clone(self.policy(arn)?);
        let number = version_number(version)?;
        policy.version(number).ok_or_else(|| missing_version(arn, version))?;
        if number == policy.default_version {
            return Err(IamError::conflict("Cannot delete the default version of a policy."));
        }
        policy.versions.retain(|version| version.number != number);
        self.replace_policy(policy);
        Ok(())
    }

    /// Puts a version in force.
    ///
    /// # Errors
    /// `NoSuchEntity`, `ValidationError`.
    pub fn set_default_policy_version(
        &mut self,
        change: &Change<'_>,
        arn: &str,
        version: &str,
    ) -> Result<(), IamError> {
        self.refuse_aws(arn)?;
        let mut policy = ManagedPolicy::clone(self.policy(arn)?);
        let number = version_number(version)?;
        policy.version(number).ok_or_else(|| missing_version(arn, version))?;
        policy.default_version = number;
        policy.updated = change.now;
        self.replace_policy(policy);
        Ok(())
    }

    pub(super) fn replace_policy(&mut self, policy: ManagedPolicy) {
        self.policies.insert(checks::folded(&policy.name), Arc::new(policy));
    }

    /// AWS's own policies are there for everybody to use and for nobody to change.
    fn refuse_aws(&self, arn: &str) -> Result<(), IamError> {
        match managed::by_arn(arn) {
            None => Ok(()),
            Some(_) => Err(IamError::new(
                IamErrorKind::AccessDenied,
                format!("Cannot perform the operation on the AWS managed policy {arn}."),
            )),
        }
    }
}

fn parse(text: &str) -> Result<Document, IamError> {
    let document = Document::parse(text, Kind::Identity)?;
    if document.policy().version() == Version::V2008 {
        return Err(IamError::new(IamErrorKind::MalformedPolicyDocument, VERSION_TOO_OLD));
    }
    if document.size() > Quotas::POLICY_SIZE {
        return Err(IamError::limit(format!("Cannot exceed quota for PolicySize: {}", Quotas::POLICY_SIZE)));
    }
    Ok(document)
}

fn version_number(version: &str) -> Result<u32, IamError> {
    let digits = version.strip_prefix('v').filter(|digits| !digits.starts_with(['0', '+']));
    digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| {
        IamError::invalid(format!(
            "1 validation error detected: Value '{version}' at 'versionId' failed to satisfy constraint: Member must \
             satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"
        ))
    })
}

fn missing_version(arn: &str, version: &str) -> IamError {
    IamError::missing(format!("Policy {arn} version {version} does not exist or is not attachable."))
}
