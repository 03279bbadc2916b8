//! What is stored is there again, and opens with the same secret alone.

mod harness;

use std::ops::Bound;
use std::sync::Arc;

use harness::*;
use larder_crypto::SecretKey;
use larder_env::{SimulatedClock, SystemRng};
use larder_kms::*;
use larder_store::{Commit, MetaStore, Partition, Scan, Table};
use larder_types::Timestamp;

const PARTITION: Partition = Partition { group: 2, shard: 0 };

async fn entries(world: &World) -> Vec<larder_store::Entry> {
    let scan = Scan { start: Bound::Unbounded, end: Bound::Unbounded, reverse: false, limit: 10_000 };
    world.meta.scan(PARTITION, scan).await.expect("reads")
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let world = World::new().await;
    let kms = &world.kms;
    let tags = [Tag { key: "a".to_owned(), value: "b".to_owned() }];
    let key = world.make(CreateKey { tags: &tags, description: "kept", ..new_key() }).await;
    let gone = world.symmetric().await;
    kms.create_alias(&key, "alias/kept").await.expect("named");
    kms.create_alias(&gone, "alias/moved").await.expect("named");
    kms.update_alias(&key, "alias/moved").await.expect("moved");
    kms.create_alias(&gone, "alias/removed").await.expect("named");
    kms.delete_alias(account(), region(), "alias/removed").await.expect("removed");
    let constraints = Constraints { subset: Some(context(&[("a", "b")])), equals: None };
    let grant = CreateGrant {
        issuer: account(),
        grantee: "arn:aws:iam::111122223333:user/anna",
        retiring: None,
        operations: &[GrantOperation::Decrypt],
        constraints: &constraints,
        name: Some("kept"),
        exists: &everybody_exists,
    };
    let granted = kms.create_grant(&key, grant).await.expect("granted");
    let revoked = kms.create_grant(&key, CreateGrant { name: None, ..grant }).await.expect("granted");
    kms.end_grant(&key, &revoked.id).await.expect("revoked");
    let signing = world.key(KeySpec::EccNistP256, KeyUsage::SignVerify).await;
    let algorithm = SigningAlgorithm::EcdsaSha256;
    let signed = Sign { message: b"m", message_type: MessageType::Raw, algorithm };
    let signature = kms.sign(&signing, signed).await.expect("signs");
    let sealed = kms.generate_data_key(&key, none()).expect("made");
    kms.schedule_key_deletion(&gone, Some(7)).await.expect("scheduled");
    world.clock.advance(7 * DAY);
    kms.delete_due().await.expect("runs");

    let reopened = world.reopened().await;
    let found = reopened.find(region(), account(), "alias/moved").expect("there");
    let before = world.again(&key);
    assert_eq!(reopened.describe_key(&found).expect("there"), kms.describe_key(&before).expect("there"));
    assert_eq!(found.aliases().collect::<Vec<_>>(), before.aliases().collect::<Vec<_>>());
    assert_eq!(found.grants().collect::<Vec<_>>(), before.grants().collect::<Vec<_>>());
    assert_eq!(found.grants().map(|grant| &grant.id).collect::<Vec<_>>(), [&granted.id]);
    assert_eq!((found.tags(), found.policy_text()), (before.tags(), before.policy_text()));
    assert!(reopened.find(region(), account(), gone.id()).is_err());
    assert!(reopened.find(region(), account(), "alias/removed").is_err());
    reopened.verify(&signing, Verify { signed, signature: &signature }).await.expect("the same key");
    let opened = reopened.decrypt_data_key(region(), &sealed.ciphertext, none()).expect("the same key");
    assert_eq!(opened.plaintext.expose(), sealed.plaintext.expose());
    let (_, id) = reopened.grant_of_token(&granted.token).expect("the token is good");
    assert_eq!(id, *granted.id);

    // Nothing of the deleted key is left.
    for (place, _) in entries(&world).await {
        let id = gone.id().as_bytes();
        assert!(!place.windows(id.len()).any(|window| window == id), "{place:?}");
    }
}

#[tokio::test]
async fn another_secret_opens_nothing() {
    let world = World::new().await;
    world.symmetric().await;
    let parts = KmsParts { secret: SecretKey::generate(&*world.rng), ..world.parts() };
    assert!(matches!(Kms::open(parts).await, Err(larder_store::StoreError::Corrupt { .. })));
}

#[tokio::test]
async fn records_of_an_unknown_version_or_kind_are_refused() {
    for change in 0..3 {
        let world = World::new().await;
        world.symmetric().await;
        let (place, value) = entries(&world).await.into_iter().find(|(place, _)| place[0] == b'K').expect("a key");
        let mut commit = Commit::new();
        match change {
            0 => drop(commit.put(Table::Records, place, [&[9], &value[1..]].concat())),
            1 => drop(commit.put(Table::Records, [&b"X"[..], &place[1..]].concat(), value)),
            // Material of no key.
            _ => drop(commit.delete(Table::Records, place)),
        }
        world.meta.commit(PARTITION, commit).await.expect("written");
        assert!(Kms::open(world.parts()).await.is_err(), "{change}");
    }
}

#[tokio::test]
async fn two_servers_on_one_store_see_each_others_changes() {
    let world = World::new().await;
    let (first, second) = (&world.kms, world.reopened().await);
    let key = world.symmetric().await;
    assert!(second.find(region(), account(), key.id()).is_err());
    // A change that was planned on an old state is planned again on the new one.
    second
        .create_alias(&second.default_s3_key(account(), region()).await.expect("made"), "alias/b")
        .await
        .expect_err("AWS's");
    assert!(second.find(region(), account(), key.id()).is_ok());
    second.disable_key(&key).await.expect("disabled");
    first.refresh().await.expect("reads");
    assert_eq!(kind(first.check_usable(&key)), Some(KmsErrorKind::Disabled));
}

#[tokio::test]
async fn the_local_store_carries_it() {
    use larder_store_local::{LocalOptions, LocalStore};
    let data = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(START)));
    let secret = SecretKey::generate(&SystemRng);
    let parts = |meta| KmsParts {
        meta,
        clock: clock.clone(),
        rng: Arc::new(SystemRng),
        secret: secret.clone(),
        quota_scale: 1.0,
    };
    let store = LocalStore::open(data.path(), LocalOptions::default()).expect("opens");
    let kms = Kms::open(parts(store.meta())).await.expect("opens");
    let key = kms.default_s3_key(account(), region()).await.expect("made");
    let sealed = kms.generate_data_key(&key, none()).expect("made");
    drop(kms);
    store.close().await;
    let store = LocalStore::open(data.path(), LocalOptions::default()).expect("opens");
    let kms = Kms::open(parts(store.meta())).await.expect("opens");
    let opened = kms.decrypt_data_key(region(), &sealed.ciphertext, none()).expect("the same key");
    assert_eq!(opened.plaintext.expose(), sealed.plaintext.expose());
}
