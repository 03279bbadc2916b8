//! Opening the accounts of a data folder.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use larder_crypto::SecretKey;
use larder_env::{SeededRng, SimulatedClock};
use larder_identity::{
    CredentialRefusal, Identity, IdentityError, IdentityParts, KeysOrigin, OperatorSettings, RootKeys,
};
use larder_policy::Principal;
use larder_private_file::PrivateFileError;
use larder_store::memory::MemoryMetaStore;
use larder_types::{AccountId, Timestamp};

async fn open(data: &Path, seed: u64) -> Result<(Identity, KeysOrigin), IdentityError> {
    Identity::open(data, OperatorSettings::default(), parts(seed)).await
}

fn parts(seed: u64) -> IdentityParts {
    IdentityParts {
        meta: Arc::new(MemoryMetaStore::new()),
        clock: Arc::new(SimulatedClock::new(Timestamp::from_millis(1_800_000_000_000))),
        rng: Arc::new(SeededRng::new(seed)),
        secret: SecretKey::from_slice(&[7; 32]).expect("32 bytes"),
        fetch: None,
    }
}

#[tokio::test]
async fn the_first_start_makes_what_later_starts_read() {
    let data = tempfile::tempdir().expect("a folder");
    let keys_file = data.path().join("root-credentials.toml");

    let (first, origin) = open(data.path(), 1).await.expect("first start");
    assert_eq!(origin, KeysOrigin::Made(keys_file.clone()));
    for name in ["root-credentials.toml", "account.toml"] {
        let mode = fs::metadata(data.path().join(name)).expect("written").permissions().mode();
        assert_eq!(mode & 0o7777, 0o600, "{name}");
    }
    assert_eq!(fs::read_dir(data.path()).expect("a folder").count(), 2, "no temporary file stays");

    let (second, origin) = open(data.path(), 2).await.expect("second start");
    assert_eq!(origin, KeysOrigin::File(keys_file));
    assert_eq!(second.owner(), first.owner());
    let root = second.authenticate(&first.root().access_key_id, None).expect("the root key");
    assert_eq!(root.secret, first.root().secret);
    assert!(matches!(root.caller.principal, Principal::Root { .. }));
    assert_eq!(root.caller.owner.as_ref(), Some(first.owner()));
    assert_eq!(second.owner_of(first.owner().account).as_ref(), Some(first.owner()));
    assert_eq!(second.owner_of(AccountId::from_number(1)), None);
    assert_eq!(second.authenticate("LARDXXXXXXXXXXXXXXXX", None).err(), Some(CredentialRefusal::UnknownKey));
}

#[tokio::test]
async fn the_account_outlives_its_keys() {
    let data = tempfile::tempdir().expect("a folder");
    let (first, _) = open(data.path(), 1).await.expect("first start");
    fs::remove_file(data.path().join("root-credentials.toml")).expect("there");
    let (rotated, _) = open(data.path(), 2).await.expect("second start");
    assert_eq!(rotated.owner(), first.owner());
    assert_ne!(rotated.root().secret, first.root().secret);
}

#[tokio::test]
async fn configured_keys_win_and_are_not_written() {
    let data = tempfile::tempdir().expect("a folder");
    let root_keys = RootKeys::parse("test", "testtest".to_owned()).ok();
    let settings = OperatorSettings { root_keys };
    let (identity, origin) = Identity::open(data.path(), settings, parts(1)).await.expect("start");
    assert_eq!(origin, KeysOrigin::Settings);
    assert_eq!(identity.authenticate("test", None).expect("configured").secret.expose(), "testtest");
    assert!(!data.path().join("root-credentials.toml").exists());
}

#[tokio::test]
async fn a_file_that_others_can_read_is_refused() {
    let data = tempfile::tempdir().expect("a folder");
    open(data.path(), 1).await.expect("first start");
    let file = data.path().join("root-credentials.toml");
    for mode in [0o640, 0o604, 0o620, 0o700] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("ours");
        let error = open(data.path(), 2).await.expect_err("too open");
        assert!(
            matches!(error, IdentityError::File(PrivateFileError::TooOpen { mode: found, .. }) if found == mode),
            "{error}"
        );
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).expect("ours");
    open(data.path(), 2).await.expect("narrower than asked for is fine");
}

#[tokio::test]
async fn a_temporary_file_left_by_a_crash_is_no_obstacle() {
    let data = tempfile::tempdir().expect("a folder");
    fs::write(data.path().join("root-credentials.tmp"), "half").expect("a folder to write to");
    let (first, _) = open(data.path(), 1).await.expect("first start");
    let (second, _) = open(data.path(), 2).await.expect("second start");
    assert_eq!(first.root().secret, second.root().secret);
}
