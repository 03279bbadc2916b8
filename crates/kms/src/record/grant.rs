//! A grant.

use std::collections::BTreeSet;
use std::sync::Arc;

use larder_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::Record;
use crate::GrantOperation;
use crate::model::{Constraints, Grant};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GrantRecord {
    name: Option<Arc<str>>,
    grantee: Arc<str>,
    retiring: Option<Arc<str>>,
    issuer: AccountId,
    operations: BTreeSet<GrantOperation>,
    constraints: Constraints,
    created: Timestamp,
}

impl Record for GrantRecord {
    const NAME: &'static str = "grant";
    const VERSION: u8 = 1;
}

impl GrantRecord {
    pub(crate) fn of(grant: &Grant) -> Self {
        Self {
            name: grant.name.clone(),
            grantee: Arc::clone(&grant.grantee),
            retiring: grant.retiring.clone(),
            issuer: grant.issuer,
            operations: grant.operations.clone(),
            constraints: grant.constraints.clone(),
            created: grant.created,
        }
    }

    pub(crate) fn into_grant(self, id: &str) -> Grant {
        Grant {
            id: id.into(),
            name: self.name,
            grantee: self.grantee,
            retiring: self.retiring,
            issuer: self.issuer,
            operations: self.operations,
            constraints: self.constraints,
            created: self.created,
        }
    }
}
