//! Settings, credentials and KMS as the source of the root key, and going from one to another.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use larder_crypto::SecretKey;
use larder_keyring::{
    CREDENTIAL_NAME, KeyringError, KeyringMade, RootKeyPlace, RootKeySource, StoredKeyring, find_root_key,
    read_credential, restore_root_key,
};

use crate::world::{Kms, World, key};

fn kms_source(kms: &Arc<Kms>, key_id: &str) -> RootKeySource {
    RootKeySource::Kms { kms: kms.clone(), key_id: key_id.to_owned() }
}

async fn found(world: &World) -> SecretKey {
    let stored = StoredKeyring::read(&*world.meta).await.expect("read").expect("there");
    find_root_key(world.folder.path(), &world.source, &stored).await.expect("the one that opens it")
}

#[tokio::test]
async fn a_root_key_of_the_settings_leaves_no_file() {
    let mut world = World::new(RootKeySource::Setting(key(1)));
    let before = World::secrets(&world.open().await);
    assert_eq!(World::secrets(&world.open().await), before);
    world.source = RootKeySource::Setting(key(2));
    let error = world.try_open().await.expect_err("another");
    assert!(matches!(error, KeyringError::WrongRootKey { place: RootKeyPlace::Setting }), "{error}");
    assert!(world.files().is_empty());
    world.previous = Some(key(1));
    assert_eq!(World::secrets(&world.open().await), before);
    // The one before is not needed again, and does no harm.
    assert_eq!(world.try_open().await.expect("opens").1.keyring, KeyringMade::Opened);
    world.previous = None;
    assert_eq!(World::secrets(&world.open().await), before);
    let error = world.open().await.rotate_root_key().await.expect_err("it is the operator's");
    assert!(matches!(error, KeyringError::NotRotatable { .. }), "{error}");
}

#[test]
fn a_credential_is_what_systemd_passed() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(read_credential(folder.path()).expect("read").is_none());
    let path = folder.path().join(CREDENTIAL_NAME);
    let file = format!("# a comment\nversion = 1\nkey = \"{}\"\n", "0a".repeat(32));
    for text in ["0a".repeat(32), format!("{}\n", "0A".repeat(32)), file] {
        fs::write(&path, text).expect("written");
        for mode in [0o400, 0o440] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("ours");
            let found = read_credential(folder.path()).expect("trusted").expect("there");
            let RootKeySource::Credential { key: found, .. } = found else { panic!("a credential") };
            assert_eq!(found.expose(), key(10).expose());
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("ours");
        assert!(read_credential(folder.path()).is_err(), "everybody reads it");
        fs::remove_file(&path).expect("there");
    }
    fs::write(&path, "0a0a").expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("ours");
    let error = read_credential(folder.path()).expect_err("too short").to_string();
    assert!(error.ends_with("is not valid: 64 hexadecimal digits are expected"), "{error}");
}

#[tokio::test]
async fn a_kms_keeps_the_root_key() {
    let kms = Arc::new(Kms::default());
    let mut world = World::new(kms_source(&kms, "alias/one"));
    let (first, origin) = world.try_open().await.expect("made");
    assert!(origin.root_key_made);
    assert_eq!(world.files(), ["root.key.kms"]);
    assert!(!world.text("root.key.kms").contains(&"01".repeat(32)), "only the ciphertext is there");
    let before = World::secrets(&first);
    assert_eq!(World::secrets(&world.open().await), before);

    kms.disabled.lock().push("alias/one".to_owned());
    let error = world.try_open().await.expect_err("disabled");
    assert!(matches!(&error, KeyringError::Kms { key_id, .. } if key_id == "alias/one"), "{error}");
    kms.disabled.lock().clear();

    // Another key of the KMS: what the old one seals is opened by it once more.
    world.source = kms_source(&kms, "alias/two");
    assert_eq!(World::secrets(&world.open().await), before);
    kms.disabled.lock().push("alias/one".to_owned());
    assert_eq!(World::secrets(&world.open().await), before, "the old key is not needed any more");
    world.open().await.rotate_root_key().await.expect("rotated");
    assert_eq!(World::secrets(&world.open().await), before);
    assert_eq!(world.files(), ["root.key.kms"]);
}

#[tokio::test]
async fn a_sealed_root_key_of_another_folder_is_told_from_a_wrong_one() {
    let kms = Arc::new(Kms::default());
    let (one, other) = (World::new(kms_source(&kms, "k")), World::new(kms_source(&kms, "k")));
    one.open().await;
    // Other random bytes than in the first world.
    larder_env::random_u64(&*other.rng);
    other.open().await;
    fs::copy(one.file("root.key.kms"), other.file("root.key.kms")).expect("copied");
    let error = other.try_open().await.expect_err("of another folder");
    assert!(matches!(error, KeyringError::OtherKeyring { .. }), "{error}");
    fs::remove_file(other.file("root.key.kms")).expect("there");
    assert!(matches!(other.try_open().await, Err(KeyringError::RootKeyMissing { .. })));
    let bad = World::new(kms_source(&kms, "no \"id\""));
    assert!(matches!(bad.try_open().await, Err(KeyringError::Kms { .. })));
}

#[tokio::test]
async fn the_root_key_moves_between_sources() {
    let kms = Arc::new(Kms::default());
    let mut world = World::new(RootKeySource::File);
    let before = World::secrets(&world.open().await);
    let sources = [kms_source(&kms, "k"), RootKeySource::Setting(key(77)), RootKeySource::File];
    for source in sources {
        world.previous = Some(found(&world).await);
        world.source = source;
        // What an earlier use of the source left behind is another key.
        if matches!(world.source, RootKeySource::File) {
            fs::remove_file(world.file("root.key")).expect("there");
        }
        let (keyring, origin) = world.try_open().await.expect("sealed anew");
        assert_eq!((World::secrets(&keyring), origin.keyring), (before.clone(), KeyringMade::Resealed));
        world.previous = None;
        assert_eq!(World::secrets(&world.open().await), before);
    }
}

#[tokio::test]
async fn a_root_key_is_restored_and_never_in_the_place_of_another() {
    let world = World::new(RootKeySource::File);
    let before = World::secrets(&world.open().await);
    let root_key = found(&world).await;
    fs::remove_file(world.file("root.key")).expect("there");
    assert!(world.try_open().await.is_err());
    let file = restore_root_key(world.folder.path(), &root_key, false).expect("written");
    assert_eq!(file, Some(world.file("root.key")));
    assert_eq!(World::secrets(&world.open().await), before);
    assert!(restore_root_key(world.folder.path(), &root_key, false).expect("the same").is_some());
    assert!(restore_root_key(world.folder.path(), &key(1), false).expect("another").is_none());
    assert_eq!(World::secrets(&world.open().await), before);
    assert!(restore_root_key(world.folder.path(), &key(1), true).expect("forced").is_some());
    assert!(world.try_open().await.is_err());
}
