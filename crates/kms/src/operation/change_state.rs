//! EnableKey, DisableKey, ScheduleKeyDeletion, CancelKeyDeletion.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use std::sync::Arc;

use larder_types::Timestamp;

use crate::limits::{DAY_MILLIS, DEFAULT_DELETION_WINDOW_DAYS};
use crate::model::{Deletion, KeyMeta};
use crate::state::State;
use crate::{Key, KeyManager, KeyState, Kms, KmsError};

/// States of keys that are not to be deleted.
pub(crate) const NOT_DELETED: &[KeyState] = &[KeyState::Enabled, KeyState::Disabled, KeyState::PendingImport];

/// What ScheduleKeyDeletion answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduledDeletion {
    /// When it will be deleted; `None` for a primary key whose replicas must be deleted first.
    pub deletion_date: Option<Timestamp>,
    /// Its state now.
    pub state: KeyState,
    /// How long it waits, in days.
    pub window_days: u32,
}

impl Kms {
    /// Makes a key usable.
    ///
    /// # Errors
    /// `KMSInvalidStateException` while it is pending deletion or import, `UnsupportedOperationException` for AWS managed keys.
    pub async fn enable_key(&self, key: &Key) -> Result<(), KmsError> {
        self.set_enabled(key, true).await
    }

    /// Makes a key unusable until it is enabled.
    ///
    /// # Errors
    /// As for [`Kms::enable_key`].
    pub async fn disable_key(&self, key: &Key) -> Result<(), KmsError> {
        self.set_enabled(key, false).await
    }

    async fn set_enabled(&self, key: &Key, enabled: bool) -> Result<(), KmsError> {
        self.change(|state, change| {
            edit_meta(state, change.now, key, &[KeyState::Enabled, KeyState::Disabled], |meta| {
                meta.enabled = enabled;
                Ok(())
            })
        })
        .await
    }

    /// Lets a key be deleted after a number of days, 7 to 30; from now on it cannot be used. A primary key waits until its
    /// replicas are deleted.
    ///
    /// # Errors
    /// `ValidationException` for the days, `KMSInvalidStateException` when it is pending deletion already,
    /// `UnsupportedOperationException` for AWS managed keys.
    pub async fn schedule_key_deletion(&self, key: &Key, days: Option<u32>) -> Result<ScheduledDeletion, KmsError> {
        let window_days = days.unwrap_or(DEFAULT_DELETION_WINDOW_DAYS);
        if !(7..=30).contains(&window_days) {
            return Err(KmsError::validation("PendingWindowInDays must be between 7 and 30 days."));
        }
        self.change(|state, change| {
            let has_replicas = key.is_primary() && state.related(key.account(), key.id()).len() > 1;
            let due = (!has_replicas).then(|| change.now.plus_millis(i64::from(window_days) * DAY_MILLIS));
            edit_meta(state, change.now, key, NOT_DELETED, |meta| {
                meta.deletion = Some(Deletion { window_days, due });
                Ok(())
            })?;
            let after = state.live(key, change.now)?.state(change.now);
            Ok(ScheduledDeletion { deletion_date: due, state: after, window_days })
        })
        .await
    }

    /// Keeps a key from being deleted. It is disabled then.
    ///
    /// # Errors
    /// `KMSInvalidStateException` when it is not pending deletion.
    pub async fn cancel_key_deletion(&self, key: &Key) -> Result<(), KmsError> {
        self.change(|state, change| {
            let allowed = &[KeyState::PendingDeletion, KeyState::PendingReplicaDeletion];
            edit_meta(state, change.now, key, allowed, |meta| {
                meta.deletion = None;
                meta.enabled = false;
                Ok(())
            })
        })
        .await
    }
}

/// Changes what is in a key's own record, for a customer managed key in one of these states.
pub(crate) fn edit_meta<R>(
    state: &mut State,
    now: Timestamp,
    key: &Key,
    allowed: &[KeyState],
    edit: impl FnOnce(&mut KeyMeta) -> Result<R, KmsError>,
) -> Result<R, KmsError> {
    let mut key = Key::clone(&*state.live(key, now)?);
    check_customer(&key)?;
    key.check_state(now, allowed)?;
    let mut meta = KeyMeta::clone(&key.meta);
    let result = edit(&mut meta)?;
    if meta != *key.meta {
        key.meta = Arc::new(meta);
        state.put(key);
    }
    Ok(result)
}

/// AWS managed keys cannot be changed. Their policy lets nobody come this far; this stands for those who do not ask it.
pub(crate) fn check_customer(key: &Key) -> Result<(), KmsError> {
    match key.manager() {
        KeyManager::Customer => Ok(()),
        KeyManager::Aws => Err(KmsError::unsupported(format!("{} is an AWS managed key.", key.arn()))),
    }
}
