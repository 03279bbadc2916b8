//! Replacing key material, and multi-Region keys.

mod harness;

use std::sync::Arc;
use std::time::Duration;

use harness::*;
use larder_kms::*;

async fn seal(kms: &Kms, key: &Key) -> Encrypted {
    let algorithm = EncryptionAlgorithm::SymmetricDefault;
    kms.encrypt(key, Encrypt { plaintext: b"x", context: none(), algorithm }).await.expect("encrypts")
}

async fn opens(kms: &Kms, key: &Key, sealed: &Encrypted) -> bool {
    let decrypt =
        Decrypt { ciphertext: &sealed.ciphertext, context: none(), algorithm: EncryptionAlgorithm::SymmetricDefault };
    kms.decrypt(key, decrypt).await.is_ok_and(|opened| opened.material == sealed.material)
}

#[tokio::test]
async fn old_ciphertexts_decrypt_after_a_rotation() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    let before = seal(kms, &key).await;
    kms.rotate_key_on_demand(&key).await.expect("rotates");
    let after = seal(kms, &key).await;
    assert_ne!(before.material, after.material);
    assert!(opens(kms, &key, &before).await && opens(kms, &key, &after).await);
    let listed = kms.list_key_rotations(&key, false, ALL).expect("listed").items;
    let [rotation] = listed.as_slice() else { panic!("one rotation") };
    assert_eq!(
        (Some(&rotation.material), rotation.rotation_type),
        (after.material.as_ref(), Some(RotationType::OnDemand))
    );
    assert_eq!(kms.list_key_rotations(&key, true, ALL).expect("listed").items.len(), 2);
    for _ in 1..25 {
        kms.rotate_key_on_demand(&key).await.expect("rotates");
    }
    assert_eq!(kind(kms.rotate_key_on_demand(&key).await), Some(KmsErrorKind::LimitExceeded));
    assert!(opens(kms, &key, &before).await);
    let reopened = world.reopened().await;
    assert!(opens(&reopened, &key, &before).await && opens(&reopened, &key, &after).await);
    let mut pages = 0;
    let mut marker: Option<String> = None;
    loop {
        let page = kms.list_key_rotations(&key, false, Page { limit: 10, marker: marker.as_deref() }).expect("listed");
        pages += page.items.len();
        marker = page.next;
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(pages, 25);
}

#[tokio::test]
async fn keys_are_rotated_by_themselves_when_due() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    for days in [89, 2_561] {
        assert_eq!(kind(kms.enable_key_rotation(&key, Some(days)).await), Some(KmsErrorKind::Validation));
    }
    assert!(!kms.key_rotation_status(&key).expect("told").enabled);
    kms.enable_key_rotation(&key, Some(90)).await.expect("enabled");
    let status = kms.key_rotation_status(&key).expect("told");
    assert_eq!((status.enabled, status.period_days), (true, Some(90)));
    assert_eq!(status.next, Some(world.now().plus_millis(90 * 24 * 60 * 60 * 1_000)));
    let before = seal(kms, &key).await;
    world.clock.advance(90 * DAY - Duration::from_secs(60));
    assert_eq!(kms.rotate_due().await.expect("runs"), 0);
    assert_eq!(kind(kms.rotate_key_on_demand(&key).await), Some(KmsErrorKind::Conflict));
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(kms.rotate_due().await.expect("runs"), 1);
    assert_eq!(kms.rotate_due().await.expect("runs"), 0);
    let after = seal(kms, &key).await;
    assert_ne!(before.material, after.material);
    assert!(opens(kms, &key, &before).await);
    let next = kms.key_rotation_status(&key).expect("told").next;
    assert_eq!(next, Some(world.now().plus_millis(90 * 24 * 60 * 60 * 1_000)));

    // A disabled key is rotated once it is enabled.
    kms.disable_key(&key).await.expect("disabled");
    world.clock.advance(200 * DAY);
    assert_eq!(kms.rotate_due().await.expect("runs"), 0);
    assert_eq!(kind(kms.disable_key_rotation(&key).await), Some(KmsErrorKind::Disabled));
    kms.enable_key(&key).await.expect("enabled");
    assert_eq!(kms.rotate_due().await.expect("runs"), 1);
    kms.disable_key_rotation(&key).await.expect("disabled");
    world.clock.advance(200 * DAY);
    assert_eq!(kms.rotate_due().await.expect("runs"), 0);
    let mac = world.key(KeySpec::Hmac256, KeyUsage::GenerateVerifyMac).await;
    for refused in [kms.enable_key_rotation(&mac, None).await, kms.rotate_key_on_demand(&mac).await] {
        assert_eq!(kind(refused), Some(KmsErrorKind::UnsupportedOperation));
    }
}

#[tokio::test]
async fn the_key_of_s3_is_rotated_every_year() {
    let world = World::new().await;
    let key = world.kms.default_s3_key(account(), region()).await.expect("made");
    let before = world.kms.generate_data_key(&key, none()).expect("made");
    world.clock.advance(365 * DAY);
    assert_eq!(world.kms.rotate_due().await.expect("runs"), 1);
    assert_eq!(world.kms.list_key_rotations(&key, false, ALL).expect("listed").items.len(), 1);
    assert!(world.kms.decrypt_data_key(region(), &before.ciphertext, none()).is_ok());
}

fn replica<'a>(description: &'a str) -> ReplicateKey<'a> {
    ReplicateKey { region: other_region(), description, policy: None, policy_check: UNCHECKED, tags: &[] }
}

async fn pair(world: &World) -> (Arc<Key>, Arc<Key>) {
    let primary = world.make(CreateKey { multi_region: true, ..new_key() }).await;
    let made = world.kms.replicate_key(&primary, replica("there")).await.expect("replicated");
    let replica = world.kms.find(other_region(), account(), &made.metadata.arn).expect("there");
    (primary, replica)
}

#[tokio::test]
async fn a_replica_decrypts_what_its_primary_encrypted() {
    let world = World::new().await;
    let kms = &world.kms;
    let (primary, replica_key) = pair(&world).await;
    assert!(primary.id().starts_with("mrk-") && primary.id().len() == 36);
    assert_eq!(primary.id(), replica_key.id());
    let sealed = seal(kms, &primary).await;
    assert_eq!(kms.key_of_ciphertext(other_region(), &sealed.ciphertext).expect("there").arn(), replica_key.arn());
    assert!(opens(kms, &replica_key, &sealed).await);
    assert!(opens(kms, &primary, &seal(kms, &replica_key).await).await);
    let third = larder_types::Region::parse("eu-west-1").expect("valid");
    assert_eq!(kind(kms.key_of_ciphertext(&third, &sealed.ciphertext)), Some(KmsErrorKind::AccessDenied));

    let described = kms.describe_key(&replica_key).expect("there");
    let related = described.multi_region.expect("it is one");
    assert!(!related.is_primary);
    assert_eq!((&related.primary.0, related.replicas[0].0.clone()), (primary.arn(), replica_key.arn().clone()));
    assert!(kms.describe_key(&primary).expect("there").multi_region.expect("it is one").is_primary);

    // State, policy, aliases, tags and grants are each one's own; rotation is not.
    kms.create_alias(&primary, "alias/mine").await.expect("named");
    assert!(kms.find(other_region(), account(), "alias/mine").is_err());
    kms.disable_key(&primary).await.expect("disabled");
    assert!(opens(kms, &replica_key, &sealed).await);
    kms.enable_key(&primary).await.expect("enabled");
    kms.rotate_key_on_demand(&primary).await.expect("rotates");
    let after = seal(kms, &replica_key).await;
    assert_ne!(after.material, sealed.material);
    assert!(opens(kms, &primary, &after).await && opens(kms, &replica_key, &sealed).await);
    assert_eq!(kind(kms.rotate_key_on_demand(&replica_key).await), Some(KmsErrorKind::UnsupportedOperation));
    kms.enable_key_rotation(&primary, None).await.expect("enabled");
    assert!(kms.key_rotation_status(&replica_key).expect("told").enabled);
    let reopened = world.reopened().await;
    assert!(opens(&reopened, &replica_key, &sealed).await && opens(&reopened, &primary, &after).await);

    let single = world.symmetric().await;
    for (key, expected) in [
        (&single, KmsErrorKind::UnsupportedOperation),
        (&replica_key, KmsErrorKind::UnsupportedOperation),
        (&primary, KmsErrorKind::AlreadyExists),
    ] {
        assert_eq!(kind(kms.replicate_key(key, replica("again")).await), Some(expected));
    }
}

#[tokio::test]
async fn another_region_can_become_the_primary() {
    let world = World::new().await;
    let kms = &world.kms;
    let (primary, replica_key) = pair(&world).await;
    let third = larder_types::Region::parse("eu-west-1").expect("valid");
    assert_eq!(kind(kms.update_primary_region(&primary, &third).await), Some(KmsErrorKind::NotFound));
    kms.update_primary_region(&primary, other_region()).await.expect("moved");
    let related = kms.describe_key(&primary).expect("there").multi_region.expect("it is one");
    assert!(!related.is_primary);
    assert_eq!(related.primary.0, *replica_key.arn());
    let refused = kms.update_primary_region(&primary, other_region()).await;
    assert_eq!(kind(refused), Some(KmsErrorKind::UnsupportedOperation));
    kms.rotate_key_on_demand(&replica_key).await.expect("it is the primary now");
}

#[tokio::test]
async fn a_primary_is_deleted_after_its_replicas() {
    let world = World::new().await;
    let kms = &world.kms;
    let (primary, replica_key) = pair(&world).await;
    let scheduled = kms.schedule_key_deletion(&primary, Some(10)).await.expect("scheduled");
    assert_eq!((scheduled.deletion_date, scheduled.state), (None, KeyState::PendingReplicaDeletion));
    assert_eq!(kms.describe_key(&primary).expect("there").pending_window_days, Some(10));
    assert_eq!(kind(kms.check_usable(&primary)), Some(KmsErrorKind::InvalidState));
    world.clock.advance(30 * DAY);
    assert_eq!(kms.delete_due().await.expect("runs"), 0);
    kms.schedule_key_deletion(&replica_key, Some(7)).await.expect("scheduled");
    world.clock.advance(7 * DAY);
    assert_eq!(kms.delete_due().await.expect("runs"), 1);
    assert_eq!(kms.describe_key(&primary).expect("there").state, KeyState::PendingDeletion);
    world.clock.advance(9 * DAY);
    assert_eq!(kms.delete_due().await.expect("runs"), 0);
    world.clock.advance(DAY);
    assert_eq!(kms.delete_due().await.expect("runs"), 1);
    assert!(kms.find(region(), account(), primary.id()).is_err());
}
