//! RetireGrant and RevokeGrant: the same, but that others may do it.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html>

use std::sync::Arc;

use crate::{Key, Kms, KmsError, KmsErrorKind};

impl Kms {
    /// Removes a grant.
    ///
    /// # Errors
    /// `InvalidGrantIdException` for what is no id, `NotFoundException` when there is no such grant.
    pub async fn end_grant(&self, key: &Key, grant: &str) -> Result<(), KmsError> {
        if grant.is_empty() || grant.len() > 128 {
            return Err(KmsError::new(KmsErrorKind::InvalidGrantId, "Invalid GrantId."));
        }
        self.change(|state, change| {
            let mut key = Key::clone(&*state.live(key, change.now)?);
            if Arc::make_mut(&mut key.grants).remove(grant).is_none() {
                return Err(KmsError::not_found(format!("Grant ID {grant} not found")));
            }
            state.put(key);
            Ok(())
        })
        .await
    }
}
