//! Grants. <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>

use std::collections::BTreeSet;
use std::sync::Arc;

use larder_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{EncryptionContext, GrantOperation};

/// A grant: lets one principal do some operations with one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// 64 hexadecimal digits.
    pub id: Arc<str>,
    /// Makes creating it again answer with the same grant.
    pub name: Option<Arc<str>>,
    /// Who may do the operations: the ARN of a user, a role, a session or an account's root, or a service.
    pub grantee: Arc<str>,
    /// Who may retire it.
    pub retiring: Option<Arc<str>>,
    /// The account that made it.
    pub issuer: AccountId,
    /// What it allows.
    pub operations: BTreeSet<GrantOperation>,
    /// What the encryption context must be.
    pub constraints: Constraints,
    /// When it was made.
    pub created: Timestamp,
}

/// What a grant asks of the encryption context. Both may be set, then both must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Constraints {
    /// `EncryptionContextSubset`: the context must have these pairs.
    pub subset: Option<EncryptionContext>,
    /// `EncryptionContextEquals`: the context must have these pairs and no others.
    pub equals: Option<EncryptionContext>,
}

impl Constraints {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subset.is_none() && self.equals.is_none()
    }

    /// Whether an encryption context satisfies them.
    #[must_use]
    pub fn hold_for(&self, context: &EncryptionContext) -> bool {
        self.subset.as_ref().is_none_or(|subset| context.contains(subset))
            && self.equals.as_ref().is_none_or(|equals| context == equals)
    }

    /// Whether every context that satisfies `stricter` satisfies these too.
    #[must_use]
    pub(crate) fn contain(&self, stricter: &Self) -> bool {
        let known = [&stricter.equals, &stricter.subset];
        let equals = self.equals.as_ref().is_none_or(|equals| stricter.equals.as_ref() == Some(equals));
        let has_pairs = |subset| known.iter().any(|it| it.as_ref().is_some_and(|it| it.contains(subset)));
        equals && self.subset.as_ref().is_none_or(has_pairs)
    }
}
