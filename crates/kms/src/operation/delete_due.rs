//! Deleting what is due: keys whose waiting time is over, and imported material that expired.

use std::sync::Arc;

use crate::limits::DAY_MILLIS;
use crate::model::{Deletion, Material};
use crate::state::State;
use crate::{Key, Kms, KmsError};

impl Kms {
    /// Deletes the keys whose time has come, with their aliases and grants, and imported material that expired, for a job to
    /// call. Both are unusable before this. A primary key that waits for its replicas begins its own waiting time when the last
    /// is gone. Gives how many keys were deleted.
    ///
    /// # Errors
    /// When the store fails; what was done before stays done.
    pub async fn delete_due(&self) -> Result<usize, KmsError> {
        let mut deleted = 0;
        loop {
            let now = self.now();
            let state = self.state();
            // One key in a commit: its grants may be many, and a commit has a size.
            let gone = state.keys().find(|key| key.meta.is_gone(now)).cloned();
            let alone = state.keys().find(|key| waits_for_nothing(&state, key)).cloned();
            let expired = state.keys().find(|key| has_expired(key, now)).cloned();
            drop(state);
            let done = self.change(|state, change| {
                let current = |state: &State, key: &Option<Arc<Key>>| {
                    let key = key.as_ref()?;
                    state.key(key.account(), key.region(), key.id()).cloned()
                };
                let mut count = 0;
                if let Some(key) = current(state, &gone).filter(|key| key.meta.is_gone(change.now)) {
                    state.remove(&key);
                    count = 1;
                }
                if let Some(key) = current(state, &alone).filter(|key| waits_for_nothing(state, key)) {
                    begin_waiting(state, &key, change.now);
                }
                if let Some(key) = current(state, &expired) {
                    state.put(without_expired(&key, change.now));
                }
                Ok(count)
            });
            if gone.is_none() && alone.is_none() && expired.is_none() {
                return Ok(deleted);
            }
            deleted += done.await?;
        }
    }
}

/// Whether it is a primary key that waits for replicas, and there are none any more.
fn waits_for_nothing(state: &State, key: &Key) -> bool {
    key.meta.deletion.is_some_and(|deletion| deletion.due.is_none())
        && state.related(key.account(), key.id()).len() == 1
}

fn begin_waiting(state: &mut State, key: &Key, now: larder_types::Timestamp) {
    let mut key = key.clone();
    let meta = Arc::make_mut(&mut key.meta);
    meta.deletion = meta.deletion.map(|Deletion { window_days, .. }| Deletion {
        window_days,
        due: Some(now.plus_millis(i64::from(window_days) * DAY_MILLIS)),
    });
    state.put(key);
}

fn has_expired(key: &Key, now: larder_types::Timestamp) -> bool {
    key.materials.iter().any(|material| material.secret.is_some() && !material.is_there(now))
}

fn without_expired(key: &Key, now: larder_types::Timestamp) -> Key {
    let kept = |material: &Arc<Material>| match material.is_there(now) {
        true => Arc::clone(material),
        false => Arc::new(Material { secret: None, ..Material::clone(material) }),
    };
    Key { materials: key.materials.iter().map(kept).collect(), ..key.clone() }
}
