//! Inline policies.

use larder_policy::Kind;

use super::{AccountState, Holder, checks};
use crate::IamError;
use crate::model::Document;

const LONGEST_NAME: usize = 128;

impl AccountState {
    /// An inline policy.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn inline_policy(&self, holder: Holder<'_>, name: &str) -> Result<&Document, IamError> {
        self.inline_policies(holder)?.get(name).ok_or_else(|| missing(holder, name))
    }

    /// Adds an inline policy or replaces it.
    ///
    /// # Errors
    /// `NoSuchEntity`, `MalformedPolicyDocument`, `LimitExceeded`, `ValidationError`.
    pub fn put_inline_policy(&mut self, holder: Holder<'_>, name: &str, text: &str) -> Result<(), IamError> {
        let mut held = self.held(holder)?;
        checks::name("policyName", name, LONGEST_NAME)?;
        held.inline().insert(name.into(), Document::parse(text, Kind::Identity)?);
        let size: usize = held.inline().values().map(Document::size).sum();
        if size > holder.inline_size() {
            let message = format!(
                "Maximum policy size of {} bytes exceeded for {} {}",
                holder.inline_size(),
                holder.kind().to_ascii_lowercase(),
                holder.name()
            );
            return Err(IamError::limit(message));
        }
        self.put_back(held);
        Ok(())
    }

    /// Removes an inline policy.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn delete_inline_policy(&mut self, holder: Holder<'_>, name: &str) -> Result<(), IamError> {
        let mut held = self.held(holder)?;
        held.inline().remove(name).ok_or_else(|| missing(holder, name))?;
        self.put_back(held);
        Ok(())
    }
}

fn missing(holder: Holder<'_>, name: &str) -> IamError {
    let kind = holder.kind().to_ascii_lowercase();
    IamError::missing(format!("The {kind} policy with name {name} cannot be found."))
}
