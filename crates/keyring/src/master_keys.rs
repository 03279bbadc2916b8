//! The master keys of SSE-S3: what the data keys of objects are sealed under.

use std::collections::BTreeMap;
use std::sync::Arc;

use larder_crypto::{SealingKey, SecretKey};
use larder_env::Rng;
use larder_types::Timestamp;
use parking_lot::RwLock;

use crate::record::Secrets;

/// Bytes of the random salt before what is sealed.
const SALT_BYTES: usize = 16;
const LABEL: &[u8] = b"larder data key 1";

/// What may be known of a master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MasterKeyFacts {
    /// Its number; later keys have higher ones, and none is used twice.
    pub id: u32,
    /// When it was made.
    pub created: Timestamp,
    /// Whether new data keys are sealed under it.
    pub current: bool,
}

/// Seals data keys under the current master key, and opens those that were sealed under any of them.
///
/// Cheap to clone; every clone sees a rotation at once, and the lock is held only to copy a pointer.
#[derive(Clone)]
pub struct MasterKeys(Arc<RwLock<Arc<Ready>>>);

struct Ready {
    current: u32,
    keys: BTreeMap<u32, Master>,
}

struct Master {
    created: Timestamp,
    key: SecretKey,
}

impl Master {
    /// What one data key is sealed under: another key for each, so that random nonces do not limit how many there can be.
    fn sealing(&self, salt: &[u8]) -> SealingKey {
        SealingKey::derive(&self.key, salt, LABEL)
    }
}

impl Ready {
    fn new(secrets: &Secrets) -> Arc<Self> {
        let current = secrets.masters.last().expect("a keyring has a master key").id;
        let ready = |master: &crate::record::MasterKey| {
            (master.id, Master { created: master.created, key: master.key.clone() })
        };
        Arc::new(Self { current, keys: secrets.masters.iter().map(ready).collect() })
    }
}

impl MasterKeys {
    pub(crate) fn new(secrets: &Secrets) -> Self {
        Self(Arc::new(RwLock::new(Ready::new(secrets))))
    }

    /// What was made durable is used from here on.
    pub(crate) fn replace(&self, secrets: &Secrets) {
        let ready = Ready::new(secrets);
        *self.0.write() = ready;
    }

    fn ready(&self) -> Arc<Ready> {
        Arc::clone(&self.0.read())
    }

    /// Seals a data key so that it opens only in the same place, under the current master key; and that key's id, which has
    /// to be kept with it. Places are like file names: bucket, key, version and the like, each a part of its own.
    #[must_use]
    pub fn seal(&self, rng: &dyn Rng, place: &[&[u8]], key: &SecretKey) -> (u32, Vec<u8>) {
        let ready = self.ready();
        let master = ready.keys.get(&ready.current).expect("the current key is one of them");
        let mut sealed = vec![0; SALT_BYTES];
        rng.fill(&mut sealed);
        let body = master.sealing(&sealed).seal(rng, place, key.expose());
        sealed.extend_from_slice(&body);
        (ready.current, sealed)
    }

    /// The data key that was sealed; `None` when it was sealed elsewhere or changed, or there is no such master key.
    #[must_use]
    pub fn open(&self, master_id: u32, place: &[&[u8]], sealed: &[u8]) -> Option<SecretKey> {
        let (salt, body) = sealed.split_at_checked(SALT_BYTES)?;
        self.ready().keys.get(&master_id)?.sealing(salt).open_key(place, body)
    }

    /// The id of the key that new data keys are sealed under.
    #[must_use]
    pub fn current_id(&self) -> u32 {
        self.ready().current
    }

    /// All of them, the oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<MasterKeyFacts> {
        let ready = self.ready();
        let facts = |(&id, master): (&u32, &Master)| MasterKeyFacts {
            id,
            created: master.created,
            current: id == ready.current,
        };
        ready.keys.iter().map(facts).collect()
    }
}

impl std::fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MasterKeys").field("current", &self.current_id()).finish_non_exhaustive()
    }
}
