//! A group.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use larder_store::StoreError;
use larder_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Inline, Record, Stored, Vault, inline_from_stored, inline_to_stored};
use crate::model::Group;
use crate::state::folded;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct GroupRecord {
    name: Arc<str>,
    path: Arc<str>,
    created: Timestamp,
    attached: BTreeSet<Arc<str>>,
    inline: Inline,
}

impl Record for GroupRecord {
    const NAME: &'static str = "group";
    const VERSION: u8 = 1;
}

impl Stored for Group {
    const TAG: u8 = b'G';

    fn record_id<'a>(&'a self, _: &'a str) -> &'a str {
        &self.id
    }

    fn key(&self, _: &str) -> Arc<str> {
        folded(&self.name)
    }

    fn encode(&self, _: &Vault<'_>, _: &str) -> Bytes {
        let record = GroupRecord {
            name: Arc::clone(&self.name),
            path: Arc::clone(&self.path),
            created: self.created,
            attached: self.attached.clone(),
            inline: inline_to_stored(&self.inline),
        };
        record.to_stored()
    }

    fn decode(stored: &[u8], _: &Vault<'_>, record_id: &str) -> Result<Self, StoreError> {
        let GroupRecord { name, path, created, attached, inline } = GroupRecord::from_stored(stored)?;
        let inline = inline_from_stored(inline, record_id)?;
        Ok(Self { id: record_id.into(), name, path, created, attached, inline })
    }
}
