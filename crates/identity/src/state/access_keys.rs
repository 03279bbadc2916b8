//! Long-term access keys.

use std::sync::Arc;

use super::{AccountState, Change, Quotas};
use crate::model::{AccessKey, KeyOrigin, KeyStatus, Who};
use crate::{IamError, IamErrorKind, RootKeys, ids};

impl AccountState {
    /// The keys of a user or of the root user, in order of their ids.
    pub fn access_keys<'a>(&'a self, owner: &'a Who) -> impl Iterator<Item = &'a Arc<AccessKey>> {
        self.access_keys.values().filter(move |key| key.owner == *owner)
    }

    /// A key by its id.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn access_key(&self, id: &str) -> Result<&Arc<AccessKey>, IamError> {
        self.access_keys.get(id).ok_or_else(|| missing(id))
    }

    /// Makes a key. The answer has the secret, which is not to be shown again.
    ///
    /// # Errors
    /// `LimitExceeded`; `NoSuchEntity` for a user that is not there.
    pub fn create_access_key(&mut self, change: &Change<'_>, owner: Who) -> Result<Arc<AccessKey>, IamError> {
        let id = ids::access_key_id(change.rng, "AKIA");
        let secret = ids::secret_access_key(change.rng);
        self.add_access_key(change, owner, RootKeys { access_key_id: id, secret_access_key: secret })
    }

    /// Adds a key that somebody chose. The caller sees to it that no other account has one of its id.
    ///
    /// # Errors
    /// `LimitExceeded`, `EntityAlreadyExists`; `NoSuchEntity` for a user that is not there.
    pub(crate) fn add_access_key(
        &mut self,
        change: &Change<'_>,
        owner: Who,
        keys: RootKeys,
    ) -> Result<Arc<AccessKey>, IamError> {
        if let Who::User(id) = &owner
            && self.user_by_id(id).is_none()
        {
            return Err(IamError::missing(format!("The user with id {id} cannot be found.")));
        }
        if self.access_keys(&owner).count() >= Quotas::ACCESS_KEYS_PER_USER {
            let quota = Quotas::ACCESS_KEYS_PER_USER;
            return Err(IamError::limit(format!("Cannot exceed quota for AccessKeysPerUser: {quota}")));
        }
        let RootKeys { access_key_id: id, secret_access_key } = keys;
        if self.access_keys.get(&id).is_some() {
            return Err(IamError::exists(format!("Access Key with id {id} already exists.")));
        }
        let key = Arc::new(AccessKey {
            id,
            secret: Arc::new(secret_access_key),
            owner,
            status: KeyStatus::Active,
            created: change.now,
            origin: KeyOrigin::Store,
        });
        self.access_keys.insert(Arc::clone(&key.id), Arc::clone(&key));
        Ok(key)
    }

    /// Makes a key active or inactive.
    ///
    /// # Errors
    /// `NoSuchEntity`, also when it is another's; `UnmodifiableEntity` for a key of the settings.
    pub fn update_access_key(&mut self, owner: &Who, id: &str, status: KeyStatus) -> Result<(), IamError> {
        let mut key = AccessKey::clone(self.own_key(owner, id)?);
        if key.status != status {
            key.status = status;
            self.access_keys.insert(Arc::clone(&key.id), Arc::new(key));
        }
        Ok(())
    }

    /// Deletes a key.
    ///
    /// # Errors
    /// `NoSuchEntity`, also when it is another's; `UnmodifiableEntity` for a key of the settings.
    pub fn delete_access_key(&mut self, owner: &Who, id: &str) -> Result<(), IamError> {
        self.own_key(owner, id)?;
        self.access_keys.remove(id);
        self.last_used.remove(id);
        Ok(())
    }

    fn own_key(&self, owner: &Who, id: &str) -> Result<&Arc<AccessKey>, IamError> {
        let key = self.access_keys.get(id).filter(|key| key.owner == *owner).ok_or_else(|| missing(id))?;
        if key.origin == KeyOrigin::Settings {
            let message = format!("The Access Key with id {id} is set by the server's operator and changed there.");
            return Err(IamError::new(IamErrorKind::UnmodifiableEntity, message));
        }
        Ok(key)
    }
}

fn missing(id: &str) -> IamError {
    IamError::missing(format!("The Access Key with id {id} cannot be found."))
}
