//! Changing accounts: one writer at a time, durable before it can be seen.

use std::sync::Arc;

use larder_store::{Commit, CommitError, StoreError};
use larder_types::AccountId;

use crate::directory::Directory;
use crate::identity::Shared;
use crate::load::{self, commit_of};
use crate::model::Account;
use crate::record::Vault;
use crate::record::place::PARTITION;
use crate::state::{AccountState, Change};
use crate::{ChangeError, IamError, Identity, IdentityError};

/// How often a change is tried again after another server came between.
const MAX_ATTEMPTS: u32 = 32;

/// What a change comes to.
pub(crate) struct Planned<R> {
    /// The account that it changes.
    pub(crate) account: AccountId,
    /// What becomes of it; `None` deletes it.
    pub(crate) state: Option<AccountState>,
    /// What to answer.
    pub(crate) result: R,
}

impl Identity {
    /// Changes an account. `edit` gets a copy of it; when it returns without error, what it changed is stored, and is seen by
    /// everybody once this returns. `edit` may be called again when another server on the same store changed something
    /// meanwhile, so it must do nothing but change the state. A change that has begun to be stored is finished even when the
    /// returned future is dropped.
    ///
    /// # Errors
    /// What `edit` refuses; when there is no such account; when the store fails, after which nothing is seen of the change.
    pub async fn change<R: Send>(
        &self,
        account: AccountId,
        mut edit: impl FnMut(&mut AccountState, &Change<'_>) -> Result<R, IamError> + Send,
    ) -> Result<R, ChangeError> {
        self.change_or_refuse(account, |state, change| edit(state, change).map_err(ChangeError::from)).await
    }

    /// As [`Identity::change`], for an `edit` that has reasons of its own to refuse.
    ///
    /// # Errors
    /// Those of [`Identity::change`].
    pub async fn change_or_refuse<R: Send, E: From<ChangeError>>(
        &self,
        account: AccountId,
        mut edit: impl FnMut(&mut AccountState, &Change<'_>) -> Result<R, E> + Send,
    ) -> Result<R, E> {
        self.transact(|directory, change| {
            let mut state = directory.account(account).ok_or(ChangeError::NoSuchAccount(account))?.clone();
            let result = edit(&mut state, change)?;
            Ok(Planned { account, state: Some(state), result })
        })
        .await
    }

    /// Plans a change from the accounts as they are and carries it out; plans again when another server came between.
    pub(crate) async fn transact<R: Send, E: From<ChangeError>>(
        &self,
        mut plan: impl FnMut(&Directory, &Change<'_>) -> Result<Planned<R>, E> + Send,
    ) -> Result<R, E> {
        let shared = &self.shared;
        for _ in 0..MAX_ATTEMPTS {
            let guard = Arc::clone(&shared.writer).lock_owned().await;
            let directory = self.directory();
            let change = Change { now: self.now(), rng: &*shared.rng };
            let Planned { account, state, result } = plan(&directory, &change)?;
            let vault = Vault { sealer: &shared.sealer, rng: &*shared.rng, account };
            let commit = commit_of(directory.generation, directory.account(account), state.as_ref(), &vault);
            let Some(commit) = commit else { return Ok(result) };
            // A task of its own: dropped half-way, the change would be stored and nobody would see it.
            let carry_out = {
                let shared = Arc::clone(shared);
                async move {
                    let _guard = guard;
                    shared.carry_out(&directory, account, state, commit).await
                }
            };
            let carried_out = tokio::spawn(carry_out).await.unwrap_or_else(|error| {
                Err(StoreError::Io { what: "change an account".to_owned(), source: std::io::Error::other(error) })
            });
            if carried_out.map_err(ChangeError::from)? {
                return Ok(result);
            }
        }
        Err(ChangeError::Contended.into())
    }

    /// Looks whether another server on the same store changed something, and reads everything again if so.
    ///
    /// # Errors
    /// When the store fails; what was known stays.
    pub async fn refresh(&self) -> Result<(), ChangeError> {
        let _guard = self.shared.writer.lock().await;
        if load::generation(&*self.shared.meta).await? != self.directory().generation {
            self.shared.reload().await?;
        }
        Ok(())
    }

    /// Reads the accounts at start, and makes the operator account when it is not there.
    pub(crate) async fn load_first(&self) -> Result<(), IdentityError> {
        let shared = &self.shared;
        shared.reload().await?;
        let account = shared.operator.owner.account;
        let make = |_: &Directory, change: &Change<'_>| {
            let mut state = AccountState::new(Account {
                owner: shared.operator.owner.clone(),
                email: None,
                alias: None,
                created: change.now,
                public_access_block: None,
                closing: false,
                operator: true,
            });
            shared.operator.join(&mut state);
            Ok(Planned { account, state: Some(state), result: () })
        };
        if self.directory().account(account).is_none() {
            self.transact(make).await.map_err(|error| match error {
                ChangeError::Store(error) => error.into(),
                error => IdentityError::Store(StoreError::Io {
                    what: "make the operator account".to_owned(),
                    source: std::io::Error::other(error),
                }),
            })?;
        }
        let directory = self.directory();
        let key = &shared.operator.key.id;
        match directory.access_key(key) {
            Some((state, _)) if state.id() == account && directory.holders_of(key) == 1 => Ok(()),
            _ => Err(IdentityError::KeyTaken(key.as_ref().to_owned())),
        }
    }
}

impl Shared {
    /// Commits, then lets everybody see it. `false` when another server came between; then everything was read again.
    async fn carry_out(
        &self,
        directory: &Directory,
        account: AccountId,
        state: Option<AccountState>,
        commit: Commit,
    ) -> Result<bool, StoreError> {
        match self.meta.commit(PARTITION, commit).await {
            Ok(()) => {
                let next = directory.with(directory.generation + 1, account, state);
                *self.directory.write() = Arc::new(next);
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
        let directory = load::directory(&*self.meta, &self.sealer, &*self.rng, &self.operator).await?;
        *self.directory.write() = Arc::new(directory);
        Ok(())
    }
}
