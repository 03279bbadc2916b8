//! A customer managed policy with its versions.

use std::sync::Arc;

use bytes::Bytes;
use larder_policy::Kind;
use larder_store::StoreError;
use larder_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Record, Stored, Vault, damaged, document};
use crate::model::{ManagedPolicy, PolicyVersion, Tag};
use crate::state::folded;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PolicyRecord {
    name: Arc<str>,
    path: Arc<str>,
    description: Arc<str>,
    created: Timestamp,
    updated: Timestamp,
    tags: Vec<Tag>,
    /// Number, text, when it was made.
    versions: Vec<(u32, Arc<str>, Timestamp)>,
    default_version: u32,
    next_version: u32,
}

impl Record for PolicyRecord {
    const NAME: &'static str = "policy";
    const VERSION: u8 = 1;
}

impl Stored for ManagedPolicy {
    const TAG: u8 = b'P';

    fn record_id<'a>(&'a self, _: &'a str) -> &'a str {
        &self.id
    }

    fn key(&self, _: &str) -> Arc<str> {
        folded(&self.name)
    }

    fn encode(&self, _: &Vault<'_>, _: &str) -> Bytes {
        let version = |it: &PolicyVersion| (it.number, Arc::clone(it.document.text()), it.created);
        let record = PolicyRecord {
            name: Arc::clone(&self.name),
            path: Arc::clone(&self.path),
            description: Arc::clone(&self.description),
            created: self.created,
            updated: self.updated,
            tags: self.tags.clone(),
            versions: self.versions.iter().map(version).collect(),
            default_version: self.default_version,
            next_version: self.next_version,
        };
        record.to_stored()
    }

    fn decode(stored: &[u8], _: &Vault<'_>, record_id: &str) -> Result<Self, StoreError> {
        let record = PolicyRecord::from_stored(stored)?;
        let version = |(number, text, created): (u32, Arc<str>, Timestamp)| {
            Ok(PolicyVersion { number, document: document(&text, Kind::Identity, record_id)?, created })
        };
        let versions: Vec<_> = record.versions.into_iter().map(version).collect::<Result<_, StoreError>>()?;
        if !versions.iter().any(|version| version.number == record.default_version) {
            return Err(damaged(PolicyRecord::NAME));
        }
        Ok(Self {
            id: record_id.into(),
            name: record.name,
            path: record.path,
            description: record.description,
            created: record.created,
            updated: record.updated,
            tags: record.tags,
            versions,
            default_version: record.default_version,
            next_version: record.next_version,
        })
    }
}
