//! Bucket keys: keys between a KMS key and the data keys of a bucket's objects, kept for a while so that the KMS is not
//! asked for every object. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html>
//!
//! Whether a requester may use the KMS key, and whether the key is usable, is asked for each object all the same: only the
//! call that makes or decrypts the bucket key is saved.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use larder_crypto::SecretKey;
use parking_lot::Mutex;

/// For how long a bucket key is used.
const LIFETIME: Duration = Duration::from_secs(300);

/// Bucket keys kept for writing, and as many for reading.
const KEPT: usize = 4_096;

/// A bucket key and what the KMS made of it.
#[derive(Clone)]
pub(crate) struct BucketKey {
    pub(crate) key: SecretKey,
    pub(crate) ciphertext: Arc<[u8]>,
}

/// Which bucket key new objects take.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Owner {
    pub(crate) bucket_id: u64,
    pub(crate) kms_key: Arc<str>,
}

/// A bucket key as the KMS gave it out.
#[derive(PartialEq, Eq, Hash)]
struct Sealed {
    kms_key: Arc<str>,
    ciphertext: Arc<[u8]>,
}

/// Bucket keys in use.
#[derive(Default)]
pub(crate) struct BucketKeys {
    current: Mutex<Kept<Owner, BucketKey>>,
    opened: Mutex<Kept<Sealed, SecretKey>>,
}

struct Kept<K, V>(HashMap<K, (Duration, V)>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: std::hash::Hash + Eq, V: Clone> Kept<K, V> {
    /// Room for one more; those whose time is over go first, and when there are none all do.
    fn put(&mut self, now: Duration, key: K, value: V) {
        if self.0.len() >= KEPT {
            self.0.retain(|_, (until, _)| *until > now);
        }
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        self.0.insert(key, (now + LIFETIME, value));
    }
}

impl BucketKeys {
    /// The bucket key for new objects; `make` asks the KMS for one.
    pub(crate) fn current<E>(
        &self,
        now: Duration,
        owner: &Owner,
        make: impl FnOnce() -> Result<BucketKey, E>,
    ) -> Result<BucketKey, E> {
        // Held while one is made, so that many requests at once make one.
        let mut kept = self.current.lock();
        match kept.0.get(owner) {
            Some((until, key)) if *until > now => Ok(key.clone()),
            _ => {
                let made = make()?;
                kept.put(now, owner.clone(), made.clone());
                Ok(made)
            }
        }
    }

    /// The bucket key that a ciphertext under a KMS key is of; `open` has the KMS decrypt it.
    pub(crate) fn opened<E>(
        &self,
        now: Duration,
        kms_key: &Arc<str>,
        ciphertext: &[u8],
        open: impl FnOnce() -> Result<SecretKey, E>,
    ) -> Result<SecretKey, E> {
        let mut kept = self.opened.lock();
        let named = Sealed { kms_key: Arc::clone(kms_key), ciphertext: ciphertext.into() };
        match kept.0.get(&named) {
            Some((until, key)) if *until > now => Ok(key.clone()),
            _ => {
                let key = open()?;
                kept.put(now, named, key.clone());
                Ok(key)
            }
        }
    }
}
