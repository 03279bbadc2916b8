//! Policy documents as they are kept.

use std::fmt;
use std::sync::Arc;

use larder_policy::{Kind, Policy};

use crate::{IamError, IamErrorKind};

/// A policy document: what was given, and what it means.
#[derive(Clone)]
pub struct Document {
    text: Arc<str>,
    policy: Arc<Policy>,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// `MalformedPolicyDocument`.
    pub fn parse(text: &str, kind: Kind<'_>) -> Result<Self, IamError> {
        let policy = Policy::parse(text, kind)
            .map_err(|error| IamError::new(IamErrorKind::MalformedPolicyDocument, error.message))?;
        Ok(Self { text: text.into(), policy: Arc::new(policy) })
    }

    /// What was given, as it was given.
    #[must_use]
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// What it means.
    #[must_use]
    pub fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// Its size as IAM's quotas count it: characters that are not white space.
    #[must_use]
    pub fn size(&self) -> usize {
        self.text.chars().filter(|character| !character.is_whitespace()).count()
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Document {}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
