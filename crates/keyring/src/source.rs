//! Where the root key is from, and the files that it or its ciphertext is in.
//!
//! A source that Larder can write has two places: the one in use, and `.next` beside it while the root key is being changed.
//! The new key is durable there before the keyring is sealed under it, and takes the first place after; so at every moment
//! one of the two opens the keyring.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use larder_crypto::SecretKey;
use larder_env::Rng;
use larder_private_file::{self as private_file, PrivateFileError, malformed, parse};
use serde::Deserialize;

use crate::record::{KeyringId, StoredKeyring};
use crate::{KeyringError, KmsFailure, root_key};

/// What the credential is called in `$CREDENTIALS_DIRECTORY`.
pub const CREDENTIAL_NAME: &str = "larder-root-key";
const FILE_NAME: &str = "root.key";
const KMS_FILE_NAME: &str = "root.key.kms";
const KMS_FILE_VERSION: u32 = 1;
/// Under which the encryption context names the keyring.
const CONTEXT_KEY: &str = "larder:keyring";

/// A KMS that speaks AWS's protocol, as the root key needs it. Calls are bounded in time and repeat by themselves what may
/// succeed a little later.
#[async_trait]
pub trait RootKms: Send + Sync + 'static {
    /// `GenerateDataKey` of 256 bits: a new key, and its ciphertext.
    ///
    /// # Errors
    /// When the KMS refuses or is not reached.
    async fn generate(&self, key_id: &str, context: (&str, &str)) -> Result<(SecretKey, Vec<u8>), KmsFailure>;

    /// `Decrypt`, by the key `key_id` and no other.
    ///
    /// # Errors
    /// When the KMS refuses or is not reached.
    async fn decrypt(&self, key_id: &str, ciphertext: &[u8], context: (&str, &str)) -> Result<SecretKey, KmsFailure>;
}

/// Where the root key comes from: one of these.
#[derive(Clone, Default)]
pub enum RootKeySource {
    /// `root.key` in the data folder; made when there is none and nothing is sealed yet.
    #[default]
    File,
    /// The setting `root_key`.
    Setting(SecretKey),
    /// What systemd passed, read by [`read_credential`].
    Credential {
        /// Where it was.
        path: PathBuf,
        /// What it was.
        key: SecretKey,
    },
    /// `root.key.kms` in the data folder, sealed by a KMS; made when there is none and nothing is sealed yet.
    Kms {
        /// The KMS.
        kms: Arc<dyn RootKms>,
        /// Which of its keys: id, ARN or alias.
        key_id: String,
    },
}

impl fmt::Debug for RootKeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => f.write_str("File"),
            Self::Setting(_) => f.write_str("Setting(hidden)"),
            Self::Credential { path, .. } => write!(f, "Credential({})", path.display()),
            Self::Kms { key_id, .. } => write!(f, "Kms({key_id})"),
        }
    }
}

/// Which root key, for people. Says "the one in ...".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootKeyPlace {
    /// In this file.
    File(PathBuf),
    /// The setting `root_key`.
    Setting,
    /// In this file, which systemd passed.
    Credential(PathBuf),
    /// In this file, sealed by a KMS.
    Kms {
        /// The file.
        path: PathBuf,
        /// The key of the KMS.
        key_id: String,
    },
}

impl fmt::Display for RootKeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the one in {}", path.display()),
            Self::Setting => f.write_str("the one of the setting root_key"),
            Self::Credential(path) => write!(f, "the one in the credential {}", path.display()),
            Self::Kms { path, key_id } => write!(f, "the one in {}, sealed by the KMS key {key_id}", path.display()),
        }
    }
}

/// The root key that systemd passed in the folder `$CREDENTIALS_DIRECTORY` (`LoadCredential=` or `LoadCredentialEncrypted=`),
/// if it did: 64 hexadecimal digits, or what is in a `root.key`.
///
/// # Errors
/// When it is not safe to trust or not understood.
pub fn read_credential(folder: &Path) -> Result<Option<RootKeySource>, PrivateFileError> {
    let path = folder.join(CREDENTIAL_NAME);
    let Some(text) = private_file::read_credential(&path)? else { return Ok(None) };
    let key = match root_key::parse_root_key(&text) {
        Some(key) => key,
        None if text.contains("version") => root_key::decode(&path, &text)?,
        None => return Err(malformed(&path, "64 hexadecimal digits are expected")),
    };
    Ok(Some(RootKeySource::Credential { path, key }))
}

/// The root key that `source` has for the data folder `data` and that opens `keyring`: for those who copy it.
///
/// # Errors
/// [`KeyringError::RootKeyMissing`], [`KeyringError::WrongRootKey`]; when a file is not safe to trust or not understood, or the
/// KMS does not decrypt it.
pub async fn find_root_key(
    data: &Path,
    source: &RootKeySource,
    keyring: &StoredKeyring,
) -> Result<SecretKey, KeyringError> {
    let keys = RootKeys { data: data.to_owned(), source: source.clone() };
    let mut any = false;
    for slot in [Slot::Current, Slot::Next] {
        let Some(loaded) = keys.load(slot).await? else { continue };
        any = true;
        if keyring.opens_under(&loaded.key) {
            return Ok(loaded.key);
        }
    }
    Err(if any { KeyringError::WrongRootKey { place: keys.place() } } else { keys.missing() })
}

/// Puts `key` into `root.key` in the data folder; gives the file. Blocks on the disk.
///
/// # Errors
/// [`PrivateFileError`]. `None` when another key is there and `force` is not set.
pub fn restore_root_key(data: &Path, key: &SecretKey, force: bool) -> Result<Option<PathBuf>, PrivateFileError> {
    let path = data.join(FILE_NAME);
    if !force {
        // Also a file that cannot be read is not to be overwritten.
        let there = private_file::read(&path)?.map(|text| root_key::decode(&path, &text)).transpose()?;
        match there {
            Some(there) if there.expose() == key.expose() => return Ok(Some(path)),
            Some(_) => return Ok(None),
            None => {}
        }
    }
    private_file::write(&path, &root_key::encode(key))?;
    Ok(Some(path))
}

/// One of the two places of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Current,
    Next,
}

/// A root key that was found.
pub(crate) struct Loaded {
    pub(crate) key: SecretKey,
    /// Which keyring it is of, where that is known.
    pub(crate) keyring: Option<KeyringId>,
    /// Sealed by another KMS key than the one that is configured.
    pub(crate) outdated: bool,
}

/// A source, and the folder that its files are in.
#[derive(Debug)]
pub(crate) struct RootKeys {
    pub(crate) data: PathBuf,
    pub(crate) source: RootKeySource,
}

impl RootKeys {
    pub(crate) fn place(&self) -> RootKeyPlace {
        match &self.source {
            RootKeySource::File => RootKeyPlace::File(self.data.join(FILE_NAME)),
            RootKeySource::Setting(_) => RootKeyPlace::Setting,
            RootKeySource::Credential { path, .. } => RootKeyPlace::Credential(path.clone()),
            RootKeySource::Kms { key_id, .. } => {
                RootKeyPlace::Kms { path: self.data.join(KMS_FILE_NAME), key_id: key_id.clone() }
            }
        }
    }

    /// The file of a place, where the source has files.
    fn path(&self, slot: Slot) -> Option<PathBuf> {
        let name = match &self.source {
            RootKeySource::File => FILE_NAME,
            RootKeySource::Kms { .. } => KMS_FILE_NAME,
            RootKeySource::Setting(_) | RootKeySource::Credential { .. } => return None,
        };
        Some(match slot {
            Slot::Current => self.data.join(name),
            Slot::Next => self.data.join(format!("{name}.next")),
        })
    }

    /// There is no root key, but should be.
    pub(crate) fn missing(&self) -> KeyringError {
        match self.path(Slot::Current) {
            Some(path) => KeyringError::RootKeyMissing { path },
            None => KeyringError::WrongRootKey { place: self.place() },
        }
    }

    pub(crate) async fn load(&self, slot: Slot) -> Result<Option<Loaded>, KeyringError> {
        let found = |key: &SecretKey| Loaded { key: key.clone(), keyring: None, outdated: false };
        match &self.source {
            RootKeySource::Setting(key) | RootKeySource::Credential { key, .. } => {
                Ok((slot == Slot::Current).then(|| found(key)))
            }
            RootKeySource::File => {
                let path = self.path(slot).expect("this source has files");
                let read = move || private_file::read(&path)?.map(|text| root_key::decode(&path, &text)).transpose();
                Ok(on_disk(read).await?.map(|key| found(&key)))
            }
            RootKeySource::Kms { kms, key_id } => {
                let path = self.path(slot).expect("this source has files");
                let read = move || private_file::read(&path)?.map(|text| KmsFile::decode(&path, &text)).transpose();
                let Some(file) = on_disk(read).await? else { return Ok(None) };
                let keyring = file.keyring.to_string();
                let key = kms.decrypt(&file.key_id, &file.ciphertext, (CONTEXT_KEY, &keyring)).await;
                let key = key.map_err(|source| KeyringError::Kms { key_id: file.key_id.clone(), source })?;
                Ok(Some(Loaded { key, keyring: Some(file.keyring), outdated: file.key_id != *key_id }))
            }
        }
    }

    /// Makes a root key for a keyring; durable in its place when this returns.
    pub(crate) async fn make(&self, slot: Slot, keyring: KeyringId, rng: &dyn Rng) -> Result<SecretKey, KeyringError> {
        let Some(path) = self.path(slot) else { return Err(KeyringError::NotRotatable { place: self.place() }) };
        let (key, text) = match &self.source {
            RootKeySource::Kms { kms, key_id } => {
                let failed = |source| KeyringError::Kms { key_id: key_id.clone(), source };
                if !KmsFile::can_name(key_id) {
                    return Err(failed(KmsFailure { reason: "this is neither an id, an ARN nor an alias".to_owned() }));
                }
                let name = keyring.to_string();
                let (key, ciphertext) = kms.generate(key_id, (CONTEXT_KEY, &name)).await.map_err(failed)?;
                (key, KmsFile { key_id: key_id.clone(), keyring, ciphertext }.encode().into())
            }
            _ => {
                let key = SecretKey::generate(rng);
                let text = root_key::encode(&key);
                (key, text)
            }
        };
        on_disk(move || private_file::write(&path, &text)).await?;
        Ok(key)
    }

    /// The key in [`Slot::Next`] takes the first place.
    pub(crate) async fn promote(&self) -> Result<(), KeyringError> {
        let (Some(from), Some(to)) = (self.path(Slot::Next), self.path(Slot::Current)) else { return Ok(()) };
        on_disk(move || private_file::rename(&from, &to)).await
    }

    /// Forgets what is in [`Slot::Next`]: only when it is certain that nothing is sealed under it.
    pub(crate) async fn discard_next(&self) -> Result<(), KeyringError> {
        let Some(path) = self.path(Slot::Next) else { return Ok(()) };
        on_disk(move || private_file::remove(&path)).await
    }
}

async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PrivateFileError> + Send + 'static,
) -> Result<T, KeyringError> {
    Ok(tokio::task::spawn_blocking(work).await.map_err(|_| KeyringError::GivenUp)??)
}

/// `root.key.kms`
struct KmsFile {
    /// As it was configured when the file was made.
    key_id: String,
    keyring: KeyringId,
    ciphertext: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KmsRecord {
    version: u32,
    kms_key_id: String,
    keyring: String,
    ciphertext: String,
}

impl KmsFile {
    /// Whether it is made of what ids, ARNs and aliases of KMS are made of.
    fn can_name(key_id: &str) -> bool {
        !key_id.is_empty() && key_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/_-".contains(&byte))
    }

    fn encode(&self) -> String {
        let (key_id, keyring, ciphertext) = (&self.key_id, self.keyring, STANDARD.encode(&self.ciphertext));
        format!(
            "# All data in this folder is encrypted under the key that this is the ciphertext of. Keep it with the data, and the\n\
             # KMS key in being: without them the data is lost. A copy of the key: larder admin keys backup FILE\n\
             version = {KMS_FILE_VERSION}\nkms_key_id = \"{key_id}\"\nkeyring = \"{keyring}\"\nciphertext = \"{ciphertext}\"\n"
        )
    }

    fn decode(path: &Path, text: &str) -> Result<Self, PrivateFileError> {
        let record: KmsRecord = parse(path, text)?;
        if record.version != KMS_FILE_VERSION {
            return Err(malformed(path, format!("version {} is not known here", record.version)));
        }
        let keyring = KeyringId::parse(&record.keyring).ok_or_else(|| malformed(path, "keyring is no id"))?;
        let ciphertext =
            STANDARD.decode(&record.ciphertext).map_err(|_| malformed(path, "ciphertext is not base64"))?;
        Ok(Self { key_id: record.kms_key_id, keyring, ciphertext })
    }
}

#[cfg(test)]
mod tests {
    use larder_env::SeededRng;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_sealed_root_key_reads_back_as_written(key_id in "[a-zA-Z0-9:/_-]{1,80}", seed: u64, ciphertext: Vec<u8>) {
            prop_assert!(KmsFile::can_name(&key_id));
            let keyring = KeyringId::generate(&SeededRng::new(seed));
            let file = KmsFile { key_id, keyring, ciphertext };
            let again = KmsFile::decode(Path::new("x"), &file.encode()).expect("as written");
            prop_assert_eq!((again.key_id, again.keyring, again.ciphertext), (file.key_id, file.keyring, file.ciphertext));
        }
    }

    #[test]
    fn what_is_no_key_id_or_no_such_file_is_refused() {
        assert!(!KmsFile::can_name("") && !KmsFile::can_name("a\"b") && !KmsFile::can_name("a\nb"));
        let keyring = KeyringId::generate(&SeededRng::new(1));
        let good = KmsFile { key_id: "alias/larder".to_owned(), keyring, ciphertext: vec![1, 2, 3] }.encode();
        for bad in [
            good.replace("version = 1", "version = 2"),
            good.replace("keyring = \"", "keyring = \"0"),
            good.replace("ciphertext = \"", "ciphertext = \"!"),
            format!("{good}extra = 1\n"),
        ] {
            assert!(KmsFile::decode(Path::new("x"), &bad).is_err(), "{bad}");
        }
    }
}
