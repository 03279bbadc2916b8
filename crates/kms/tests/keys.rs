//! What keys are: metadata, names, tags, states, deletion.

mod harness;

use harness::*;
use larder_kms::*;
use larder_types::Timestamp;

#[tokio::test]
async fn a_new_key_is_as_asked_for() {
    let world = World::new().await;
    let tags = [Tag { key: "Team".to_owned(), value: "red".to_owned() }];
    let request = CreateKey { description: "for a test", tags: &tags, ..new_key() };
    let made = world.kms.create_key(request).await.expect("made");
    assert_eq!(
        (made.spec, made.usage, made.state),
        (KeySpec::SymmetricDefault, KeyUsage::EncryptDecrypt, KeyState::Enabled)
    );
    assert_eq!(*made.arn, *format!("arn:aws:kms:eu-central-1:111122223333:key/{}", made.id));
    assert_eq!((made.id.len(), &*made.description, made.created), (36, "for a test", world.now()));
    assert_eq!(made.encryption_algorithms, [EncryptionAlgorithm::SymmetricDefault]);
    assert!(made.multi_region.is_none() && made.current_material.is_some() && made.expiration_model.is_none());
    let key = world.kms.find(region(), account(), &made.id).expect("by id");
    assert_eq!(world.kms.describe_key(&key).expect("there"), made);
    assert_eq!(key.tags(), tags);
    assert!(key.policy_text().contains("arn:aws:iam::111122223333:root"));

    for (spec, usage) in [
        (KeySpec::Rsa2048, None),
        (KeySpec::EccNistP256, Some(KeyUsage::EncryptDecrypt)),
        (KeySpec::Hmac256, Some(KeyUsage::SignVerify)),
        (KeySpec::EccSecgP256k1, Some(KeyUsage::KeyAgreement)),
        (KeySpec::SymmetricDefault, Some(KeyUsage::SignVerify)),
    ] {
        let refused = world.kms.create_key(CreateKey { spec, usage, ..new_key() }).await;
        assert_eq!(kind(refused), Some(KmsErrorKind::Validation), "{spec}");
    }
}

#[tokio::test]
async fn keys_are_found_by_what_they_are_called() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    kms.create_alias(&key, "alias/mine").await.expect("named");
    let arn_of_alias = "arn:aws:kms:eu-central-1:111122223333:alias/mine";
    for named in [&**key.id(), &**key.arn(), "alias/mine", arn_of_alias] {
        assert_eq!(kms.find(region(), account(), named).expect("found").arn(), key.arn());
    }
    // Others name it by ARNs alone.
    for (named, found) in [(&**key.arn(), true), (arn_of_alias, true), (&**key.id(), false), ("alias/mine", false)] {
        assert_eq!(kms.find(region(), other_account(), named).is_ok(), found, "{named}");
    }
    let message = |named: &str| kms.find(region(), account(), named).expect_err("not there").message;
    let missing = "1234abcd-12ab-34cd-56ef-1234567890ab";
    let arn = format!("arn:aws:kms:eu-central-1:111122223333:key/{missing}");
    assert_eq!(message(missing), format!("Key '{arn}' does not exist"));
    assert_eq!(message("fake-key-id"), "Invalid keyId 'fake-key-id'");
    assert_eq!(message("mrk-fake-key-id"), "Invalid keyId 'mrk-fake-key-id'");
    assert_eq!(message("alias/none"), "Alias arn:aws:kms:eu-central-1:111122223333:alias/none is not found.");
    assert_eq!(message(&key.arn().replace("eu-central-1", "us-west-2")), "Invalid arn us-west-2");
    assert_eq!(kms.find_by_id(region(), account(), "alias/mine").expect_err("no id").kind, KmsErrorKind::NotFound);
    assert_eq!(request_alias(arn_of_alias), Some("alias/mine"));
    assert_eq!(
        (request_alias("alias/a"), request_alias(key.arn()), request_alias(key.id())),
        (Some("alias/a"), None, None)
    );
}

#[tokio::test]
async fn lists_come_in_pages() {
    let world = World::new().await;
    let kms = &world.kms;
    let mut ids = Vec::new();
    for _ in 0..7 {
        ids.push(world.symmetric().await.id().to_string());
    }
    ids.sort();
    let (mut found, mut marker) = (Vec::new(), None);
    loop {
        let page = kms.list_keys(account(), region(), Page { limit: 3, marker: marker.as_deref() });
        assert!(page.items.len() <= 3);
        found.extend(page.items.iter().map(|key| key.id().to_string()));
        marker = page.next;
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(found, ids);
    assert!(kms.list_keys(account(), other_region(), ALL).items.is_empty());
    assert!(kms.list_keys(other_account(), region(), ALL).items.is_empty());
}

#[tokio::test]
async fn aliases_name_one_key_each() {
    let world = World::new().await;
    let kms = &world.kms;
    let (first, second) = (world.symmetric().await, world.symmetric().await);
    kms.create_alias(&first, "alias/a/1").await.expect("named");
    assert_eq!(kind(kms.create_alias(&second, "alias/a/1").await), Some(KmsErrorKind::AlreadyExists));
    for (name, expected) in [
        ("mine", KmsErrorKind::Validation),
        ("alias/aws/mine", KmsErrorKind::InvalidAliasName),
        ("alias/", KmsErrorKind::InvalidAliasName),
        ("alias/with space", KmsErrorKind::Validation),
    ] {
        assert_eq!(kind(kms.create_alias(&first, name).await), Some(expected), "{name}");
    }
    world.clock.advance(DAY);
    kms.update_alias(&second, "alias/a/1").await.expect("moved");
    assert_eq!(kms.find(region(), account(), "alias/a/1").expect("found").id(), second.id());
    assert_eq!(world.again(&first).aliases().count(), 0);
    let listed = kms.list_aliases(ListAliases { account: account(), region: region(), key: Some(&second), page: ALL });
    let [entry] = listed.items.as_slice() else { panic!("one alias") };
    assert_eq!((&*entry.name, &entry.target), ("alias/a/1", second.id()));
    assert_eq!(entry.updated, entry.created.plus_millis(24 * 60 * 60 * 1_000));
    let mac = world.key(KeySpec::Hmac256, KeyUsage::GenerateVerifyMac).await;
    assert_eq!(kind(kms.update_alias(&mac, "alias/a/1").await), Some(KmsErrorKind::InvalidState));
    for number in 0..49 {
        kms.create_alias(&second, &format!("alias/b/{number}")).await.expect("named");
    }
    assert_eq!(kind(kms.create_alias(&second, "alias/c").await), Some(KmsErrorKind::LimitExceeded));
    kms.delete_alias(account(), region(), "alias/a/1").await.expect("removed");
    let gone = kms.delete_alias(account(), region(), "alias/a/1").await;
    assert_eq!(kind(gone), Some(KmsErrorKind::NotFound));
}

#[tokio::test]
async fn tags_and_descriptions_change() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    let tag = |key: &str, value: &str| Tag { key: key.to_owned(), value: value.to_owned() };
    kms.tag_resource(&key, &[tag("a", "1"), tag("A", "2")]).await.expect("tagged");
    kms.tag_resource(&key, &[tag("a", "3")]).await.expect("tagged");
    let tags = || kms.list_resource_tags(&key, ALL).expect("listed").items;
    assert_eq!(tags(), [tag("a", "3"), tag("A", "2")]);
    kms.untag_resource(&key, &["A", "none"]).await.expect("untagged");
    assert_eq!(tags(), [tag("a", "3")]);
    for bad in [tag("aws:a", "1"), tag("", "1"), tag("a<", "1"), tag(&"a".repeat(129), "1")] {
        assert_eq!(kind(kms.tag_resource(&key, &[bad]).await), Some(KmsErrorKind::Tag));
    }
    assert_eq!(kind(kms.tag_resource(&key, &[tag("b", "1"), tag("b", "2")]).await), Some(KmsErrorKind::Tag));
    let many: Vec<_> = (0..50).map(|number| tag(&format!("many{number}"), "")).collect();
    assert_eq!(kind(kms.tag_resource(&key, &many).await), Some(KmsErrorKind::LimitExceeded));
    kms.update_key_description(&key, "another").await.expect("described");
    assert_eq!(&*kms.describe_key(&key).expect("there").description, "another");
    let long = "x".repeat(8_193);
    assert_eq!(kind(kms.update_key_description(&key, &long).await), Some(KmsErrorKind::Validation));
}

#[tokio::test]
async fn a_disabled_key_is_refused_at_once() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    kms.disable_key(&key).await.expect("disabled");
    let refused = kms.check_usable(&key).expect_err("it is disabled");
    assert_eq!((refused.kind, refused.message), (KmsErrorKind::Disabled, format!("{} is disabled.", key.arn())));
    assert_eq!(kms.describe_key(&key).expect("there").state, KeyState::Disabled);
    kms.enable_key(&key).await.expect("enabled");
    kms.check_usable(&key).expect("it is enabled");
}

#[tokio::test]
async fn a_key_is_deleted_when_its_time_has_come() {
    let world = World::new().await;
    let (kms, key) = (&world.kms, world.symmetric().await);
    kms.create_alias(&key, "alias/mine").await.expect("named");
    for days in [0, 6, 31] {
        assert_eq!(kind(kms.schedule_key_deletion(&key, Some(days)).await), Some(KmsErrorKind::Validation));
    }
    let scheduled = kms.schedule_key_deletion(&key, Some(7)).await.expect("scheduled");
    let due = Timestamp::from_millis(START).plus_millis(7 * 24 * 60 * 60 * 1_000);
    assert_eq!((scheduled.deletion_date, scheduled.state), (Some(due), KeyState::PendingDeletion));
    let refused = kms.check_usable(&key).expect_err("it is to be deleted");
    let words = format!("{} is pending deletion.", key.arn());
    assert_eq!((refused.kind, refused.message), (KmsErrorKind::InvalidState, words));
    for refused in [kms.enable_key(&key).await, kms.disable_key(&key).await, kms.create_alias(&key, "alias/b").await] {
        assert_eq!(kind(refused), Some(KmsErrorKind::InvalidState));
    }
    assert_eq!(kind(kms.schedule_key_deletion(&key, None).await), Some(KmsErrorKind::InvalidState));
    kms.cancel_key_deletion(&key).await.expect("kept");
    assert_eq!(kms.describe_key(&key).expect("there").state, KeyState::Disabled);
    assert_eq!(kind(kms.cancel_key_deletion(&key).await), Some(KmsErrorKind::InvalidState));

    kms.schedule_key_deletion(&key, None).await.expect("scheduled");
    world.clock.advance(29 * DAY);
    assert_eq!(kms.delete_due().await.expect("runs"), 0);
    assert!(kms.find(region(), account(), key.id()).is_ok());
    world.clock.advance(DAY);
    // Before the job has run it is as good as deleted.
    assert_eq!(kind(kms.find(region(), account(), key.id())), Some(KmsErrorKind::NotFound));
    assert_eq!(kind(kms.check_usable(&key)), Some(KmsErrorKind::NotFound));
    assert_eq!(kind(kms.cancel_key_deletion(&key).await), Some(KmsErrorKind::NotFound));
    assert!(kms.list_keys(account(), region(), ALL).items.is_empty());
    assert_eq!(kms.delete_due().await.expect("runs"), 1);
    assert_eq!(kms.delete_due().await.expect("runs"), 0);
    let another = world.symmetric().await;
    kms.create_alias(&another, "alias/mine").await.expect("the name is free again");
}

#[tokio::test]
async fn the_key_of_s3_is_made_at_first_use_and_is_nobodys_to_change() {
    let world = World::new().await;
    let kms = &world.kms;
    let key = kms.default_s3_key(account(), region()).await.expect("made");
    assert_eq!(kms.default_s3_key(account(), region()).await.expect("there").arn(), key.arn());
    assert_ne!(kms.default_s3_key(account(), other_region()).await.expect("made").id(), key.id());
    assert_ne!(kms.default_s3_key(other_account(), region()).await.expect("made").id(), key.id());
    assert_eq!(kms.find(region(), account(), "alias/aws/s3").expect("named").arn(), key.arn());
    let metadata = kms.describe_key(&key).expect("there");
    assert_eq!((metadata.manager, metadata.state), (KeyManager::Aws, KeyState::Enabled));
    let status = kms.key_rotation_status(&key).expect("rotates");
    assert_eq!((status.enabled, status.period_days), (true, Some(365)));
    let refusals = [
        kind(kms.disable_key(&key).await),
        kind(kms.schedule_key_deletion(&key, None).await),
        kind(kms.disable_key_rotation(&key).await),
        kind(kms.rotate_key_on_demand(&key).await),
        kind(kms.create_alias(&key, "alias/b").await),
        kind(kms.put_key_policy(&key, key.policy_text(), UNCHECKED).await),
        kind(kms.tag_resource(&key, &[Tag { key: "a".to_owned(), value: String::new() }]).await),
    ];
    assert!(refusals.iter().all(|kind| *kind == Some(KmsErrorKind::UnsupportedOperation)), "{refusals:?}");

    let via_s3 = RequestFacts { via_service: Some("s3.eu-central-1.amazonaws.com"), ..RequestFacts::default() };
    let direct = RequestFacts::default();
    let (own, other) = (user(account(), "anna"), user(other_account(), "otto"));
    let all = identity("Allow", r#""kms:*""#, "*");
    assert!(may(kms, &key, "kms:GenerateDataKey", &own, &[], &via_s3));
    assert!(may(kms, &key, "kms:Decrypt", &root(account()), &[], &via_s3));
    assert!(!may(kms, &key, "kms:Decrypt", &own, &[&all], &direct));
    assert!(!may(kms, &key, "kms:Decrypt", &root(account()), &[], &direct));
    assert!(!may(kms, &key, "kms:Decrypt", &other, &[&all], &via_s3));
    assert!(may(kms, &key, "kms:DescribeKey", &own, &[&all], &direct));
    assert!(!may(kms, &key, "kms:ScheduleKeyDeletion", &root(account()), &[], &direct));
}
