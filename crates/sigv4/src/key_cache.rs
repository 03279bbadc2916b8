//! Caches of derived keys. The caller owns them; nothing here is global.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, PoisonError, RwLock};

use zeroize::Zeroizing;

use crate::signing_key::{SigningKey, constant_time_eq};
use crate::v4a::V4aVerifyingKey;

const SHARDS: usize = 16;

/// One derived value and all that it was derived from. The secret is part of it, so that a key whose secret was
/// rotated can never hit.
struct Entry<V> {
    access_key_id: Box<str>,
    secret: Zeroizing<Vec<u8>>,
    scope: [Box<str>; 3],
    value: Arc<V>,
}

impl<V> Entry<V> {
    fn is_for(&self, access_key_id: &str, secret: &str, scope: [&str; 3]) -> bool {
        *self.access_key_id == *access_key_id
            && self.scope.iter().zip(scope).all(|(ours, theirs)| **ours == *theirs)
            && constant_time_eq(&self.secret, secret.as_bytes())
    }
}

/// A bounded map from (access key id, secret, scope) to a derived value. Entries are found by a hash keyed at random,
/// so that a hit allocates nothing; two keys with one hash evict each other.
struct DerivedCache<V> {
    hasher: RandomState,
    shards: [RwLock<HashMap<u64, Entry<V>>>; SHARDS],
    per_shard: usize,
}

impl<V> DerivedCache<V> {
    fn new(capacity: usize) -> Self {
        Self {
            hasher: RandomState::new(),
            shards: std::array::from_fn(|_| RwLock::new(HashMap::new())),
            per_shard: capacity.div_ceil(SHARDS).max(1),
        }
    }

    fn get_or<E>(
        &self,
        access_key_id: &str,
        secret: &str,
        scope: [&str; 3],
        derive: impl FnOnce() -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        let hash = self.hasher.hash_one((access_key_id, scope));
        let shard = &self.shards[hash as usize % SHARDS];
        if let Some(entry) = shard.read().unwrap_or_else(PoisonError::into_inner).get(&hash)
            && entry.is_for(access_key_id, secret, scope)
        {
            return Ok(Arc::clone(&entry.value));
        }
        let value = Arc::new(derive()?);
        let entry = Entry {
            access_key_id: access_key_id.into(),
            secret: Zeroizing::new(secret.as_bytes().to_vec()),
            scope: scope.map(Into::into),
            value: Arc::clone(&value),
        };
        let mut map = shard.write().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= self.per_shard && !map.contains_key(&hash) {
            evict_one(&mut map);
        }
        map.insert(hash, entry);
        Ok(value)
    }

    fn invalidate(&self, access_key_id: &str) {
        for shard in &self.shards {
            let mut map = shard.write().unwrap_or_else(PoisonError::into_inner);
            map.retain(|_, entry| *entry.access_key_id != *access_key_id);
        }
    }

    fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().unwrap_or_else(PoisonError::into_inner).len()).sum()
    }
}

/// Drops the entry of the oldest day: yesterday's keys are of no use to anyone.
fn evict_one<V>(map: &mut HashMap<u64, Entry<V>>) {
    let oldest = map.iter().min_by(|(_, a), (_, b)| a.scope[0].cmp(&b.scope[0])).map(|(hash, _)| *hash);
    if let Some(hash) = oldest {
        map.remove(&hash);
    }
}

/// A bounded cache of SigV4 signing keys, safe to share between threads.
pub struct SigningKeyCache(DerivedCache<SigningKey>);

impl SigningKeyCache {
    /// A cache of about `capacity` keys (rounded up to a multiple of 16).
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(DerivedCache::new(capacity))
    }

    /// The key for this secret and scope, derived if it is not here. `date` is `yyyyMMdd`.
    pub fn get(&self, access_key_id: &str, secret: &str, date: &str, region: &str, service: &str) -> Arc<SigningKey> {
        let derive = || Ok::<_, std::convert::Infallible>(SigningKey::derive(secret, date, region, service));
        match self.0.get_or(access_key_id, secret, [date, region, service], derive) {
            Ok(key) => key,
            Err(never) => match never {},
        }
    }

    /// Forgets every key of an access key: call it when the key is deleted, deactivated or rotated.
    pub fn invalidate(&self, access_key_id: &str) {
        self.0.invalidate(access_key_id);
    }

    /// How many keys are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no key is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl std::fmt::Debug for SigningKeyCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKeyCache").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// A bounded cache of SigV4A verifying keys; they depend on no date or region.
pub struct V4aKeyCache(DerivedCache<V4aVerifyingKey>);

impl V4aKeyCache {
    /// A cache of about `capacity` keys (rounded up to a multiple of 16).
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(DerivedCache::new(capacity))
    }

    /// The verifying key of an access key, derived if it is not here. `None` as for [`V4aVerifyingKey::derive`].
    pub fn get(&self, access_key_id: &str, secret: &str) -> Option<Arc<V4aVerifyingKey>> {
        let derive = || V4aVerifyingKey::derive(secret, access_key_id).ok_or(());
        self.0.get_or(access_key_id, secret, [""; 3], derive).ok()
    }

    /// Forgets the key of an access key.
    pub fn invalidate(&self, access_key_id: &str) {
        self.0.invalidate(access_key_id);
    }
}

impl std::fmt::Debug for V4aKeyCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("V4aKeyCache").field("len", &self.0.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hit_is_the_same_key_and_a_rotated_secret_is_not() {
        let cache = SigningKeyCache::new(64);
        let get = |secret| cache.get("AKID", secret, "20130524", "us-east-1", "s3");
        let first = get("secret");
        assert!(Arc::ptr_eq(&first, &get("secret")));
        let rotated = get("other");
        assert_ne!(first.sign_parts(&[b"x"]), rotated.sign_parts(&[b"x"]));
        assert!(Arc::ptr_eq(&rotated, &get("other")));
        assert_eq!(cache.len(), 1);
    }

    #[test]
    fn the_cache_is_bounded_and_forgets_the_oldest_day_first() {
        let cache = SigningKeyCache::new(16);
        for day in 10..29 {
            cache.get("AKID", "secret", &format!("201305{day}"), "r", "s3");
            assert!(cache.len() <= 16);
        }
        let mut map = HashMap::new();
        for (hash, day) in [(1, "20130525"), (2, "20130524"), (3, "20130526")] {
            let entry = Entry {
                access_key_id: "A".into(),
                secret: Zeroizing::new(Vec::new()),
                scope: [day.into(), "".into(), "".into()],
                value: Arc::new(()),
            };
            map.insert(hash, entry);
        }
        evict_one(&mut map);
        assert!(!map.contains_key(&2) && map.len() == 2);
    }

    #[test]
    fn invalidation_forgets_only_that_access_key() {
        let cache = SigningKeyCache::new(160);
        for region in ["a", "b", "c"] {
            cache.get("AKID1", "secret", "20130524", region, "s3");
        }
        cache.get("AKID2", "secret", "20130524", "a", "s3");
        cache.invalidate("AKID1");
        assert_eq!(cache.len(), 1);
        let v4a = V4aKeyCache::new(1);
        let key = v4a.get("AKID", "secret").expect("derives");
        assert!(Arc::ptr_eq(&key, &v4a.get("AKID", "secret").expect("derives")));
        v4a.invalidate("AKID");
        assert!(!Arc::ptr_eq(&key, &v4a.get("AKID", "secret").expect("derives")));
    }
}
