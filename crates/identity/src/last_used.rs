//! When keys and roles were last used: noted in memory, written down now and then.

use std::collections::HashMap;
use std::sync::Arc;

use larder_policy::Principal;
use larder_types::AccountId;
use parking_lot::RwLock;

use crate::{ChangeError, Credential, Identity, LastUsed};

/// A use this long after the one noted last is noted again: when a key was used matters by the minute, not by the request.
const COARSE_MILLIS: i64 = 60_000;

/// Uses that are not written down yet, by account and the id of the key or role.
#[derive(Default)]
pub(crate) struct Uses(RwLock<HashMap<(AccountId, Arc<str>), LastUsed>>);

impl Identity {
    /// Notes that a request was signed with `credential`, once its signature was found good. Costs no IO.
    pub fn note_use(&self, credential: &Credential, service: &str, region: &str) {
        let id = match &credential.caller.principal {
            Principal::AssumedRole { id, .. } => id.split(':').next().unwrap_or_default().into(),
            // Sessions of users are not uses of the keys that they were made with.
            _ if credential.caller.session.is_some() => return,
            _ => Arc::clone(&credential.access_key_id),
        };
        let Some(account) = credential.caller.principal.account() else { return };
        let (now, key) = (self.now(), (account, id));
        let is_known = |last: &LastUsed| *last.service == *service && now < last.at.plus_millis(COARSE_MILLIS);
        // Nearly always it is; requests that only read do not wait for each other.
        let known = self.shared.uses.0.read().get(&key).is_some_and(is_known);
        if !known {
            let used = LastUsed { at: now, service: service.into(), region: region.into() };
            self.shared.uses.0.write().insert(key, used);
        }
    }

    /// When and for what a key (by its id) or a role (by its unique id) was last used.
    #[must_use]
    pub fn last_used(&self, account: AccountId, id: &str) -> Option<LastUsed> {
        let noted = self.shared.uses.0.read().get(&(account, id.into())).cloned();
        let stored = || self.directory().account(account)?.last_used(id).map(|used| LastUsed::clone(used));
        noted.or_else(stored)
    }

    /// Writes down the uses noted since the last time. To be called every few minutes and before the server stops; what is
    /// not written down when the server dies is forgotten.
    ///
    /// # Errors
    /// When the store fails; the uses stay noted.
    pub async fn flush_last_used(&self) -> Result<(), ChangeError> {
        let noted: Vec<_> = {
            let uses = self.shared.uses.0.read();
            uses.iter().map(|((account, id), used)| (*account, Arc::clone(id), used.clone())).collect()
        };
        let mut by_account: HashMap<AccountId, Vec<(Arc<str>, LastUsed)>> = HashMap::new();
        for (account, id, used) in noted {
            by_account.entry(account).or_default().push((id, used));
        }
        for (account, uses) in by_account {
            let write = self.change(account, |state, _| {
                uses.iter().for_each(|(id, used)| state.note_use(id, used.clone()));
                Ok(())
            });
            match write.await {
                Ok(()) | Err(ChangeError::NoSuchAccount(_)) => self.forget(account, &uses),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Forgets uses that are written down, unless there were later ones.
    fn forget(&self, account: AccountId, written: &[(Arc<str>, LastUsed)]) {
        let mut uses = self.shared.uses.0.write();
        for (id, used) in written {
            let key = (account, Arc::clone(id));
            if uses.get(&key).is_some_and(|last| last.at <= used.at) {
                uses.remove(&key);
            }
        }
    }
}
