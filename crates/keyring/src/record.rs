//! The keyring as it is stored: its id, and everything else sealed under the root key.

use std::fmt;

use bytes::Bytes;
use larder_crypto::{KEY_BYTES, SealingKey, SecretKey};
use larder_env::Rng;
use larder_store::{MetaStore, Partition, StoreError, Table};
use larder_types::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub(crate) const PARTITION: Partition = Partition { group: 3, shard: 0 };
/// The record's key in its partition.
pub(crate) const KEY: &[u8] = b"K";
/// What keys derived from the root key are derived with.
pub(crate) const SALT: &[u8] = b"larder keyring 1";
const LABEL: &[u8] = b"keyring";
/// Of the record, and of what is sealed in it.
const VERSION: u8 = 1;
const BODY_VERSION: u8 = 1;
/// A keyring of so many master keys is far from the limits of a record.
pub(crate) const MAX_MASTER_KEYS: usize = 1_000;

/// Names a keyring for as long as it exists. Not secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyringId([u8; 16]);

impl KeyringId {
    pub(crate) fn generate(rng: &dyn Rng) -> Self {
        let mut id = [0; 16];
        rng.fill(&mut id);
        Self(id)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads 32 hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut id = [0; 16];
        hex::decode_to_slice(text, &mut id).ok()?;
        Some(Self(id))
    }
}

impl fmt::Display for KeyringId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyringId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyringId({self})")
    }
}

/// The stored record: of no use without the root key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKeyring {
    id: KeyringId,
    sealed: Vec<u8>,
}

impl StoredKeyring {
    /// The keyring in a store, if there is one.
    ///
    /// # Errors
    /// When the store cannot be read, or the record is not one of this version.
    pub async fn read(meta: &dyn MetaStore) -> Result<Option<Self>, StoreError> {
        let stored = meta.get(PARTITION, Table::Records, KEY).await?;
        stored.map(|stored| Self::from_stored(&stored)).transpose()
    }

    /// Reads the record's bytes.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is not one of this version.
    pub fn from_stored(stored: &[u8]) -> Result<Self, StoreError> {
        match stored {
            [VERSION, body @ ..] => match postcard::take_from_bytes::<(KeyringId, Vec<u8>)>(body) {
                Ok(((id, sealed), [])) => Ok(Self { id, sealed }),
                _ => Err(corrupt("the keyring cannot be decoded")),
            },
            [found, ..] => Err(corrupt(format!("keyring of unknown version {found}"))),
            [] => Err(corrupt("the keyring is empty")),
        }
    }

    /// The record's bytes.
    #[must_use]
    pub fn to_stored(&self) -> Bytes {
        // Serialising plain data into memory has no way to fail.
        postcard::to_extend(&(self.id, &self.sealed), vec![VERSION]).expect("records are plain data").into()
    }

    /// Which keyring it is.
    #[must_use]
    pub fn id(&self) -> KeyringId {
        self.id
    }

    /// Whether `root_key` is the one that it is sealed under.
    #[must_use]
    pub fn opens_under(&self, root_key: &SecretKey) -> bool {
        matches!(self.open(&sealing_key(root_key)), Ok(Some(_)))
    }

    pub(crate) fn seal(id: KeyringId, secrets: &Secrets, key: &SealingKey, rng: &dyn Rng) -> Self {
        Self { id, sealed: key.seal(rng, &[&id.0], &secrets.encode()) }
    }

    /// What is in it; `None` when it is sealed under another key.
    pub(crate) fn open(&self, key: &SealingKey) -> Result<Option<Secrets>, StoreError> {
        key.open(&[&self.id.0], &self.sealed).map(|plain| Secrets::decode(&plain)).transpose()
    }
}

/// The key that the keyring is sealed with.
pub(crate) fn sealing_key(root_key: &SecretKey) -> SealingKey {
    SealingKey::derive(root_key, SALT, LABEL)
}

/// A master key of SSE-S3.
#[derive(Clone, Debug)]
pub(crate) struct MasterKey {
    pub(crate) id: u32,
    pub(crate) created: Timestamp,
    pub(crate) key: SecretKey,
}

/// What a keyring keeps.
#[derive(Clone, Debug)]
pub(crate) struct Secrets {
    pub(crate) identity: SecretKey,
    pub(crate) kms: SecretKey,
    /// In order of their ids, never empty; the last is the current one.
    pub(crate) masters: Vec<MasterKey>,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Body {
    identity: [u8; KEY_BYTES],
    kms: [u8; KEY_BYTES],
    masters: Vec<Master>,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Master {
    id: u32,
    created_millis: i64,
    key: [u8; KEY_BYTES],
}

impl Secrets {
    /// New ones, with one master key. `identity` is what accounts are sealed under already, if there are any.
    pub(crate) fn generate(rng: &dyn Rng, now: Timestamp, identity: Option<SecretKey>) -> Self {
        let first = MasterKey { id: 1, created: now, key: SecretKey::generate(rng) };
        Self {
            identity: identity.unwrap_or_else(|| SecretKey::generate(rng)),
            kms: SecretKey::generate(rng),
            masters: vec![first],
        }
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let master = |master: &MasterKey| Master {
            id: master.id,
            created_millis: master.created.as_millis(),
            key: *master.key.expose(),
        };
        let body = Body {
            identity: *self.identity.expose(),
            kms: *self.kms.expose(),
            masters: self.masters.iter().map(master).collect(),
        };
        // Room for all of it, so that growing leaves no copies of keys behind.
        let mut plain = Vec::with_capacity(128 + 64 * self.masters.len());
        plain.push(BODY_VERSION);
        Zeroizing::new(postcard::to_extend(&body, plain).expect("records are plain data"))
    }

    fn decode(plain: &[u8]) -> Result<Self, StoreError> {
        let [BODY_VERSION, body @ ..] = plain else {
            return Err(corrupt("what is sealed in the keyring is of an unknown version"));
        };
        let Ok((body, [])) = postcard::take_from_bytes::<Body>(body) else {
            return Err(corrupt("what is sealed in the keyring cannot be decoded"));
        };
        let ordered = body.masters.windows(2).all(|pair| pair[0].id < pair[1].id);
        if body.masters.is_empty() || body.masters.len() > MAX_MASTER_KEYS || !ordered {
            return Err(corrupt("the keyring has no master key, too many, or the same twice"));
        }
        let key = |bytes: &[u8]| SecretKey::from_slice(bytes).expect("as many bytes as a key has");
        let master = |master: &Master| MasterKey {
            id: master.id,
            created: Timestamp::from_millis(master.created_millis),
            key: key(&master.key),
        };
        Ok(Self {
            identity: key(&body.identity),
            kms: key(&body.kms),
            masters: body.masters.iter().map(master).collect(),
        })
    }
}

fn corrupt(what: impl Into<String>) -> StoreError {
    StoreError::Corrupt { what: what.into() }
}

/// Reads bytes as the record and as what is sealed in it: for the fuzz target.
pub(crate) fn read_anything(data: &[u8]) {
    if let Ok(stored) = StoredKeyring::from_stored(data) {
        assert_eq!(StoredKeyring::from_stored(&stored.to_stored()).ok().as_ref(), Some(&stored));
    }
    if let Ok(secrets) = Secrets::decode(data) {
        let encoded = secrets.encode();
        let again = Secrets::decode(&encoded).expect("what was written reads");
        assert_eq!(*again.encode(), *encoded);
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
        fn a_keyring_reads_back_as_written_under_its_key_alone(
            seed: u64, created: i64, more in proptest::collection::btree_set(2_u32.., 0..5), flip: usize, bit in 0..8
        ) {
            let rng = SeededRng::new(seed);
            let mut secrets = Secrets::generate(&rng, Timestamp::from_millis(created), None);
            for id in more {
                secrets.masters.push(MasterKey { id, created: Timestamp::from_millis(created), key: SecretKey::generate(&rng) });
            }
            let (right, wrong) = (SecretKey::generate(&rng), SecretKey::generate(&rng));
            let id = KeyringId::generate(&rng);
            let stored = StoredKeyring::seal(id, &secrets, &sealing_key(&right), &rng).to_stored();
            let read = StoredKeyring::from_stored(&stored).expect("as written");
            prop_assert_eq!(read.id(), id);
            let opened = read.open(&sealing_key(&right)).expect("whole").expect("the right key");
            prop_assert_eq!(&*opened.encode(), &*secrets.encode());
            prop_assert!(read.opens_under(&right) && !read.opens_under(&wrong));
            let mut changed = stored.to_vec();
            let at = flip % changed.len();
            changed[at] ^= 1_u8 << bit;
            prop_assert!(StoredKeyring::from_stored(&changed).map_or(true, |read| !read.opens_under(&right)));
        }

        #[test]
        fn bytes_never_panic(data: Vec<u8>) {
            read_anything(&data);
        }
    }

    #[test]
    fn a_keyring_of_another_version_or_without_master_key_is_refused() {
        let rng = SeededRng::new(1);
        let mut secrets = Secrets::generate(&rng, Timestamp::from_millis(5), None);
        let key = sealing_key(&SecretKey::generate(&rng));
        let stored = StoredKeyring::seal(KeyringId::generate(&rng), &secrets, &key, &rng).to_stored();
        let mut other = stored.to_vec();
        other[0] = 2;
        assert!(StoredKeyring::from_stored(&other).is_err());
        other[0] = 1;
        other.push(0);
        assert!(StoredKeyring::from_stored(&other).is_err(), "trailing bytes");
        let twice = secrets.masters[0].clone();
        secrets.masters.push(twice);
        assert!(Secrets::decode(&secrets.encode()).is_err());
        secrets.masters.clear();
        assert!(Secrets::decode(&secrets.encode()).is_err());
    }

    #[test]
    fn nothing_secret_is_shown() {
        let rng = SeededRng::new(1);
        let secrets = Secrets::generate(&rng, Timestamp::from_millis(5), None);
        assert!(format!("{secrets:?}").matches("hidden").count() >= 3);
    }
}
