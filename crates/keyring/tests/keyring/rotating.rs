//! New master keys and root keys, and being cut off at every step of the way.

use std::fs;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use larder_env::{Rng, SeededRng, random_u64};
use larder_keyring::{Keyring, KeyringError, RootKeySource};
use larder_store::fault::{Fault, FaultPlan, FaultyMetaStore, Operation};
use larder_store::memory::MemoryMetaStore;
use larder_store::{Commit, CommitError, Entry, MetaStore, Partition, Scan, StoreError, Table};
use parking_lot::Mutex;
use proptest::prelude::*;

use crate::world::{Kms, PLACE, World, key};

fn sources() -> [RootKeySource; 2] {
    [RootKeySource::File, RootKeySource::Kms { kms: Arc::new(Kms::default()), key_id: "k".to_owned() }]
}

fn name(source: &RootKeySource) -> &'static str {
    if matches!(source, RootKeySource::File) { "root.key" } else { "root.key.kms" }
}

#[tokio::test]
async fn a_new_master_key_is_for_what_comes_and_old_ones_open() {
    let world = World::new(RootKeySource::File);
    let keyring = world.open().await;
    let handle = keyring.master_keys().clone();
    let (first, sealed) = handle.seal(&*world.rng, PLACE, &key(1));
    world.clock.advance(std::time::Duration::from_secs(60));
    let made = keyring.rotate_master_key().await.expect("rotated");
    assert!(made.id > first && made.current && handle.current_id() == made.id);
    let (second, _) = handle.seal(&*world.rng, PLACE, &key(2));
    assert_eq!(second, made.id);
    assert_eq!(handle.open(first, PLACE, &sealed).expect("opens").expose(), key(1).expose());
    let listed: Vec<_> = handle.list().iter().map(|facts| (facts.id, facts.current)).collect();
    assert_eq!(listed, [(first, false), (second, true)]);
    assert_eq!(handle.list()[1].created.as_millis() - handle.list()[0].created.as_millis(), 60_000);

    assert!(handle.open(99, PLACE, &sealed).is_none());
    let again = world.open().await;
    assert_eq!(again.master_keys().list(), handle.list());
    let third = again.rotate_master_key().await.expect("rotated");
    assert_eq!(third.id, second + 1, "no id is used twice");
    // The first handle is of a keyring that another changed.
    assert!(matches!(keyring.rotate_master_key().await, Err(KeyringError::Contended)));
}

#[tokio::test]
async fn a_master_key_that_is_not_durable_is_not_used() {
    let plan = Arc::new(FaultPlan::new());
    let mut world = World::new(RootKeySource::File);
    world.meta = Arc::new(FaultyMetaStore::new(Arc::new(MemoryMetaStore::new()), Arc::clone(&plan)));
    let keyring = world.open().await;
    let before = keyring.master_keys().list();
    plan.fail(Operation::Commit, 1, Fault::Io);
    assert!(matches!(keyring.rotate_master_key().await, Err(KeyringError::Store(_))));
    assert_eq!(keyring.master_keys().list(), before);
    keyring.rotate_master_key().await.expect("again");
    assert_eq!(keyring.master_keys().list().len(), 2);
}

#[tokio::test]
async fn another_root_key_opens_the_same_keyring() {
    for source in sources() {
        let name = name(&source);
        let world = World::new(source);
        let keyring = world.open().await;
        let (before, old) = (World::secrets(&keyring), world.text(name));
        keyring.rotate_root_key().await.expect("rotated");
        assert_ne!(world.text(name), old);
        assert_eq!(world.files(), [name]);
        // The keyring in memory goes on under the new key.
        keyring.rotate_master_key().await.expect("rotated");
        keyring.rotate_root_key().await.expect("rotated again");
        let again = world.open().await;
        assert_eq!(World::secrets(&again), (before.0, before.1, 2));
        fs::write(world.file(name), old).expect("written");
        assert!(world.try_open().await.is_err(), "the old one opens nothing");
    }
}

/// What is on disk when a rotation is cut off: before the commit, after it, and when the new file was not even whole.
#[tokio::test]
async fn a_rotation_that_is_cut_off_leaves_a_root_key_that_opens() {
    for source in sources() {
        let name = name(&source);
        let next = format!("{name}.next");
        let plan = Arc::new(FaultPlan::new());
        let mut world = World::new(source);
        world.meta = Arc::new(FaultyMetaStore::new(Arc::new(MemoryMetaStore::new()), Arc::clone(&plan)));
        let keyring = world.open().await;
        let (before, old) = (World::secrets(&keyring), world.text(name));

        // Cut off before the commit.
        plan.fail(Operation::Commit, 1, Fault::Io);
        assert!(matches!(keyring.rotate_root_key().await, Err(KeyringError::Store(_))));
        assert_eq!((world.text(name), world.files()), (old.clone(), vec![name.to_owned(), next.clone()]));
        let made = world.text(&next);
        // Again without a restart: the store may yet turn out to hold the first commit, so its key stays.
        plan.fail(Operation::Commit, 1, Fault::Io);
        assert!(keyring.rotate_root_key().await.is_err());
        assert_eq!(world.text(&next), made);
        assert_eq!(World::secrets(&world.open().await), before);
        assert_eq!((world.text(name), world.files()), (old.clone(), vec![name.to_owned()]), "forgotten at the start");

        // Cut off after the commit, before the new key took the first place.
        let keyring = world.open().await;
        keyring.rotate_root_key().await.expect("rotated");
        fs::rename(world.file(name), world.file(&next)).expect("renamed back");
        fs::copy(world.file(&next), world.file(name)).expect("for its mode");
        fs::write(world.file(name), &old).expect("the old one");
        let new = world.text(&next);
        assert_eq!(World::secrets(&world.open().await), before);
        assert_eq!((world.text(name), world.files()), (new, vec![name.to_owned()]), "finished at the start");
    }
}

/// A store whose commits take effect and are then reported as failed, as after a restart of one that could not sync.
struct Uncertain {
    inner: MemoryMetaStore,
    lies: Mutex<bool>,
}

#[async_trait]
impl MetaStore for Uncertain {
    async fn commit(&self, partition: Partition, commit: Commit) -> Result<(), CommitError> {
        self.inner.commit(partition, commit).await?;
        match *self.lies.lock() {
            true => Err(StoreError::ReadOnly { what: "sync".to_owned() }.into()),
            false => Ok(()),
        }
    }

    async fn get(&self, partition: Partition, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.inner.get(partition, table, key).await
    }

    async fn scan(&self, partition: Partition, scan: Scan) -> Result<Vec<Entry>, StoreError> {
        self.inner.scan(partition, scan).await
    }
}

#[tokio::test]
async fn a_commit_that_may_have_been_durable_opens_after_a_restart() {
    for source in sources() {
        let name = name(&source);
        let store = Arc::new(Uncertain { inner: MemoryMetaStore::new(), lies: Mutex::new(false) });
        let mut world = World::new(source);
        world.meta = store.clone();
        let keyring = world.open().await;
        let before = World::secrets(&keyring);
        *store.lies.lock() = true;
        assert!(keyring.rotate_root_key().await.is_err());
        *store.lies.lock() = false;
        assert_eq!(World::secrets(&world.open().await), before);
        assert_eq!(world.files(), [name]);
    }
}

#[tokio::test]
async fn sealing_anew_under_another_root_key_may_be_cut_off() {
    let plan = Arc::new(FaultPlan::new());
    let mut world = World::new(RootKeySource::Setting(key(1)));
    world.meta = Arc::new(FaultyMetaStore::new(Arc::new(MemoryMetaStore::new()), Arc::clone(&plan)));
    let before = World::secrets(&world.open().await);
    world.source = RootKeySource::File;
    world.previous = Some(key(1));
    plan.fail(Operation::Commit, 1, Fault::Full);
    assert!(world.try_open().await.is_err());
    assert_eq!(World::secrets(&world.open().await), before);
    world.previous = None;
    assert_eq!(World::secrets(&world.open().await), before);
}

async fn anything(keyring: &Keyring, rng: &dyn Rng) -> Result<(), KeyringError> {
    match random_u64(rng) % 2 {
        0 => keyring.rotate_master_key().await.map(drop),
        _ => keyring.rotate_root_key().await,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Changes, failures and restarts in any order: what is there after a restart is what was there before.
    #[test]
    fn a_restart_finds_what_was_there(seed: u64) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let rng = SeededRng::new(seed);
            let chance = FaultPlan::seeded(seed, 300, &[Operation::Commit], Fault::Io);
            let inner: Arc<dyn MetaStore> = Arc::new(MemoryMetaStore::new());
            let faulty: Arc<dyn MetaStore> = Arc::new(FaultyMetaStore::new(Arc::clone(&inner), Arc::new(chance)));
            let mut world = World::new(RootKeySource::File);
            world.meta = Arc::clone(&inner);
            let mut keyring = world.open().await;
            for _ in 0..12 {
                world.meta = Arc::clone(&faulty);
                drop(keyring);
                keyring = world.open().await;
                for _ in 0..random_u64(&rng) % 4 {
                    let _ = anything(&keyring, &rng).await;
                }
                let again = world.open().await;
                assert_eq!(World::secrets(&again), World::secrets(&keyring));
                assert_eq!(again.master_keys().list(), keyring.master_keys().list());
            }
        });
    }
}
