//! Changing keys of a keyring that is in use. Nothing is used before it is durable.

use larder_crypto::SecretKey;

use crate::keyring::{Held, Keyring, commit};
use crate::record::{MAX_MASTER_KEYS, MasterKey, Secrets, StoredKeyring, sealing_key};
use crate::source::Slot;
use crate::{KeyringError, MasterKeyFacts};

impl Keyring {
    /// Makes a master key, which new data keys are sealed under from here on. Those of before open as they did.
    ///
    /// # Errors
    /// [`KeyringError::TooManyMasterKeys`]; when the store fails, and then the old one stays the current one.
    pub async fn rotate_master_key(&self) -> Result<MasterKeyFacts, KeyringError> {
        let parts = &self.shared.parts;
        let mut held = self.shared.held.lock().await;
        let mut secrets = held.secrets.clone();
        let newest = secrets.masters.last().expect("a keyring has a master key").id;
        let id = newest.checked_add(1).filter(|_| secrets.masters.len() < MAX_MASTER_KEYS);
        let id = id.ok_or(KeyringError::TooManyMasterKeys(secrets.masters.len()))?;
        let created = parts.clock.now();
        secrets.masters.push(MasterKey { id, created, key: SecretKey::generate(&*parts.rng) });
        self.store(&mut held, secrets).await?;
        Ok(MasterKeyFacts { id, created, current: true })
    }

    async fn store(&self, held: &mut Held, secrets: Secrets) -> Result<(), KeyringError> {
        let parts = &self.shared.parts;
        let stored = StoredKeyring::seal(self.id(), &secrets, &held.sealing, &*parts.rng);
        commit(&*parts.meta, Some(&held.stored), &stored).await?;
        self.shared.masters.replace(&secrets);
        held.secrets = secrets;
        held.stored = stored;
        Ok(())
    }

    /// Makes another root key, where Larder can: in `root.key` or `root.key.kms`. Only the keyring is sealed anew. Whenever this
    /// is cut off, one of the two files opens the keyring, and the next start finds out which. Copies of the old root key no
    /// longer open it: make a backup.
    ///
    /// # Errors
    /// [`KeyringError::NotRotatable`] when the root key comes from the operator; when files, the KMS or the store fail.
    pub async fn rotate_root_key(&self) -> Result<(), KeyringError> {
        let parts = &self.shared.parts;
        let source = &self.shared.source;
        let mut held = self.shared.held.lock().await;
        // One that is there may be what the keyring is sealed under after a restart: it was made for a commit of which the
        // store could not say whether it is durable. So it is used and never replaced.
        let key = match source.load(Slot::Next).await? {
            Some(loaded) => loaded.key,
            None => source.make(Slot::Next, self.id(), &*parts.rng).await?,
        };
        let sealing = sealing_key(&key);
        let stored = StoredKeyring::seal(self.id(), &held.secrets, &sealing, &*parts.rng);
        commit(&*parts.meta, Some(&held.stored), &stored).await?;
        held.stored = stored;
        held.sealing = sealing;
        source.promote().await
    }
}
