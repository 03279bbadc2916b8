//! An alias.

use std::sync::Arc;

use larder_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::Record;
use crate::model::Alias;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AliasRecord {
    /// The id of its key.
    pub(crate) target: Arc<str>,
    created: Timestamp,
    updated: Timestamp,
}

impl Record for AliasRecord {
    const NAME: &'static str = "alias";
    const VERSION: u8 = 1;
}

impl AliasRecord {
    pub(crate) fn of(target: &Arc<str>, alias: &Alias) -> Self {
        Self { target: Arc::clone(target), created: alias.created, updated: alias.updated }
    }

    pub(crate) fn into_alias(self) -> Alias {
        Alias { created: self.created, updated: self.updated }
    }
}
