//! Keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use larder_types::{AccountId, Region, Timestamp};

use super::{Alias, Document, Grant, Material, Tag};
use crate::{KeyManager, KeySpec, KeyState, KeyUsage, KmsError, KmsErrorKind, Origin};

/// Grants of a key by their ids.
pub(crate) type Grants = BTreeMap<Arc<str>, Arc<Grant>>;

/// A key as of one moment, with its grants and aliases. Never changes: what is decided with it is decided on one state.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    pub(crate) meta: Arc<KeyMeta>,
    /// Oldest first; a pending one is last.
    pub(crate) materials: Arc<[Arc<Material>]>,
    pub(crate) grants: Arc<Grants>,
    pub(crate) aliases: Arc<BTreeMap<Arc<str>, Arc<Alias>>>,
}

/// What of a key is in its own record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeyMeta {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    /// A UUID, or `mrk-` and 32 hexadecimal digits.
    pub(crate) id: Arc<str>,
    pub(crate) arn: Arc<str>,
    pub(crate) spec: KeySpec,
    pub(crate) usage: KeyUsage,
    pub(crate) origin: Origin,
    pub(crate) manager: KeyManager,
    /// The region of the primary key; `None` for a single-Region key.
    pub(crate) primary: Option<Region>,
    pub(crate) created: Timestamp,
    pub(crate) description: Arc<str>,
    pub(crate) enabled: bool,
    pub(crate) deletion: Option<Deletion>,
    pub(crate) policy: Document,
    pub(crate) tags: Vec<Tag>,
    /// How often its material is replaced, in days.
    pub(crate) rotation_days: Option<u32>,
    pub(crate) next_rotation: Option<Timestamp>,
    pub(crate) on_demand_rotations: u32,
}

/// That a key is to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deletion {
    pub(crate) window_days: u32,
    /// When; `None` for a primary key whose replicas must be deleted first.
    pub(crate) due: Option<Timestamp>,
}

impl KeyMeta {
    pub(crate) fn arn_of(account: AccountId, region: &Region, id: &str) -> Arc<str> {
        format!("arn:aws:kms:{region}:{account}:key/{id}").into()
    }

    /// Whether the time of its deletion has come: from then on it is as good as deleted.
    pub(crate) fn is_gone(&self, now: Timestamp) -> bool {
        self.deletion.and_then(|deletion| deletion.due).is_some_and(|due| due <= now)
    }
}

impl Key {
    /// The account that it belongs to.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.meta.account
    }

    /// The region that it is in.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.meta.region
    }

    /// Its id: a UUID, or `mrk-` and 32 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> &Arc<str> {
        &self.meta.id
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> &Arc<str> {
        &self.meta.arn
    }

    /// What kind of key it is.
    #[must_use]
    pub fn spec(&self) -> KeySpec {
        self.meta.spec
    }

    /// What it is for.
    #[must_use]
    pub fn usage(&self) -> KeyUsage {
        self.meta.usage
    }

    /// Where its material comes from.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.meta.origin
    }

    /// Who manages it.
    #[must_use]
    pub fn manager(&self) -> KeyManager {
        self.meta.manager
    }

    /// Whether it is a multi-Region key.
    #[must_use]
    pub fn is_multi_region(&self) -> bool {
        self.meta.primary.is_some()
    }

    /// Its tags.
    #[must_use]
    pub fn tags(&self) -> &[Tag] {
        &self.meta.tags
    }

    /// The names of its aliases, each with its `alias/`.
    pub fn aliases(&self) -> impl Iterator<Item = &Arc<str>> {
        self.aliases.keys()
    }

    /// Its grants, in order of their ids.
    pub fn grants(&self) -> impl Iterator<Item = &Arc<Grant>> {
        self.grants.values()
    }

    /// The text of its policy.
    #[must_use]
    pub fn policy_text(&self) -> &Arc<str> {
        self.meta.policy.text()
    }

    /// Whether it is a primary key, or needs none.
    pub(crate) fn is_primary(&self) -> bool {
        self.meta.primary.as_ref().is_none_or(|primary| *primary == self.meta.region)
    }

    /// Its state at a time.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> KeyState {
        match self.meta.deletion {
            Some(Deletion { due: Some(_), .. }) => KeyState::PendingDeletion,
            Some(Deletion { due: None, .. }) => KeyState::PendingReplicaDeletion,
            None if !self.has_material(now) => KeyState::PendingImport,
            None if self.meta.enabled => KeyState::Enabled,
            None => KeyState::Disabled,
        }
    }

    /// Whether all material in force is there.
    fn has_material(&self, now: Timestamp) -> bool {
        let mut in_force = self.materials.iter().filter(|material| !material.pending).peekable();
        in_force.peek().is_some() && in_force.all(|material| material.is_there(now))
    }

    /// The material that encrypts.
    pub(crate) fn current(&self) -> Option<&Arc<Material>> {
        self.materials.iter().rev().find(|material| !material.pending)
    }

    /// The material of this id.
    pub(crate) fn material(&self, id: &str) -> Option<&Arc<Material>> {
        self.materials.iter().find(|material| *material.id == *id)
    }

    /// Whether cryptographic operations can use it at `now`.
    pub(crate) fn check_usable(&self, now: Timestamp) -> Result<(), KmsError> {
        match self.state(now) {
            KeyState::Enabled => Ok(()),
            KeyState::Disabled => Err(KmsError::new(KmsErrorKind::Disabled, format!("{} is disabled.", self.arn()))),
            _ => self.check_state(now, &[]),
        }
    }

    /// Whether its state is one of those.
    pub(crate) fn check_state(&self, now: Timestamp, allowed: &[KeyState]) -> Result<(), KmsError> {
        let state = self.state(now);
        if allowed.contains(&state) {
            return Ok(());
        }
        let words = match state {
            KeyState::Enabled => "is enabled.",
            KeyState::Disabled => "is disabled.",
            KeyState::PendingDeletion => "is pending deletion.",
            KeyState::PendingImport => "is pending import.",
            KeyState::PendingReplicaDeletion => "is pending replica deletion.",
        };
        Err(KmsError::new(KmsErrorKind::InvalidState, format!("{} {words}", self.arn())))
    }
}
