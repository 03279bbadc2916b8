//! The keyring of a data folder: opened at start, copied and restored while no server runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use larder_crypto::SecretKey;
use larder_env::{Clock, SystemClock, SystemRng};
use larder_keyring::{
    Backup, BackupError, BackupStrength, EarlierSecrets, Keyring, KeyringError, KeyringParts, KeyringSettings, Origin,
    RootKeySource, StoredKeyring, find_root_key, read_credential, restore_root_key,
};
use larder_root_kms::RemoteKms;
use larder_store::{MetaStore, StoreError};
use larder_store_local::{LocalOptions, LocalStore, OpenError};

use crate::settings::KeySettings;

/// Why keys cannot be opened, copied or restored.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The keyring or its root key.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// The root key is given twice.
    #[error("systemd passed a root key in {}, and {other} is set too: the root key comes from one place", credential.display())]
    SeveralSources {
        /// What systemd passed.
        credential: PathBuf,
        /// The setting.
        other: &'static str,
    },
    /// There is no data folder at the place.
    #[error("there is no data in {}; say where it is with --data", .0.display())]
    NoData(PathBuf),
    /// The data folder does not open.
    #[error("the data folder does not open")]
    Open(#[from] OpenError),
    /// The backup cannot be made or opened.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The data folder has no keyring yet.
    #[error("there is no keyring in the data folder yet; start the server once")]
    NoKeyring,
    /// The backup is not of this data folder, or the root key has changed since.
    #[error(
        "the backup does not open the keyring of this data folder: it is of another one, or of before the root key was changed"
    )]
    OtherBackup,
    /// Another root key is there.
    #[error("there is another root key in {}; --force writes the one of the backup over it", .0.display())]
    OtherRootKey(PathBuf),
    /// A part of the work panicked; the panic itself is on the standard error.
    #[error("opening the data folder panicked")]
    Panicked,
}

impl KeysError {
    /// Whether a server has the data folder open.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::Open(OpenError::InUse { .. }))
    }
}

impl From<StoreError> for KeysError {
    fn from(error: StoreError) -> Self {
        Self::Keyring(error.into())
    }
}

/// Opens the keyring in a store, or makes one.
pub(crate) async fn open(
    data: &Path,
    settings: KeySettings,
    parts: KeyringParts,
) -> Result<(Keyring, Origin), KeysError> {
    let source = source(&settings).await?;
    let earlier = EarlierAccounts(Arc::clone(&parts.meta));
    let settings = KeyringSettings { data: data.to_owned(), source, previous: settings.previous };
    Ok(Keyring::open(settings, Some(&earlier), parts).await?)
}

async fn source(settings: &KeySettings) -> Result<RootKeySource, KeysError> {
    let passed = settings.credentials.as_deref().map(read_credential).transpose().map_err(KeyringError::from)?;
    let passed = passed.flatten();
    let other = match settings {
        KeySettings { root_key: Some(_), .. } => Some("root_key"),
        KeySettings { kms: Some(_), .. } => Some("root_kms_key_id"),
        _ => None,
    };
    if let (Some(RootKeySource::Credential { path, .. }), Some(other)) = (&passed, other) {
        return Err(KeysError::SeveralSources { credential: path.clone(), other });
    }
    if let Some(passed) = passed {
        return Ok(passed);
    }
    if let Some(key) = &settings.root_key {
        return Ok(RootKeySource::Setting(key.clone()));
    }
    if let Some(kms) = &settings.kms {
        let remote = RemoteKms::connect(kms.endpoint.as_deref()).await;
        return Ok(RootKeySource::Kms { kms: Arc::new(remote), key_id: kms.key_id.clone() });
    }
    Ok(RootKeySource::File)
}

/// Accounts of before there were keyrings, whose secrets were sealed under the root key itself.
struct EarlierAccounts(Arc<dyn MetaStore>);

#[async_trait]
impl EarlierSecrets for EarlierAccounts {
    async fn exist(&self) -> Result<bool, StoreError> {
        larder_identity::is_anything_sealed(&*self.0).await
    }

    async fn open_under(&self, root_key: &SecretKey) -> Result<bool, StoreError> {
        larder_identity::opens_under(&*self.0, root_key).await
    }
}

/// The keyring as it is stored in the folder `data`, which no server has open.
///
/// # Errors
/// [`KeysError`]; see [`KeysError::is_in_use`].
pub async fn stored_keyring(data: &Path) -> Result<StoredKeyring, KeysError> {
    let store = open_store(data).await?;
    let stored = StoredKeyring::read(&*store.meta()).await;
    store.close().await;
    stored?.ok_or(KeysError::NoKeyring)
}

/// The text of a backup of `stored` and its root key, which is found as a server with these settings finds it. Takes as long as
/// it takes to stretch a passphrase.
///
/// # Errors
/// When the root key is not found or is another one, or the passphrase is too short.
pub async fn back_up_keys(
    data: &Path,
    settings: &KeySettings,
    stored: StoredKeyring,
    passphrase: &str,
) -> Result<String, KeysError> {
    let source = source(settings).await?;
    let root_key = find_root_key(data, &source, &stored).await?;
    let backup = Backup { root_key, keyring: stored, created: SystemClock::new().now() };
    Ok(backup.seal(passphrase, BackupStrength::default(), &SystemRng)?)
}

/// Puts the root key of a backup into `root.key` in the folder `data`, which no server has open, once it has shown to open
/// what is there; gives the file. A keyring that is lost is put back too.
///
/// # Errors
/// [`KeysError::OtherBackup`], [`KeysError::OtherRootKey`] and others; nothing is changed then.
pub async fn restore_keys(data: &Path, backup: &str, passphrase: &str, force: bool) -> Result<PathBuf, KeysError> {
    let backup = Backup::open(backup, passphrase)?;
    let store = open_store(data).await?;
    let restored = restore_into(&*store.meta(), data, &backup, force).await;
    store.close().await;
    restored
}

async fn restore_into(meta: &dyn MetaStore, data: &Path, backup: &Backup, force: bool) -> Result<PathBuf, KeysError> {
    let stored = StoredKeyring::read(meta).await?;
    let opens = match &stored {
        Some(stored) => stored.opens_under(&backup.root_key),
        // Without keyring, what an older version sealed has to open: the next start makes a keyring for it.
        None => larder_identity::opens_under(meta, &backup.root_key).await?,
    };
    if !opens {
        return Err(KeysError::OtherBackup);
    }
    let file = restore_root_key(data, &backup.root_key, force).map_err(KeyringError::from)?;
    let file = file.ok_or_else(|| KeysError::OtherRootKey(data.join("root.key")))?;
    if stored.is_none() && !larder_identity::is_anything_sealed(meta).await? {
        backup.keyring.write(meta).await?;
    }
    Ok(file)
}

/// Opening makes a folder where there is none, which is not wanted here.
async fn open_store(data: &Path) -> Result<LocalStore, KeysError> {
    if !data.join("FORMAT").exists() {
        return Err(KeysError::NoData(data.to_owned()));
    }
    let data = data.to_owned();
    let open = move || LocalStore::open(&data, LocalOptions::default());
    Ok(tokio::task::spawn_blocking(open).await.map_err(|_| KeysError::Panicked)??)
}
