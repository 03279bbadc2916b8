//! Changing keys: one writer at a time, durable before it can be seen.

use std::sync::Arc;

use larder_env::Rng;
use larder_store::{Commit, CommitError, StoreError};
use larder_types::Timestamp;

use crate::kms::Shared;
use crate::record::place::PARTITION;
use crate::state::State;
use crate::{Kms, KmsError, load};

/// How often a change is tried again after another server came between.
const MAX_ATTEMPTS: u32 = 32;

/// What a change is made with.
pub(crate) struct Change<'a> {
    pub(crate) now: Timestamp,
    pub(crate) rng: &'a dyn Rng,
}

impl Kms {
    /// Changes something. `edit` gets a copy of everything; when it returns without error, what it changed is stored, and is
    /// seen by everybody once this returns. `edit` may be called again when another server on the same store changed
    /// something meanwhile, so it must do nothing but change the state. A change that has begun to be stored is finished even
    /// when the returned future is dropped.
    pub(crate) async fn change<R: Send>(
        &self,
        mut edit: impl FnMut(&mut State, &Change<'_>) -> Result<R, KmsError> + Send,
    ) -> Result<R, KmsError> {
        let shared = &self.shared;
        for _ in 0..MAX_ATTEMPTS {
            let guard = Arc::clone(&shared.writer).lock_owned().await;
            let before = self.state();
            let mut state = State::clone(&before);
            let change = Change { now: self.now(), rng: &*shared.rng };
            let result = edit(&mut state, &change)?;
            let Some(commit) = load::commit_of(&before, &state, &shared.sealing, &*shared.rng) else {
                return Ok(result);
            };
            state.generation = before.generation + 1;
            // A task of its own: dropped half-way, the change would be stored and nobody would see it.
            let carry_out = {
                let shared = Arc::clone(shared);
                async move {
                    let _guard = guard;
                    shared.carry_out(state, commit).await
                }
            };
            let carried_out = tokio::spawn(carry_out).await.map_err(|error| StoreError::Io {
                what: "change a key".to_owned(),
                source: std::io::Error::other(error),
            })?;
            if carried_out? {
                return Ok(result);
            }
        }
        Err(KmsError::internal("Other changes came between too often."))
    }

    /// Looks whether another server on the same store changed something, and reads everything again if so.
    ///
    /// # Errors
    /// When the store fails; what was known stays.
    pub async fn refresh(&self) -> Result<(), KmsError> {
        let _guard = self.shared.writer.lock().await;
        if load::generation(&*self.shared.meta).await? != self.state().generation {
            self.shared.reload().await?;
        }
        Ok(())
    }
}

impl Shared {
    /// Commits, then lets everybody see it. `false` when another server came between; then everything was read again.
    async fn carry_out(&self, state: State, commit: Commit) -> Result<bool, StoreError> {
        match self.meta.commit(PARTITION, commit).await {
            Ok(()) => {
                self.show(state);
                Ok(true)
            }
            Err(CommitError::Conflict) => {
                self.reload().await?;
                Ok(false)
            }
            Err(CommitError::Store(error)) => Err(error),
        }
    }

    async fn reload(&self) -> Result<(), StoreError> {
        self.show(load::state(&*self.meta, &self.sealing).await?);
        Ok(())
    }

    fn show(&self, state: State) {
        self.buckets.apply(&state);
        *self.state.write() = Arc::new(state);
    }
}

#[cfg(test)]
mod tests;
