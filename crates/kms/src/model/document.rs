//! Key policies as they are kept.

use std::fmt;
use std::sync::Arc;

use larder_policy::{Kind, Policy};

use crate::{KmsError, KmsErrorKind};

/// A key policy: what was given, and what it means.
#[derive(Clone)]
pub(crate) struct Document {
    text: Arc<str>,
    policy: Arc<Policy>,
}

impl Document {
    /// Reads the policy of the key of this ARN.
    pub(crate) fn parse(text: &str, key_arn: &str) -> Result<Self, KmsError> {
        let policy = Policy::parse(text, Kind::Key(key_arn))
            .map_err(|error| KmsError::new(KmsErrorKind::MalformedPolicyDocument, error.message))?;
        Ok(Self { text: text.into(), policy: Arc::new(policy) })
    }

    /// What was given, as it was given.
    pub(crate) fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// What it means.
    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
