//! Everything as of one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use larder_types::{AccountId, Region, Timestamp};

use crate::model::{Key, QuotaRequest};
use crate::{KeyManager, KmsError};

/// An account in a region.
pub(crate) type Place = (AccountId, Region);

/// A quota, by its code, of an account in a region.
pub(crate) type QuotaAt = (AccountId, Region, Arc<str>);

/// Everything as of one moment. A copy shares everything with the original until one of them is changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct State {
    pub(crate) generation: u64,
    pub(crate) places: Arc<BTreeMap<Place, Arc<RegionKeys>>>,
    /// By id.
    pub(crate) quota_requests: Arc<BTreeMap<Arc<str>, Arc<QuotaRequest>>>,
    /// What quotas were raised to, by code.
    pub(crate) applied_quotas: Arc<BTreeMap<QuotaAt, f64>>,
}

/// The keys of an account in a region.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RegionKeys {
    /// By id.
    pub(crate) keys: BTreeMap<Arc<str>, Arc<Key>>,
    /// Names of aliases, each with its `alias/`, and the ids of their keys.
    pub(crate) aliases: BTreeMap<Arc<str>, Arc<str>>,
}

impl State {
    pub(crate) fn region(&self, account: AccountId, region: &Region) -> Option<&Arc<RegionKeys>> {
        self.places.get(&(account, region.clone()))
    }

    /// A key by its id.
    pub(crate) fn key(&self, account: AccountId, region: &Region, id: &str) -> Option<&Arc<Key>> {
        self.region(account, region)?.keys.get(id)
    }

    /// The key that `key` has become.
    pub(crate) fn live(&self, key: &Key, now: Timestamp) -> Result<Arc<Key>, KmsError> {
        let found = self.key(key.account(), key.region(), key.id()).filter(|key| !key.meta.is_gone(now));
        found.cloned().ok_or_else(|| no_such_key(key.arn()))
    }

    /// All keys of the same id: the primary of a multi-Region key and its replicas, or the key alone.
    pub(crate) fn related(&self, account: AccountId, id: &str) -> Vec<Arc<Key>> {
        let places = self.places.iter().skip_while(|((of, _), _)| *of < account);
        let own = places.take_while(|((of, _), _)| *of == account);
        own.filter_map(|(_, keys)| keys.keys.get(id)).cloned().collect()
    }

    /// The key of an alias.
    pub(crate) fn by_alias(&self, account: AccountId, region: &Region, name: &str) -> Option<&Arc<Key>> {
        let keys = self.region(account, region)?;
        keys.keys.get(keys.aliases.get(name)?)
    }

    /// Customer managed keys of an account in a region, those that wait for their deletion included.
    pub(crate) fn customer_keys(&self, account: AccountId, region: &Region) -> usize {
        let keys = self.region(account, region).map(|keys| keys.keys.values());
        keys.into_iter().flatten().filter(|key| key.manager() == KeyManager::Customer).count()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Arc<Key>> {
        self.places.values().flat_map(|keys| keys.keys.values())
    }

    /// Puts a key in the place of what it was before, with its aliases.
    pub(crate) fn put(&mut self, key: Key) {
        let place = (key.account(), key.region().clone());
        let keys = Arc::make_mut(Arc::make_mut(&mut self.places).entry(place).or_default());
        let id = Arc::clone(key.id());
        if let Some(before) = keys.keys.get(&id) {
            for name in before.aliases.keys().filter(|name| !key.aliases.contains_key(*name)) {
                // An alias may have moved to another key already.
                if keys.aliases.get(name).is_some_and(|holder| *holder == id) {
                    keys.aliases.remove(name);
                }
            }
        }
        for name in key.aliases.keys() {
            keys.aliases.insert(Arc::clone(name), Arc::clone(&id));
        }
        keys.keys.insert(id, Arc::new(key));
    }

    /// Removes a key with its grants and aliases.
    pub(crate) fn remove(&mut self, key: &Key) {
        let place = (key.account(), key.region().clone());
        let places = Arc::make_mut(&mut self.places);
        let Some(keys) = places.get_mut(&place) else { return };
        let keys = Arc::make_mut(keys);
        keys.keys.remove(key.id());
        keys.aliases.retain(|_, id| id != key.id());
        if keys.keys.is_empty() {
            places.remove(&place);
        }
    }
}

pub(crate) fn no_such_key(arn: &str) -> KmsError {
    KmsError::not_found(format!("Key '{arn}' does not exist"))
}
