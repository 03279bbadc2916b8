//! Tags. <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html>

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{AccountState, Quotas, checks};
use crate::IamError;
use crate::model::{ManagedPolicy, MfaDevice, OidcProvider, Role, Tag, User};

/// What can have tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taggable<'a> {
    /// A user, by name.
    User(&'a str),
    /// A role, by name.
    Role(&'a str),
    /// A managed policy, by ARN.
    Policy(&'a str),
    /// An MFA device, by serial number.
    MfaDevice(&'a str),
    /// An OpenID Connect provider, by ARN.
    OidcProvider(&'a str),
}

impl Taggable<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "User",
            Self::Role(_) => "Role",
            Self::Policy(_) => "Policy",
            Self::MfaDevice(_) => "MFADevice",
            Self::OidcProvider(_) => "OIDCProvider",
        }
    }
}

impl AccountState {
    /// The tags of something.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn tags(&self, of: Taggable<'_>) -> Result<&[Tag], IamError> {
        Ok(match of {
            Taggable::User(name) => &self.user(name)?.tags,
            Taggable::Role(name) => &self.role(name)?.tags,
            Taggable::Policy(arn) => &self.policy(arn)?.tags,
            Taggable::MfaDevice(serial) => &self.mfa_device(serial)?.tags,
            Taggable::OidcProvider(arn) => &self.oidc_provider(arn)?.tags,
        })
    }

    /// Adds tags; one whose key is there already gets the new value.
    ///
    /// # Errors
    /// `NoSuchEntity`, `InvalidInput`, `ValidationError`, `LimitExceeded`.
    pub fn tag(&mut self, of: Taggable<'_>, tags: &[Tag]) -> Result<(), IamError> {
        check_each(tags)?;
        let mut kept = self.tags(of)?.to_vec();
        for tag in tags {
            match kept.iter_mut().find(|it| it.key.eq_ignore_ascii_case(&tag.key)) {
                Some(it) => it.value.clone_from(&tag.value),
                None => kept.push(tag.clone()),
            }
        }
        check_count(&kept, of.kind())?;
        self.set_tags(of, kept)
    }

    /// Removes tags by their keys; one that is not there does nothing.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn untag(&mut self, of: Taggable<'_>, keys: &[&str]) -> Result<(), IamError> {
        let mut kept = self.tags(of)?.to_vec();
        kept.retain(|tag| !keys.iter().any(|key| key.eq_ignore_ascii_case(&tag.key)));
        self.set_tags(of, kept)
    }

    fn set_tags(&mut self, of: Taggable<'_>, tags: Vec<Tag>) -> Result<(), IamError> {
        if self.tags(of)? == tags {
            return Ok(());
        }
        match of {
            Taggable::User(name) => {
                let user = User { tags, ..User::clone(self.user(name)?) };
                self.replace_user(user);
            }
            Taggable::Role(name) => {
                let role = Role { tags, ..Role::clone(self.role(name)?) };
                self.replace_role(role);
            }
            Taggable::Policy(arn) => {
                let policy = ManagedPolicy { tags, ..ManagedPolicy::clone(self.policy(arn)?) };
                self.replace_policy(policy);
            }
            Taggable::MfaDevice(serial) => {
                let device = MfaDevice { tags, ..MfaDevice::clone(self.mfa_device(serial)?) };
                self.replace_mfa_device(device);
            }
            Taggable::OidcProvider(arn) => {
                let provider = OidcProvider { tags, ..OidcProvider::clone(self.oidc_provider(arn)?) };
                self.oidc_providers.insert(Arc::clone(&provider.url), Arc::new(provider));
            }
        }
        Ok(())
    }
}

/// The tags that something new is to have.
pub(super) fn check_new(tags: &[Tag], kind: &str) -> Result<(), IamError> {
    check_each(tags)?;
    check_count(tags, kind)
}

fn check_each(tags: &[Tag]) -> Result<(), IamError> {
    let mut seen = BTreeSet::new();
    for Tag { key, value } in tags {
        checks::length("tags.member.key", key, 1, 128)?;
        checks::length("tags.member.value", value, 0, 256)?;
        for text in [key, value] {
            let fits = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
            if !text.chars().all(fits) {
                return Err(IamError::invalid(format!(
                    "1 validation error detected: Value '{text}' at 'tags' failed to satisfy constraint: Member must satisfy \
                     regular expression pattern: [\\p{{L}}\\p{{Z}}\\p{{N}}_.:/=+\\-@]*"
                )));
            }
        }
        if key.len() >= 4 && key.is_char_boundary(4) && key[..4].eq_ignore_ascii_case("aws:") {
            return Err(IamError::input("Tag keys that start with 'aws:' are reserved."));
        }
        if !seen.insert(key.to_ascii_lowercase()) {
            return Err(IamError::input("Duplicate tag keys found. Please note that Tag keys are case insensitive."));
        }
    }
    Ok(())
}

fn check_count(tags: &[Tag], kind: &str) -> Result<(), IamError> {
    if tags.len() > Quotas::TAGS {
        return Err(IamError::limit(format!("Cannot exceed quota for TagsPer{kind}: {}", Quotas::TAGS)));
    }
    Ok(())
}
