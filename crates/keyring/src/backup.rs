//! A copy of the root key and the keyring that only a passphrase opens.

use std::path::Path;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use larder_crypto::{KEY_BYTES, SealingKey, SecretKey};
use larder_env::Rng;
use larder_private_file::{PrivateFileError, malformed, parse};
use larder_types::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::record::{KeyringId, StoredKeyring};

/// Of the file, and of what is sealed in it.
const VERSION: u32 = 1;
const BODY_VERSION: u8 = 1;
const KDF: &str = "argon2id";
const SALT: &[u8] = b"larder key backup 1";
const LABEL: &[u8] = b"backup";
const SALT_BYTES: usize = 16;
const SHORTEST_PASSPHRASE: usize = 8;
/// What errors call it.
const NAME: &str = "the backup";

/// Why a backup cannot be made or opened. None of these shows a key or a passphrase.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It is not what this version of Larder writes.
    #[error(transparent)]
    Malformed(#[from] PrivateFileError),
    /// It does not open: the passphrase is another one, or the file was changed.
    #[error("the backup does not open: the passphrase is wrong, or the file was changed")]
    WrongPassphrase,
    /// Too short to keep anybody out.
    #[error("a passphrase has {SHORTEST_PASSPHRASE} characters or more")]
    ShortPassphrase,
}

/// What guessing a passphrase costs (Argon2id, RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupStrength {
    /// KiB of memory.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes that it is divided into.
    pub lanes: u32,
}

impl Default for BackupStrength {
    /// The second recommended option of RFC 9106, section 4.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 }
    }
}

impl BackupStrength {
    /// What opening a file may cost at most: a file can ask for anything.
    fn is_bearable(self) -> bool {
        self.memory_kib <= 1024 * 1024 && self.passes <= 16 && self.lanes <= 16
    }

    fn params(self) -> Option<Params> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(KEY_BYTES)).ok();
        params.filter(|_| self.is_bearable())
    }
}

/// The root key, and the keyring that is sealed under it.
#[derive(Clone, Debug)]
pub struct Backup {
    /// The root key.
    pub root_key: SecretKey,
    /// The keyring.
    pub keyring: StoredKeyring,
    /// When the copy was made.
    pub created: Timestamp,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Body {
    root_key: [u8; KEY_BYTES],
    created_millis: i64,
    keyring: Vec<u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    version: u32,
    keyring: String,
    kdf: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    sealed: String,
}

/// A backup as it lies in a file.
struct Envelope {
    keyring: KeyringId,
    strength: BackupStrength,
    params: Params,
    salt: Vec<u8>,
    sealed: Vec<u8>,
}

impl Backup {
    /// The text of a file that only `passphrase` opens. Takes the time and memory that `strength` says: not for a thread that
    /// serves requests.
    ///
    /// # Errors
    /// [`BackupError::ShortPassphrase`]
    ///
    /// # Panics
    /// When `strength` is not one of Argon2's, or more than is ever opened: it is part of the program.
    pub fn seal(&self, passphrase: &str, strength: BackupStrength, rng: &dyn Rng) -> Result<String, BackupError> {
        if passphrase.chars().count() < SHORTEST_PASSPHRASE {
            return Err(BackupError::ShortPassphrase);
        }
        let mut salt = vec![0; SALT_BYTES];
        rng.fill(&mut salt);
        let params = strength.params().expect("a strength that Argon2 takes and that is bearable");
        let envelope = Envelope { keyring: self.keyring.id(), strength, params, salt, sealed: Vec::new() };
        let sealed = envelope.key(passphrase).seal(rng, &envelope.place(), &self.encode());
        Ok(Envelope { sealed, ..envelope }.text())
    }

    /// Opens the text of a file. Takes the time and memory that the file says, at most 1 GiB.
    ///
    /// # Errors
    /// [`BackupError::Malformed`], [`BackupError::WrongPassphrase`]
    pub fn open(text: &str, passphrase: &str) -> Result<Self, BackupError> {
        let envelope = Envelope::parse(text)?;
        let opened = envelope.key(passphrase).open(&envelope.place(), &envelope.sealed);
        Self::decode(&opened.ok_or(BackupError::WrongPassphrase)?)
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let body = Body {
            root_key: *self.root_key.expose(),
            created_millis: self.created.as_millis(),
            keyring: self.keyring.to_stored().to_vec(),
        };
        // Room for all of it, so that growing leaves no copies of the key behind.
        let mut plain = Vec::with_capacity(128 + body.keyring.len());
        plain.push(BODY_VERSION);
        Zeroizing::new(postcard::to_extend(&body, plain).expect("records are plain data"))
    }

    fn decode(plain: &[u8]) -> Result<Self, BackupError> {
        let refused = |reason: &str| Err(invalid(reason).into());
        let [BODY_VERSION, body @ ..] = plain else { return refused("what is sealed is of an unknown version") };
        let Ok((body, [])) = postcard::take_from_bytes::<Body>(body) else {
            return refused("what is sealed cannot be decoded");
        };
        let root_key = SecretKey::from_slice(&body.root_key).expect("as many bytes as a key has");
        let keyring = StoredKeyring::from_stored(&body.keyring).map_err(|error| invalid(&error.to_string()))?;
        Ok(Self { root_key, keyring, created: Timestamp::from_millis(body.created_millis) })
    }

    pub(crate) fn read_anything(data: &[u8]) {
        if let Some(envelope) = std::str::from_utf8(data).ok().and_then(|text| Envelope::parse(text).ok()) {
            assert!(envelope.strength.is_bearable());
            let again = Envelope::parse(&envelope.text()).expect("what was written reads");
            assert_eq!((again.salt, again.sealed), (envelope.salt, envelope.sealed));
        }
        if let Ok(backup) = Self::decode(data) {
            let encoded = backup.encode();
            let again = Self::decode(&encoded).expect("what was written reads");
            assert_eq!(*again.encode(), *encoded);
        }
    }
}

impl Envelope {
    fn parse(text: &str) -> Result<Self, BackupError> {
        let record: Record = parse(Path::new(NAME), text)?;
        if record.version != VERSION {
            return Err(invalid(&format!("version {} is not known here", record.version)).into());
        }
        if record.kdf != KDF {
            return Err(invalid("kdf is not argon2id").into());
        }
        let Record { memory_kib, passes, lanes, .. } = record;
        let strength = BackupStrength { memory_kib, passes, lanes };
        let params = strength.params().ok_or_else(|| invalid("memory_kib, passes or lanes is out of range"))?;
        let bytes = |text: &str| STANDARD.decode(text).map_err(|_| invalid("salt or sealed is not base64"));
        let (salt, sealed) = (bytes(&record.salt)?, bytes(&record.sealed)?);
        if salt.len() != SALT_BYTES {
            return Err(invalid("salt is not of 16 bytes").into());
        }
        let keyring = KeyringId::parse(&record.keyring).ok_or_else(|| invalid("keyring is no id"))?;
        Ok(Self { keyring, strength, params, salt, sealed })
    }

    fn text(&self) -> String {
        let BackupStrength { memory_kib, passes, lanes } = self.strength;
        let (keyring, salt, sealed) = (self.keyring, STANDARD.encode(&self.salt), STANDARD.encode(&self.sealed));
        format!(
            "# The root key of a Larder server and its keyring, sealed under a passphrase. Opens with: larder admin keys restore\n\
             version = {VERSION}\nkeyring = \"{keyring}\"\nkdf = \"{KDF}\"\nmemory_kib = {memory_kib}\npasses = {passes}\n\
             lanes = {lanes}\nsalt = \"{salt}\"\nsealed = \"{sealed}\"\n"
        )
    }

    /// Everything of the file that is not sealed, so that no bit of it can be changed.
    fn place(&self) -> [&[u8]; 2] {
        [self.keyring.bytes(), &self.salt]
    }

    fn key(&self, passphrase: &str) -> SealingKey {
        let mut stretched = Zeroizing::new([0; KEY_BYTES]);
        // Allocated here, so that it is wiped.
        let mut memory = Zeroizing::new(vec![Block::default(); self.params.block_count()]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
            .hash_password_into_with_memory(passphrase.as_bytes(), &self.salt, &mut *stretched, memory.as_mut_slice())
            .expect("passphrase, salt and result have lengths that Argon2 takes");
        let stretched = SecretKey::from_slice(&*stretched).expect("as many bytes as a key has");
        SealingKey::derive(&stretched, SALT, LABEL)
    }
}

fn invalid(reason: &str) -> PrivateFileError {
    malformed(Path::new(NAME), reason)
}

#[cfg(test)]
mod tests {
    use larder_env::SeededRng;
    use proptest::prelude::*;

    use super::*;
    use crate::record::{Secrets, sealing_key};

    const WEAK: BackupStrength = BackupStrength { memory_kib: 32, passes: 1, lanes: 1 };

    fn backup(seed: u64) -> Backup {
        let rng = SeededRng::new(seed);
        let root_key = SecretKey::generate(&rng);
        let created = Timestamp::from_millis(1_800_000_000_000);
        let secrets = Secrets::generate(&rng, created, None);
        let keyring = StoredKeyring::seal(KeyringId::generate(&rng), &secrets, &sealing_key(&root_key), &rng);
        Backup { root_key, keyring, created }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn a_backup_opens_with_its_passphrase_alone(seed: u64, passphrase in ".{8,40}", other in ".{0,40}") {
            let made = backup(seed);
            let text = made.seal(&passphrase, WEAK, &SeededRng::new(seed ^ 1)).expect("sealed");
            let opened = Backup::open(&text, &passphrase).expect("the passphrase");
            prop_assert_eq!(opened.root_key.expose(), made.root_key.expose());
            prop_assert_eq!((opened.keyring, opened.created), (made.keyring, made.created));
            if other != passphrase {
                prop_assert!(matches!(Backup::open(&text, &other), Err(BackupError::WrongPassphrase)));
            }
        }

        #[test]
        fn bytes_never_panic(data: Vec<u8>) {
            Backup::read_anything(&data);
        }
    }

    #[test]
    fn nothing_of_a_backup_can_be_changed() {
        let text = backup(1).seal("correct horse", WEAK, &SeededRng::new(2)).expect("sealed");
        let start = text.find("version").expect("the first field");
        for at in start..text.len() - 1 {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'Z' { b'Y' } else { b'Z' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert!(Backup::open(&changed, "correct horse").is_err(), "byte {at}");
        }
    }

    #[test]
    fn what_nobody_should_open_is_refused() {
        let made = backup(1);
        let refused = made.seal("seven77", WEAK, &SeededRng::new(2));
        assert!(matches!(refused, Err(BackupError::ShortPassphrase)));
        let text = made.seal("correct horse", WEAK, &SeededRng::new(2)).expect("sealed");
        for (from, to) in [
            ("version = 1", "version = 2"),
            ("argon2id", "argon2d"),
            ("memory_kib = 32", "memory_kib = 4000000000"),
            ("memory_kib = 32", "memory_kib = 1"),
            ("passes = 1", "passes = 17"),
            ("lanes = 1", "lanes = 0"),
            ("salt = \"", "salt = \"AAAA"),
        ] {
            let refused = Backup::open(&text.replace(from, to), "correct horse");
            assert!(matches!(refused, Err(BackupError::Malformed(_))), "{to}");
        }
    }

    /// The strength that is used opens too; once, as it takes its time.
    #[test]
    fn a_backup_of_full_strength_opens() {
        let text = backup(3).seal("correct horse", BackupStrength::default(), &SeededRng::new(2)).expect("sealed");
        assert!(text.contains("memory_kib = 65536\npasses = 3\nlanes = 4\n"), "{text}");
        assert!(Backup::open(&text, "correct horse").is_ok());
    }
}
