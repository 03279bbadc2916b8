//! ListKeys, and how all lists come in pages.
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html>

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use larder_types::{AccountId, Region};

use crate::{Key, Kms};

/// Which part of a list.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// At most this many, at least one.
    pub limit: usize,
    /// What the last page gave as [`Listed::next`].
    pub marker: Option<&'a str>,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<T> {
    /// What is in it.
    pub items: Vec<T>,
    /// Where the next part begins; `None` at the end. Printable ASCII.
    pub next: Option<String>,
}

impl<T> Listed<T> {
    /// The page of `entries`, which are in order of their keys. The marker is the last key that was shown, so that nothing is
    /// lost or comes twice when something is added or removed between pages.
    pub(crate) fn page<K: Clone + Into<String>>(entries: impl Iterator<Item = (K, T)>, page: Page<'_>) -> Self {
        let mut entries = entries.peekable();
        let mut items = Vec::new();
        let mut last = None;
        while items.len() < page.limit.max(1) {
            let Some((key, item)) = entries.next() else { return Self { items, next: None } };
            items.push(item);
            last = Some(key);
        }
        let next = entries.peek().and(last).map(Into::into);
        Self { items, next }
    }
}

/// The entries of a map behind a marker.
pub(crate) fn behind<'a, V>(
    map: &'a BTreeMap<Arc<str>, V>,
    marker: Option<&str>,
) -> impl Iterator<Item = (&'a Arc<str>, &'a V)> {
    let start = marker.map_or(Bound::Unbounded, Bound::Excluded);
    map.range::<str, _>((start, Bound::Unbounded))
}

impl Kms {
    /// The keys of an account in a region, in order of their ids.
    #[must_use]
    pub fn list_keys(&self, account: AccountId, region: &Region, page: Page<'_>) -> Listed<Arc<Key>> {
        let (state, now) = (self.state(), self.now());
        let Some(keys) = state.region(account, region) else { return Listed { items: Vec::new(), next: None } };
        let there = behind(&keys.keys, page.marker).filter(|(_, key)| !key.meta.is_gone(now));
        Listed::page(there.map(|(id, key)| (&**id, Arc::clone(key))), page)
    }
}
