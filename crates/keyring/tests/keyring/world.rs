//! A data folder and a store, which can be opened again; and a KMS.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;
use larder_crypto::SecretKey;
use larder_env::{SeededRng, SimulatedClock};
use larder_keyring::{
    EarlierSecrets, Keyring, KeyringError, KeyringParts, KeyringSettings, KmsFailure, Origin, RootKeySource, RootKms,
};
use larder_store::memory::MemoryMetaStore;
use larder_store::{MetaStore, StoreError};
use larder_types::Timestamp;
use parking_lot::Mutex;

pub(crate) const NOW: i64 = 1_800_000_000_000;
pub(crate) const PLACE: &[&[u8]] = &[b"bucket", b"key"];

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) meta: Arc<dyn MetaStore>,
    pub(crate) clock: Arc<SimulatedClock>,
    pub(crate) rng: Arc<SeededRng>,
    pub(crate) source: RootKeySource,
    pub(crate) previous: Option<SecretKey>,
    pub(crate) earlier: Option<Earlier>,
}

impl World {
    pub(crate) fn new(source: RootKeySource) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            meta: Arc::new(MemoryMetaStore::new()),
            clock: Arc::new(SimulatedClock::new(Timestamp::from_millis(NOW))),
            rng: Arc::new(SeededRng::new(7)),
            source,
            previous: None,
            earlier: None,
        }
    }

    pub(crate) async fn try_open(&self) -> Result<(Keyring, Origin), KeyringError> {
        let settings = KeyringSettings {
            data: self.folder.path().to_owned(),
            source: self.source.clone(),
            previous: self.previous.clone(),
        };
        let parts = KeyringParts { meta: Arc::clone(&self.meta), clock: self.clock.clone(), rng: self.rng.clone() };
        let earlier = self.earlier.as_ref().map(|earlier| earlier as &dyn EarlierSecrets);
        Keyring::open(settings, earlier, parts).await
    }

    pub(crate) async fn open(&self) -> Keyring {
        self.try_open().await.expect("opens").0
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.file(name)).expect("the file is there")
    }

    /// Everything that is kept under the root key, to be compared.
    pub(crate) fn secrets(keyring: &Keyring) -> (Vec<u8>, Vec<u8>, usize) {
        let identity = keyring.identity_secret().expose().to_vec();
        (identity, keyring.kms_secret().expose().to_vec(), keyring.master_keys().list().len())
    }

    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).expect("a folder");
        let mut names: Vec<_> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

pub(crate) fn key(byte: u8) -> SecretKey {
    SecretKey::from_slice(&[byte; 32]).expect("32 bytes")
}

/// What was sealed under a root key by a version without keyring.
pub(crate) struct Earlier(pub(crate) SecretKey);

#[async_trait]
impl EarlierSecrets for Earlier {
    async fn exist(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn open_under(&self, root_key: &SecretKey) -> Result<bool, StoreError> {
        Ok(root_key.expose() == self.0.expose())
    }
}

/// A KMS whose ciphertexts are numbers.
#[derive(Default)]
pub(crate) struct Kms {
    sealed: Mutex<HashMap<Vec<u8>, (String, String, SecretKey)>>,
    pub(crate) disabled: Mutex<Vec<String>>,
    made: AtomicU8,
}

impl Kms {
    fn check(&self, key_id: &str) -> Result<(), KmsFailure> {
        match self.disabled.lock().iter().any(|disabled| disabled == key_id) {
            true => Err(KmsFailure { reason: format!("DisabledException: {key_id} is disabled") }),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl RootKms for Kms {
    async fn generate(&self, key_id: &str, context: (&str, &str)) -> Result<(SecretKey, Vec<u8>), KmsFailure> {
        self.check(key_id)?;
        let number = self.made.fetch_add(1, Ordering::SeqCst) + 1;
        let (new, ciphertext) = (key(number), vec![number; 5]);
        let bound = format!("{context:?}");
        self.sealed.lock().insert(ciphertext.clone(), (key_id.to_owned(), bound, new.clone()));
        Ok((new, ciphertext))
    }

    async fn decrypt(&self, key_id: &str, ciphertext: &[u8], context: (&str, &str)) -> Result<SecretKey, KmsFailure> {
        self.check(key_id)?;
        match self.sealed.lock().get(ciphertext) {
            Some((by, bound, key)) if by == key_id && *bound == format!("{context:?}") => Ok(key.clone()),
            _ => Err(KmsFailure { reason: "InvalidCiphertextException".to_owned() }),
        }
    }
}
