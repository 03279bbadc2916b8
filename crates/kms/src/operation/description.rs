//! UpdateKeyDescription. <https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateKeyDescription.html>

use super::change_state::{NOT_DELETED, edit_meta};
use super::create_key::check_description;
use crate::{Key, Kms, KmsError};

impl Kms {
    /// Describes a key anew.
    ///
    /// # Errors
    /// `ValidationException`, `KMSInvalidStateException` while it is pending deletion, `UnsupportedOperationException` for AWS
    /// managed keys.
    pub async fn update_key_description(&self, key: &Key, description: &str) -> Result<(), KmsError> {
        check_description(description)?;
        self.change(|state, change| {
            edit_meta(state, change.now, key, NOT_DELETED, |meta| {
                meta.description = description.into();
                Ok(())
            })
        })
        .await
    }
}
