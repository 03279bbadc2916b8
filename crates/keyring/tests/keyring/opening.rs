//! The first start, later ones, and data of before there were keyrings.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use larder_keyring::{KeyringError, KeyringMade, RootKeyPlace, RootKeySource, StoredKeyring};
use larder_store::fault::{Fault, FaultPlan, FaultyMetaStore, Operation};
use larder_store::memory::MemoryMetaStore;

use crate::world::{Earlier, PLACE, World, key};

#[tokio::test]
async fn the_first_start_makes_what_later_starts_open() {
    let world = World::new(RootKeySource::File);
    let (first, origin) = world.try_open().await.expect("first start");
    assert_eq!(origin.root_key, RootKeyPlace::File(world.file("root.key")));
    assert!(origin.root_key_made && origin.keyring == KeyringMade::Made);
    let mode = fs::metadata(world.file("root.key")).expect("made").permissions().mode();
    assert_eq!((mode & 0o7777, world.files()), (0o600, vec!["root.key".to_owned()]));
    let (master, sealed) = first.master_keys().seal(&*world.rng, PLACE, &key(9));

    let (second, origin) = world.try_open().await.expect("second start");
    assert!(!origin.root_key_made && origin.keyring == KeyringMade::Opened);
    assert_eq!((second.id(), World::secrets(&second)), (first.id(), World::secrets(&first)));
    let opened = second.master_keys().open(master, PLACE, &sealed).expect("the same master key");
    assert_eq!(opened.expose(), key(9).expose());
    assert!(second.master_keys().open(master, &[b"bucket", b"other"], &sealed).is_none());
    assert!(second.master_keys().open(master + 1, PLACE, &sealed).is_none());
    assert_ne!(first.identity_secret().expose(), first.kms_secret().expose());
}

#[tokio::test]
async fn without_the_root_key_or_with_another_nothing_starts_and_nothing_changes() {
    let world = World::new(RootKeySource::File);
    let before = World::secrets(&world.open().await);
    let kept = world.text("root.key");

    fs::remove_file(world.file("root.key")).expect("there");
    let error = world.try_open().await.expect_err("missing");
    assert!(matches!(&error, KeyringError::RootKeyMissing { path } if *path == world.file("root.key")), "{error}");
    assert!(error.to_string().contains("larder admin keys restore"), "{error}");
    assert!(world.files().is_empty(), "none is made: it would open nothing");

    let other = World::new(RootKeySource::File);
    larder_env::random_u64(&*other.rng);
    other.open().await;
    fs::copy(other.file("root.key"), world.file("root.key")).expect("copied");
    let error = world.try_open().await.expect_err("of another folder");
    assert!(matches!(error, KeyringError::WrongRootKey { .. }), "{error}");

    fs::write(world.file("root.key"), &kept).expect("put back");
    for mode in [0o640, 0o604, 0o620, 0o700] {
        fs::set_permissions(world.file("root.key"), fs::Permissions::from_mode(mode)).expect("ours");
        let error = world.try_open().await.expect_err("too open");
        assert!(matches!(error, KeyringError::File(_)) && error.to_string().contains("chmod 600"), "{error}");
    }
    fs::set_permissions(world.file("root.key"), fs::Permissions::from_mode(0o400)).expect("ours");
    assert_eq!(World::secrets(&world.open().await), before);
}

#[tokio::test]
async fn a_first_start_that_was_cut_off_goes_on() {
    let plan = Arc::new(FaultPlan::new());
    let mut world = World::new(RootKeySource::File);
    world.meta = Arc::new(FaultyMetaStore::new(Arc::new(MemoryMetaStore::new()), Arc::clone(&plan)));
    plan.fail_all(Operation::Commit, Fault::Full);
    assert!(matches!(world.try_open().await, Err(KeyringError::Store(_))));
    let kept = world.text("root.key");
    plan.heal();
    let (_, origin) = world.try_open().await.expect("goes on");
    assert!(!origin.root_key_made && origin.keyring == KeyringMade::Made);
    assert_eq!(world.text("root.key"), kept);
}

#[tokio::test]
async fn data_of_before_there_were_keyrings_stays_open() {
    let mut world = World::new(RootKeySource::Setting(key(1)));
    world.earlier = Some(Earlier(key(1)));
    let (keyring, origin) = world.try_open().await.expect("made");
    assert_eq!(origin.keyring, KeyringMade::MadeForEarlierData);
    assert_eq!(keyring.identity_secret().expose(), key(1).expose(), "what was sealed under the root key opens");
    assert_ne!(keyring.kms_secret().expose(), key(1).expose());
    // The keyring is what counts from here on, also when the root key changes.
    world.source = RootKeySource::Setting(key(2));
    world.previous = Some(key(1));
    let (again, origin) = world.try_open().await.expect("sealed anew");
    assert_eq!(origin.keyring, KeyringMade::Resealed);
    assert_eq!(again.identity_secret().expose(), key(1).expose());
}

#[tokio::test]
async fn earlier_data_gets_no_keyring_under_a_wrong_root_key() {
    let mut world = World::new(RootKeySource::Setting(key(2)));
    world.earlier = Some(Earlier(key(1)));
    assert!(matches!(world.try_open().await, Err(KeyringError::WrongRootKey { .. })));
    world.source = RootKeySource::File;
    assert!(matches!(world.try_open().await, Err(KeyringError::RootKeyMissing { .. })));
    assert!(world.files().is_empty());
    assert_eq!(StoredKeyring::read(&*world.meta).await.expect("read"), None);
    // The one before may be named, and another used from here on.
    world.previous = Some(key(1));
    let (keyring, origin) = world.try_open().await.expect("made");
    assert!(origin.root_key_made && origin.keyring == KeyringMade::MadeForEarlierData);
    assert_eq!(keyring.identity_secret().expose(), key(1).expose());
    assert_eq!(world.files(), ["root.key"]);
}

#[tokio::test]
async fn a_damaged_record_is_an_error() {
    use larder_store::{Commit, Partition, Table};
    let world = World::new(RootKeySource::File);
    world.open().await;
    let partition = Partition { group: 3, shard: 0 };
    let stored = world.meta.get(partition, Table::Records, b"K").await.expect("read").expect("there");
    for bytes in [vec![], vec![9, 1, 2], stored[..stored.len() - 1].to_vec()] {
        let mut commit = Commit::new();
        commit.put(Table::Records, &b"K"[..], bytes);
        world.meta.commit(partition, commit).await.expect("written");
        let error = world.try_open().await.expect_err("damaged");
        assert!(matches!(error, KeyringError::Store(_)), "{error}");
    }
}
