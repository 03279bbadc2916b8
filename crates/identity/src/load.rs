//! From records to accounts, and from changed accounts to changed records.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use larder_crypto::SecretKey;
use larder_env::Rng;
use larder_store::{Commit, Entry, MetaStore, Scan, StoreError, Table};
use larder_types::AccountId;

use crate::directory::Directory;
use crate::identity::Operator;
use crate::model::{AccessKey, Account, Entities, Group, LastUsed, ManagedPolicy, MfaDevice, OidcProvider, Role, User};
use crate::record::place::{self, ACCOUNT, GENERATION, PARTITION};
use crate::record::{AccountRecord, Record, Stored, Vault, corrupt};
use crate::seal::Sealer;
use crate::state::AccountState;
use larder_store::record::{GenerationRecord, snapshot};

/// The generation that is stored.
pub(crate) async fn generation(meta: &dyn MetaStore) -> Result<u64, StoreError> {
    GenerationRecord::read(meta, PARTITION, &GENERATION).await
}

/// Whether there are records that only the right secret opens.
///
/// # Errors
/// When the store cannot be read.
pub async fn is_anything_sealed(meta: &dyn MetaStore) -> Result<bool, StoreError> {
    Ok(first_of(meta, AccessKey::TAG).await?.is_some() || first_of(meta, MfaDevice::TAG).await?.is_some())
}

/// Whether `secret` opens what is sealed, of which one record of each kind is tried. True when nothing is.
///
/// # Errors
/// When the store cannot be read.
pub async fn opens_under(meta: &dyn MetaStore, secret: &SecretKey) -> Result<bool, StoreError> {
    let sealer = Sealer::new(secret);
    // Nothing is sealed here, so nothing random is asked for.
    let rng = larder_env::SeededRng::new(0);
    for tag in [AccessKey::TAG, MfaDevice::TAG] {
        let Some((key, stored)) = first_of(meta, tag).await? else { continue };
        let Some((_, account, id)) = place::read(&key) else { return Ok(false) };
        let vault = Vault { sealer: &sealer, rng: &rng, account };
        let opens = match tag {
            AccessKey::TAG => AccessKey::decode(&stored, &vault, id).is_ok(),
            _ => MfaDevice::decode(&stored, &vault, id).is_ok(),
        };
        if !opens {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn first_of(meta: &dyn MetaStore, tag: u8) -> Result<Option<Entry>, StoreError> {
    let (start, end) = (Bytes::copy_from_slice(&[tag]), Bytes::copy_from_slice(&[tag + 1]));
    let scan = Scan { start: Bound::Included(start), end: Bound::Excluded(end), reverse: false, limit: 1 };
    Ok(meta.scan(PARTITION, scan).await?.pop())
}

/// Everything that is stored, as of one generation.
pub(crate) async fn directory(
    meta: &dyn MetaStore,
    sealer: &Sealer,
    rng: &dyn Rng,
    operator: &Operator,
) -> Result<Directory, StoreError> {
    let (number, entries) = snapshot(meta, PARTITION, &GENERATION).await?;
    Ok(Directory::new(number, accounts(&entries, sealer, rng, operator)?))
}

fn accounts(
    entries: &[Entry],
    sealer: &Sealer,
    rng: &dyn Rng,
    operator: &Operator,
) -> Result<Vec<AccountState>, StoreError> {
    let mut states: BTreeMap<AccountId, AccountState> = BTreeMap::new();
    let records: Vec<_> = entries.iter().filter(|(key, _)| *key != GENERATION).collect();
    let read = |key: &'_ Bytes| -> Result<(u8, AccountId, String), StoreError> {
        let found = place::read(key).map(|(tag, account, id)| (tag, account, id.to_owned()));
        found.ok_or_else(|| corrupt("a key among the accounts that is none of this version".to_owned()))
    };
    for (key, value) in &records {
        let (tag, id, _) = read(key)?;
        if tag == ACCOUNT {
            let mut account = AccountRecord::from_stored(value)?.into_account();
            if id == operator.owner.account {
                account = Account { owner: operator.owner.clone(), operator: true, ..account };
            }
            if account.owner.account != id {
                return Err(corrupt(format!("the record of account {id} is that of another")));
            }
            states.insert(id, AccountState::new(account));
        }
    }
    for (key, value) in &records {
        let (tag, account, id) = read(key)?;
        if tag == ACCOUNT {
            continue;
        }
        let state = states.get_mut(&account).ok_or_else(|| corrupt(format!("a record of no account: {account}")))?;
        let vault = Vault { sealer, rng, account };
        add(state, tag, &id, value, &vault)?;
    }
    if let Some(state) = states.get_mut(&operator.owner.account) {
        operator.join(state);
    }
    Ok(states.into_values().collect())
}

fn add(state: &mut AccountState, tag: u8, id: &str, stored: &[u8], vault: &Vault<'_>) -> Result<(), StoreError> {
    match tag {
        User::TAG => put(&mut state.users, id, stored, vault),
        Group::TAG => put(&mut state.groups, id, stored, vault),
        Role::TAG => put(&mut state.roles, id, stored, vault),
        ManagedPolicy::TAG => put(&mut state.policies, id, stored, vault),
        AccessKey::TAG => put(&mut state.access_keys, id, stored, vault),
        MfaDevice::TAG => put(&mut state.mfa_devices, id, stored, vault),
        OidcProvider::TAG => put(&mut state.oidc_providers, id, stored, vault),
        LastUsed::TAG => put(&mut state.last_used, id, stored, vault),
        tag => Err(corrupt(format!("a record of unknown kind {tag} in account {}", vault.account))),
    }
}

fn put<T: Stored>(into: &mut Entities<T>, id: &str, stored: &[u8], vault: &Vault<'_>) -> Result<(), StoreError> {
    let entity = T::decode(stored, vault, id)?;
    let key = entity.key(id);
    if entity.record_id(&key) != id || into.get(&key).is_some() {
        return Err(corrupt(format!("two records of the same name, or one in the wrong place: {id}")));
    }
    into.insert(key, Arc::new(entity));
    Ok(())
}

/// The commit that takes an account from one state to another, good only while the generation is `generation`; `None` when
/// nothing stored differs.
pub(crate) fn commit_of(
    generation: u64,
    old: Option<&AccountState>,
    new: Option<&AccountState>,
    vault: &Vault<'_>,
) -> Option<Commit> {
    let mut commit = Commit::new();
    let key = place::key(ACCOUNT, vault.account, "");
    match (old, new) {
        (Some(old), Some(new)) if Arc::ptr_eq(old.account(), new.account()) => {}
        (_, Some(new)) => drop(commit.put(Table::Records, key, AccountRecord::of(new.account()).to_stored())),
        (Some(_), None) => drop(commit.delete(Table::Records, key)),
        (None, None) => {}
    }
    macro_rules! differences {
        ($($field:ident),*) => {
            $(differ(old.map(|it| &it.$field), new.map(|it| &it.$field), vault, &mut commit);)*
        };
    }
    differences!(users, groups, roles, policies, access_keys, mfa_devices, oidc_providers, last_used);
    if commit.mutations.is_empty() {
        return None;
    }
    let stored = |number| GenerationRecord { number }.to_stored();
    commit.require(GENERATION, (generation > 0).then(|| stored(generation)));
    commit.put(Table::Records, GENERATION, stored(generation + 1));
    Some(commit)
}

fn differ<T: Stored>(old: Option<&Entities<T>>, new: Option<&Entities<T>>, vault: &Vault<'_>, commit: &mut Commit) {
    if let (Some(old), Some(new)) = (old, new)
        && old.is_same(new)
    {
        return;
    }
    // By record and not by name: what was renamed keeps its record.
    let by_record = |entities: Option<&Entities<T>>| -> BTreeMap<String, Arc<T>> {
        let stored = entities.into_iter().flat_map(Entities::iter).filter(|(_, entity)| entity.is_stored());
        stored.map(|(key, entity)| (entity.record_id(key).to_owned(), Arc::clone(entity))).collect()
    };
    let (old, new) = (by_record(old), by_record(new));
    for id in old.keys().filter(|id| !new.contains_key(*id)) {
        commit.delete(Table::Records, place::key(T::TAG, vault.account, id));
    }
    for (id, entity) in &new {
        if old.get(id).is_none_or(|before| !Arc::ptr_eq(before, entity)) {
            commit.put(Table::Records, place::key(T::TAG, vault.account, id), entity.encode(vault, id));
        }
    }
}
