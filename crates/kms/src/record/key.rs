//! A key, without its material.

use std::sync::Arc;

use larder_store::StoreError;
use larder_types::{Region, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Record, corrupt};
use crate::model::{Deletion, Document, KeyMeta, Tag};
use crate::state::Place;
use crate::{KeyManager, KeySpec, KeyUsage, Origin};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeyRecord {
    spec: KeySpec,
    usage: KeyUsage,
    origin: Origin,
    manager: KeyManager,
    primary: Option<Region>,
    created: Timestamp,
    description: Arc<str>,
    enabled: bool,
    /// Waiting time in days, and when.
    deletion: Option<(u32, Option<Timestamp>)>,
    policy: Arc<str>,
    tags: Vec<Tag>,
    rotation_days: Option<u32>,
    next_rotation: Option<Timestamp>,
    on_demand_rotations: u32,
}

impl Record for KeyRecord {
    const NAME: &'static str = "key";
    const VERSION: u8 = 1;
}

impl KeyRecord {
    pub(crate) fn of(meta: &KeyMeta) -> Self {
        Self {
            spec: meta.spec,
            usage: meta.usage,
            origin: meta.origin,
            manager: meta.manager,
            primary: meta.primary.clone(),
            created: meta.created,
            description: Arc::clone(&meta.description),
            enabled: meta.enabled,
            deletion: meta.deletion.map(|deletion| (deletion.window_days, deletion.due)),
            policy: Arc::clone(meta.policy.text()),
            tags: meta.tags.clone(),
            rotation_days: meta.rotation_days,
            next_rotation: meta.next_rotation,
            on_demand_rotations: meta.on_demand_rotations,
        }
    }

    pub(crate) fn into_meta(self, id: &str, (account, region): Place) -> Result<KeyMeta, StoreError> {
        let arn = KeyMeta::arn_of(account, &region, id);
        let policy = Document::parse(&self.policy, &arn)
            .map_err(|error| corrupt(format!("policy of {arn}: {}", error.message)))?;
        Ok(KeyMeta {
            account,
            region,
            id: id.into(),
            arn,
            spec: self.spec,
            usage: self.usage,
            origin: self.origin,
            manager: self.manager,
            primary: self.primary,
            created: self.created,
            description: self.description,
            enabled: self.enabled,
            deletion: self.deletion.map(|(window_days, due)| Deletion { window_days, due }),
            policy,
            tags: self.tags,
            rotation_days: self.rotation_days,
            next_rotation: self.next_rotation,
            on_demand_rotations: self.on_demand_rotations,
        })
    }
}
