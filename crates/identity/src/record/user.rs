//! A user.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use larder_store::StoreError;
use larder_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Inline, Record, Stored, Vault, inline_from_stored, inline_to_stored};
use crate::model::{Tag, User};
use crate::state::folded;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct UserRecord {
    name: Arc<str>,
    path: Arc<str>,
    created: Timestamp,
    tags: Vec<Tag>,
    groups: BTreeSet<Arc<str>>,
    attached: BTreeSet<Arc<str>>,
    inline: Inline,
    boundary: Option<Arc<str>>,
}

impl Record for UserRecord {
    const NAME: &'static str = "user";
    const VERSION: u8 = 1;
}

impl Stored for User {
    const TAG: u8 = b'U';

    fn record_id<'a>(&'a self, _: &'a str) -> &'a str {
        &self.id
    }

    fn key(&self, _: &str) -> Arc<str> {
        folded(&self.name)
    }

    fn encode(&self, _: &Vault<'_>, _: &str) -> Bytes {
        let record = UserRecord {
            name: Arc::clone(&self.name),
            path: Arc::clone(&self.path),
            created: self.created,
            tags: self.tags.clone(),
            groups: self.groups.clone(),
            attached: self.attached.clone(),
            inline: inline_to_stored(&self.inline),
            boundary: self.boundary.clone(),
        };
        record.to_stored()
    }

    fn decode(stored: &[u8], _: &Vault<'_>, record_id: &str) -> Result<Self, StoreError> {
        let UserRecord { name, path, created, tags, groups, attached, inline, boundary } =
            UserRecord::from_stored(stored)?;
        let inline = inline_from_stored(inline, record_id)?;
        Ok(Self { id: record_id.into(), name, path, created, tags, groups, attached, inline, boundary })
    }
}
