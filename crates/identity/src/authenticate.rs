//! From the access key of a request to its secret and whom it acts for.

use std::sync::Arc;

use crate::model::KeyStatus;
use crate::{Credential, CredentialRefusal, Identity};

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
        if let Some(token) = session_token {
            return self.open_session(&directory, access_key_id, token);
        }
        let Some((state, key)) = directory.access_key(access_key_id) else {
            let temporary = access_key_id.starts_with("ASIA");
            return Err(if temporary { CredentialRefusal::TokenNeeded } else { CredentialRefusal::UnknownKey });
        };
        if state.account().closing {
            return Err(CredentialRefusal::UnknownKey);
        }
        if key.status != KeyStatus::Active {
            return Err(CredentialRefusal::InactiveKey);
        }
        let caller = directory.caller(state.id(), &key.owner).ok_or(CredentialRefusal::UnknownKey)?;
        Ok(Credential { access_key_id: Arc::clone(&key.id), secret: Arc::clone(&key.secret), caller })
    }
}
