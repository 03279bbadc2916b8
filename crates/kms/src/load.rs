//! From records to everything, and from what changed to records.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use larder_env::Rng;
use larder_store::{Commit, Entry, MetaStore, StoreError, Table};

use crate::model::{Alias, Grant, Key, KeyMeta, Material};
use crate::record::place::{self, GENERATION, PARTITION, tag};
use crate::record::{
    AliasRecord, AppliedQuotaRecord, GrantRecord, KeyRecord, MaterialRecord, QuotaRequestRecord, Record, corrupt,
};
use crate::sealing::Sealing;
use crate::state::{Place, RegionKeys, State};
use larder_store::record::{GenerationRecord, snapshot};

/// The generation that is stored.
pub(crate) async fn generation(meta: &dyn MetaStore) -> Result<u64, StoreError> {
    GenerationRecord::read(meta, PARTITION, &GENERATION).await
}

/// Everything that is stored, as of one generation.
pub(crate) async fn state(meta: &dyn MetaStore, sealing: &Sealing) -> Result<State, StoreError> {
    let (number, entries) = snapshot(meta, PARTITION, &GENERATION).await?;
    read(number, &entries, sealing)
}

/// A key while its records are read.
struct Parts {
    meta: Arc<KeyMeta>,
    materials: Vec<Arc<Material>>,
    grants: BTreeMap<Arc<str>, Arc<Grant>>,
    aliases: BTreeMap<Arc<str>, Arc<Alias>>,
}

type KeysRead = BTreeMap<(Place, String), Parts>;

pub(crate) fn read(number: u64, entries: &[Entry], sealing: &Sealing) -> Result<State, StoreError> {
    let mut state = State { generation: number, ..State::default() };
    let mut keys = KeysRead::new();
    let mut records = Vec::with_capacity(entries.len());
    for (key, value) in entries.iter().filter(|(key, _)| *key != GENERATION) {
        let found = place::read(key);
        records
            .push((found.ok_or_else(|| corrupt("a key of the store that is none of this version".to_owned()))?, value));
    }
    for ((_, place, id), value) in records.iter().filter(|((found, ..), _)| *found == tag::KEY) {
        let meta = Arc::new(KeyRecord::from_stored(value)?.into_meta(id, place.clone())?);
        let parts = Parts { meta, materials: Vec::new(), grants: BTreeMap::new(), aliases: BTreeMap::new() };
        keys.insert((place.clone(), (*id).to_owned()), parts);
    }
    for ((found, place, id), value) in &records {
        add(&mut state, &mut keys, *found, place, id, value, sealing)?;
    }
    for (_, mut parts) in keys {
        parts.materials.sort_by_key(|material| material.number);
        state.put(Key {
            meta: parts.meta,
            materials: parts.materials.into(),
            grants: Arc::new(parts.grants),
            aliases: Arc::new(parts.aliases),
        });
    }
    Ok(state)
}

fn add(
    state: &mut State,
    keys: &mut KeysRead,
    found: u8,
    place: &Place,
    id: &str,
    value: &Bytes,
    sealing: &Sealing,
) -> Result<(), StoreError> {
    let orphan = || corrupt(format!("a record of no key: {id} in {place:?}"));
    let (key_id, part) = id.split_once('/').unwrap_or((id, ""));
    match found {
        tag::KEY => {}
        tag::MATERIAL => {
            let parts = keys.get_mut(&(place.clone(), key_id.to_owned())).ok_or_else(orphan)?;
            let material = MaterialRecord::from_stored(value)?.into_material(part, &parts.meta, sealing)?;
            parts.materials.push(Arc::new(material));
        }
        tag::GRANT => {
            let parts = keys.get_mut(&(place.clone(), key_id.to_owned())).ok_or_else(orphan)?;
            let grant = Arc::new(GrantRecord::from_stored(value)?.into_grant(part));
            parts.grants.insert(Arc::clone(&grant.id), grant);
        }
        tag::ALIAS => {
            let record = AliasRecord::from_stored(value)?;
            let parts = keys.get_mut(&(place.clone(), record.target.as_ref().to_owned())).ok_or_else(orphan)?;
            parts.aliases.insert(id.into(), Arc::new(record.into_alias()));
        }
        tag::QUOTA_REQUEST => {
            let request = QuotaRequestRecord::from_stored(value)?.into_request(id, place.clone());
            Arc::make_mut(&mut state.quota_requests).insert(id.into(), Arc::new(request));
        }
        tag::APPLIED_QUOTA => {
            let record = AppliedQuotaRecord::from_stored(value)?;
            let key = (place.0, place.1.clone(), id.into());
            Arc::make_mut(&mut state.applied_quotas).insert(key, record.value);
        }
        unknown => return Err(corrupt(format!("a record of unknown kind {unknown} among the keys"))),
    }
    Ok(())
}

/// The commit that takes everything from one state to another, good only while the generation is that of `before`; `None` when
/// nothing stored differs.
pub(crate) fn commit_of(before: &State, after: &State, sealing: &Sealing, rng: &dyn Rng) -> Option<Commit> {
    let mut commit = Commit::new();
    if !Arc::ptr_eq(&before.places, &after.places) {
        let places: BTreeSet<&Place> = before.places.keys().chain(after.places.keys()).collect();
        let none = Arc::default();
        for place in places {
            let (old, new) = (before.places.get(place).unwrap_or(&none), after.places.get(place).unwrap_or(&none));
            if !Arc::ptr_eq(old, new) {
                differ(old, new, place, sealing, rng, &mut commit);
            }
        }
    }
    if !Arc::ptr_eq(&before.quota_requests, &after.quota_requests) {
        for (id, request) in after.quota_requests.iter() {
            if before.quota_requests.get(id).is_none_or(|known| !Arc::ptr_eq(known, request)) {
                let key = place::key(tag::QUOTA_REQUEST, request.account, &request.region, id);
                commit.put(Table::Records, key, QuotaRequestRecord::of(request).to_stored());
            }
        }
    }
    if !Arc::ptr_eq(&before.applied_quotas, &after.applied_quotas) {
        for (at, value) in
            after.applied_quotas.iter().filter(|(at, value)| before.applied_quotas.get(at) != Some(value))
        {
            let key = place::key(tag::APPLIED_QUOTA, at.0, &at.1, &at.2);
            commit.put(Table::Records, key, AppliedQuotaRecord { value: *value }.to_stored());
        }
    }
    if commit.mutations.is_empty() {
        return None;
    }
    let stored = |number| GenerationRecord { number }.to_stored();
    commit.require(GENERATION, (before.generation > 0).then(|| stored(before.generation)));
    commit.put(Table::Records, GENERATION, stored(before.generation + 1));
    Some(commit)
}

fn differ(old: &RegionKeys, new: &RegionKeys, place: &Place, sealing: &Sealing, rng: &dyn Rng, commit: &mut Commit) {
    let (account, region) = (place.0, &place.1);
    let mut aliases = Aliases::default();
    let same = |id: &Arc<str>, key: &Arc<Key>| old.keys.get(id).is_some_and(|before| Arc::ptr_eq(before, key));
    let changed = new.keys.iter().filter(|(id, key)| !same(id, key)).map(|(id, _)| id);
    let removed = old.keys.keys().filter(|id| !new.keys.contains_key(*id));
    for id in changed.chain(removed) {
        let (before, after) = (old.keys.get(id), new.keys.get(id));
        let key = place::key(tag::KEY, account, region, id);
        match (before, after) {
            (Some(before), Some(after)) if Arc::ptr_eq(&before.meta, &after.meta) => {}
            (_, Some(after)) => drop(commit.put(Table::Records, key, KeyRecord::of(&after.meta).to_stored())),
            (_, None) => drop(commit.delete(Table::Records, key)),
        }
        let part = |tag, part: &str| place::key_of_part(tag, account, region, id, part);
        let materials = |key: Option<&Arc<Key>>| -> BTreeMap<Arc<str>, Arc<Material>> {
            let all = key.into_iter().flat_map(|key| key.materials.iter());
            all.map(|material| (Arc::clone(&material.id), Arc::clone(material))).collect()
        };
        each(&materials(before), &materials(after), |material_id, change| {
            let key = part(tag::MATERIAL, material_id);
            match (change, after) {
                (Some(material), Some(after)) => {
                    let record = MaterialRecord::of(material, &after.meta, sealing, rng);
                    commit.put(Table::Records, key, record.to_stored());
                }
                _ => drop(commit.delete(Table::Records, key)),
            }
        });
        let none = Arc::default();
        let grants = |key: Option<&Arc<Key>>| key.map_or_else(|| Arc::clone(&none), |key| Arc::clone(&key.grants));
        each(&grants(before), &grants(after), |grant_id, change| {
            let key = part(tag::GRANT, grant_id);
            match change {
                Some(grant) => drop(commit.put(Table::Records, key, GrantRecord::of(grant).to_stored())),
                None => drop(commit.delete(Table::Records, key)),
            }
        });
        aliases.note(id, before, after);
    }
    aliases.write(place, commit);
}

/// Aliases of the keys that changed. They are compared together, as one may have gone from one key to another.
#[derive(Default)]
struct Aliases {
    old: BTreeSet<Arc<str>>,
    new: BTreeMap<Arc<str>, (Arc<str>, Arc<Alias>)>,
    same: BTreeSet<Arc<str>>,
}

impl Aliases {
    fn note(&mut self, id: &Arc<str>, before: Option<&Arc<Key>>, after: Option<&Arc<Key>>) {
        for name in before.into_iter().flat_map(|key| key.aliases.keys()) {
            self.old.insert(Arc::clone(name));
        }
        for (name, alias) in after.into_iter().flat_map(|key| key.aliases.iter()) {
            let known = before.and_then(|key| key.aliases.get(name));
            if known.is_some_and(|known| known == alias) {
                self.same.insert(Arc::clone(name));
            } else {
                self.new.insert(Arc::clone(name), (Arc::clone(id), Arc::clone(alias)));
            }
        }
    }

    fn write(self, place: &Place, commit: &mut Commit) {
        let key = |name: &str| place::key(tag::ALIAS, place.0, &place.1, name);
        for name in self.old.iter().filter(|name| !self.new.contains_key(*name) && !self.same.contains(*name)) {
            commit.delete(Table::Records, key(name));
        }
        for (name, (target, alias)) in &self.new {
            commit.put(Table::Records, key(name), AliasRecord::of(target, alias).to_stored());
        }
    }
}

/// What differs between two maps: the new value, or none for what is gone.
fn each<T>(
    old: &BTreeMap<Arc<str>, Arc<T>>,
    new: &BTreeMap<Arc<str>, Arc<T>>,
    mut change: impl FnMut(&str, Option<&T>),
) {
    for id in old.keys().filter(|id| !new.contains_key(*id)) {
        change(id, None);
    }
    for (id, value) in new {
        if old.get(id).is_none_or(|known| !Arc::ptr_eq(known, value)) {
            change(id, Some(value));
        }
    }
}
