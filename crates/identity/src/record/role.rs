//! A role.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use larder_policy::Kind;
use larder_store::StoreError;
use larder_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Inline, Record, Stored, Vault, document, inline_from_stored, inline_to_stored};
use crate::model::{Role, Tag};
use crate::state::folded;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RoleRecord {
    name: Arc<str>,
    path: Arc<str>,
    created: Timestamp,
    description: Arc<str>,
    max_session_seconds: u32,
    trust: Arc<str>,
    tags: Vec<Tag>,
    attached: BTreeSet<Arc<str>>,
    inline: Inline,
    boundary: Option<Arc<str>>,
}

impl Record for RoleRecord {
    const NAME: &'static str = "role";
    const VERSION: u8 = 1;
}

impl Stored for Role {
    const TAG: u8 = b'R';

    fn record_id<'a>(&'a self, _: &'a str) -> &'a str {
        &self.id
    }

    fn key(&self, _: &str) -> Arc<str> {
        folded(&self.name)
    }

    fn encode(&self, _: &Vault<'_>, _: &str) -> Bytes {
        let record = RoleRecord {
            name: Arc::clone(&self.name),
            path: Arc::clone(&self.path),
            created: self.created,
            description: Arc::clone(&self.description),
            max_session_seconds: self.max_session_seconds,
            trust: Arc::clone(self.trust.text()),
            tags: self.tags.clone(),
            attached: self.attached.clone(),
            inline: inline_to_stored(&self.inline),
            boundary: self.boundary.clone(),
        };
        record.to_stored()
    }

    fn decode(stored: &[u8], _: &Vault<'_>, record_id: &str) -> Result<Self, StoreError> {
        let record = RoleRecord::from_stored(stored)?;
        Ok(Self {
            id: record_id.into(),
            name: record.name,
            path: record.path,
            created: record.created,
            description: record.description,
            max_session_seconds: record.max_session_seconds,
            trust: document(&record.trust, Kind::Trust, record_id)?,
            tags: record.tags,
            attached: record.attached,
            inline: inline_from_stored(record.inline, record_id)?,
            boundary: record.boundary,
        })
    }
}
