//! From the access key of a request to its secret and whom it acts for.

use std::sync::Arc;

use crate::model::{KeyStatus, Who};
use crate::{Credential, CredentialRefusal, Identity, Principal};

impl Identity {
    /// The secret of an access key and whom it acts for. The caller then verifies the request's signature with the secret;
    /// until that is done nothing is proven. Locks nothing for longer than it takes to copy a pointer.
    ///
    /// # Errors
    /// [`CredentialRefusal`].
    pub fn authenticate(
        &self,
        access_key_id: &str,
        session_token: Option<&str>,
    ) -> Result<Credential, CredentialRefusal> {
        let directory = self.directory();
        let Some((state, key)) = directory.access_key(access_key_id) else {
            return Err(match session_token {
                Some(_) => CredentialRefusal::InvalidToken,
                None if access_key_id.starts_with("ASIA") => CredentialRefusal::TokenNeeded,
                None => CredentialRefusal::UnknownKey,
            });
        };
        if session_token.is_some() {
            return Err(CredentialRefusal::InvalidToken);
        }
        if key.status != KeyStatus::Active {
            return Err(CredentialRefusal::InactiveKey);
        }
        let caller = directory.caller(state.id(), &key.owner).ok_or(CredentialRefusal::UnknownKey)?;
        let principal = match key.owner {
            Who::Root => Principal::Root { owner: state.owner().clone() },
            Who::User(_) => Principal::Anonymous,
        };
        Ok(Credential { access_key_id: Arc::clone(&key.id), secret: Arc::clone(&key.secret), caller, principal })
    }
}
