//! Opening the keyring, and making it at the first start.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use larder_crypto::{SealingKey, SecretKey};
use larder_env::{Clock, Rng};
use larder_store::memory::MemoryMetaStore;
use larder_store::{Commit, MetaStore, StoreError, Table};

use crate::record::{self, KEY, KeyringId, PARTITION, Secrets, StoredKeyring, sealing_key};
use crate::source::{RootKeys, Slot};
use crate::{KeyringError, MasterKeys, RootKeyPlace, RootKeySource};

/// What the keyring is kept in and lives on.
#[derive(Clone)]
pub struct KeyringParts {
    /// Where the record is.
    pub meta: Arc<dyn MetaStore>,
    /// Says when master keys were made.
    pub clock: Arc<dyn Clock>,
    /// Gives keys and nonces.
    pub rng: Arc<dyn Rng>,
}

/// What an operator can set.
#[derive(Debug, Default)]
pub struct KeyringSettings {
    /// The data folder, which files of root keys are in.
    pub data: PathBuf,
    /// Where the root key is from.
    pub source: RootKeySource,
    /// The root key of before. A keyring that opens under it alone is sealed under the one of `source`, which is made when it
    /// can be and is not there.
    pub previous: Option<SecretKey>,
}

/// What was sealed under the root key itself, before there were keyrings.
#[async_trait]
pub trait EarlierSecrets: Send + Sync {
    /// Whether there is anything of the kind.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn exist(&self) -> Result<bool, StoreError>;

    /// Whether `root_key` is what it is sealed under.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn open_under(&self, root_key: &SecretKey) -> Result<bool, StoreError>;
}

/// What was done to have a keyring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyringMade {
    /// Opened.
    Opened,
    /// Made, as there was none.
    Made,
    /// Made for data of before there were keyrings, so that everything sealed there opens.
    MadeForEarlierData,
    /// Opened under the previous root key, and sealed under the one of now.
    Resealed,
}

/// What an operator wants to know of a keyring that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where the root key is from.
    pub root_key: RootKeyPlace,
    /// Whether it was made just now: a copy of it is to be made.
    pub root_key_made: bool,
    /// What was done.
    pub keyring: KeyringMade,
}

/// The secrets of a server. Cheap to clone; all clones are one keyring.
#[derive(Clone)]
pub struct Keyring {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) parts: KeyringParts,
    pub(crate) source: RootKeys,
    id: KeyringId,
    identity: SecretKey,
    kms: SecretKey,
    pub(crate) masters: MasterKeys,
    /// Held by whoever changes something.
    pub(crate) held: tokio::sync::Mutex<Held>,
}

/// What is stored, and what it takes to store it anew.
pub(crate) struct Held {
    pub(crate) stored: StoredKeyring,
    pub(crate) secrets: Secrets,
    pub(crate) sealing: SealingKey,
}

impl Keyring {
    /// Opens the keyring in `parts.meta`, or makes one, which is durable when this returns. `earlier` is what an older version
    /// sealed under the root key itself: its keyring is made so that it opens. Call it once, at start, while no other process
    /// uses the folder.
    ///
    /// # Errors
    /// [`KeyringError::RootKeyMissing`] and [`KeyringError::WrongRootKey`] rather than a keyring that opens nothing; nothing is
    /// changed then. Others when files, the KMS or the store fail.
    pub async fn open(
        settings: KeyringSettings,
        earlier: Option<&dyn EarlierSecrets>,
        parts: KeyringParts,
    ) -> Result<(Self, Origin), KeyringError> {
        let source = RootKeys { data: settings.data, source: settings.source };
        let opening = Opening { source, previous: settings.previous, parts };
        match StoredKeyring::read(&*opening.parts.meta).await? {
            Some(stored) => opening.open(stored).await,
            None => opening.make(earlier).await,
        }
    }

    /// A keyring of its own over a store in memory: for tests.
    ///
    /// # Errors
    /// None that a store in memory has.
    pub async fn in_memory(clock: Arc<dyn Clock>, rng: Arc<dyn Rng>) -> Result<Self, KeyringError> {
        let source = RootKeySource::Setting(SecretKey::generate(&*rng));
        let settings = KeyringSettings { source, ..KeyringSettings::default() };
        let parts = KeyringParts { meta: Arc::new(MemoryMetaStore::new()), clock, rng };
        Ok(Self::open(settings, None, parts).await?.0)
    }

    /// Its name, which is not secret and never changes.
    #[must_use]
    pub fn id(&self) -> KeyringId {
        self.shared.id
    }

    /// Where its root key is from.
    #[must_use]
    pub fn root_key_place(&self) -> RootKeyPlace {
        self.shared.source.place()
    }

    /// What accounts derive their keys from.
    #[must_use]
    pub fn identity_secret(&self) -> &SecretKey {
        &self.shared.identity
    }

    /// What the KMS derives its keys from.
    #[must_use]
    pub fn kms_secret(&self) -> &SecretKey {
        &self.shared.kms
    }

    /// The master keys of SSE-S3.
    #[must_use]
    pub fn master_keys(&self) -> &MasterKeys {
        &self.shared.masters
    }

    /// The record as it is stored now: for a backup.
    pub async fn stored(&self) -> StoredKeyring {
        self.shared.held.lock().await.stored.clone()
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("id", &self.id()).finish_non_exhaustive()
    }
}

struct Opening {
    source: RootKeys,
    previous: Option<SecretKey>,
    parts: KeyringParts,
}

impl Opening {
    async fn open(self, stored: StoredKeyring) -> Result<(Keyring, Origin), KeyringError> {
        let (mut any, mut failure) = (false, None);
        for slot in [Slot::Current, Slot::Next] {
            let loaded = match self.source.load(slot).await {
                Ok(Some(loaded)) => loaded,
                Ok(None) => continue,
                // The other one may be what the keyring is sealed under by now.
                Err(error) => {
                    failure.get_or_insert(error);
                    continue;
                }
            };
            any = true;
            self.check_keyring(loaded.keyring, stored.id())?;
            let sealing = sealing_key(&loaded.key);
            let Some(secrets) = stored.open(&sealing)? else { continue };
            // A change of the root key was cut off: after the keyring was sealed under the new one, or before.
            match slot {
                Slot::Next => self.source.promote().await?,
                Slot::Current => self.source.discard_next().await?,
            }
            let opened = self.assembled(stored, secrets, sealing, false, KeyringMade::Opened);
            if loaded.outdated {
                opened.0.rotate_root_key().await?;
            }
            return Ok(opened);
        }
        match self.previous.as_ref().map(|key| stored.open(&sealing_key(key))).transpose()?.flatten() {
            Some(secrets) => self.reseal(stored, secrets).await,
            None => match failure {
                Some(error) => Err(error),
                None if any => Err(KeyringError::WrongRootKey { place: self.source.place() }),
                // A new one would open nothing, and would stand where the right one is to be put back.
                None => Err(self.source.missing()),
            },
        }
    }

    async fn reseal(self, old: StoredKeyring, secrets: Secrets) -> Result<(Keyring, Origin), KeyringError> {
        let (key, made) = match self.source.load(Slot::Current).await? {
            Some(loaded) => (loaded.key, false),
            None => (self.source.make(Slot::Current, old.id(), &*self.parts.rng).await?, true),
        };
        let sealing = sealing_key(&key);
        let stored = StoredKeyring::seal(old.id(), &secrets, &sealing, &*self.parts.rng);
        commit(&*self.parts.meta, Some(&old), &stored).await?;
        self.source.discard_next().await?;
        Ok(self.assembled(stored, secrets, sealing, made, KeyringMade::Resealed))
    }

    async fn make(self, earlier: Option<&dyn EarlierSecrets>) -> Result<(Keyring, Origin), KeyringError> {
        let Self { source, previous, parts } = &self;
        let loaded = source.load(Slot::Current).await?;
        let mut identity = None;
        if let Some(earlier) = earlier
            && earlier.exist().await?
        {
            for key in loaded.iter().map(|loaded| &loaded.key).chain(previous) {
                if identity.is_none() && earlier.open_under(key).await? {
                    identity = Some(key.clone());
                }
            }
            if identity.is_none() {
                let wrong = || KeyringError::WrongRootKey { place: source.place() };
                return Err(if loaded.is_some() { wrong() } else { source.missing() });
            }
        }
        let how = if identity.is_some() { KeyringMade::MadeForEarlierData } else { KeyringMade::Made };
        let new_id = || KeyringId::generate(&*parts.rng);
        let (id, key, made) = match loaded {
            // Of a first start that was cut off: the KMS knows the key under this id.
            Some(loaded) => (loaded.keyring.unwrap_or_else(new_id), loaded.key, false),
            None => {
                let id = new_id();
                (id, source.make(Slot::Current, id, &*parts.rng).await?, true)
            }
        };
        let secrets = Secrets::generate(&*parts.rng, parts.clock.now(), identity);
        let sealing = sealing_key(&key);
        let stored = StoredKeyring::seal(id, &secrets, &sealing, &*parts.rng);
        commit(&*parts.meta, None, &stored).await?;
        Ok(self.assembled(stored, secrets, sealing, made, how))
    }

    /// A KMS would not decrypt for another keyring, but would not say why.
    fn check_keyring(&self, found: Option<KeyringId>, expected: KeyringId) -> Result<(), KeyringError> {
        match (found, self.source.place()) {
            (Some(found), RootKeyPlace::Kms { path, .. }) if found != expected => {
                Err(KeyringError::OtherKeyring { path, found: found.to_string(), expected: expected.to_string() })
            }
            _ => Ok(()),
        }
    }

    fn assembled(
        self,
        stored: StoredKeyring,
        secrets: Secrets,
        sealing: SealingKey,
        root_key_made: bool,
        keyring: KeyringMade,
    ) -> (Keyring, Origin) {
        let origin = Origin { root_key: self.source.place(), root_key_made, keyring };
        let shared = Shared {
            parts: self.parts,
            source: self.source,
            id: stored.id(),
            identity: secrets.identity.clone(),
            kms: secrets.kms.clone(),
            masters: MasterKeys::new(&secrets),
            held: tokio::sync::Mutex::new(Held { stored, secrets, sealing }),
        };
        (Keyring { shared: Arc::new(shared) }, origin)
    }
}

/// Stores a keyring in the place of another; durable when this returns.
pub(crate) async fn commit(
    meta: &dyn MetaStore,
    old: Option<&StoredKeyring>,
    new: &StoredKeyring,
) -> Result<(), KeyringError> {
    let mut commit = Commit::new();
    commit.require(KEY, old.map(record::StoredKeyring::to_stored));
    commit.put(Table::Records, KEY, new.to_stored());
    Ok(meta.commit(PARTITION, commit).await?)
}

impl StoredKeyring {
    /// Stores it where there is no keyring: one from a backup.
    ///
    /// # Errors
    /// [`KeyringError::Contended`] when there is one; when the store fails.
    pub async fn write(&self, meta: &dyn MetaStore) -> Result<(), KeyringError> {
        commit(meta, None, self).await
    }
}
