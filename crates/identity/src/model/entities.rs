//! A map that is cheap to copy and to compare.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Entities by name, in order. A copy shares everything with the original until one of them is changed.
#[derive(Debug)]
pub(crate) struct Entities<T>(Arc<BTreeMap<Arc<str>, Arc<T>>>);

impl<T> Clone for Entities<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Entities<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T: PartialEq> PartialEq for Entities<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Entities<T> {
    /// The entity under `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&Arc<T>> {
        self.0.get(key)
    }

    /// All of them, in order of their keys.
    pub(crate) fn values(&self) -> impl Iterator<Item = &Arc<T>> {
        self.0.values()
    }

    /// All keys and entities, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<T>)> {
        self.0.iter()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn insert(&mut self, key: Arc<str>, entity: Arc<T>) {
        Arc::make_mut(&mut self.0).insert(key, entity);
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Arc<T>> {
        Arc::make_mut(&mut self.0).remove(key)
    }

    /// Whether both are the same map, so that nothing in them can differ.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
