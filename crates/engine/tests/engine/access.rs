//! Who may do what, as far as the engine keeps it: access control lists, policies, ownership, MFA Delete.

use bytes::Bytes;
use larder_config::object_lock::LegalHold;
use larder_config::ownership::ObjectOwnership;
use larder_engine::{
    BytesSource, CompletePart, CompleteUpload, CopyObject, CopySource, CreateUpload, Error, Initiator, ListVersions,
    NewObject, ReadConditions, UploadPart, VersionPosition, VersioningChange, WriteConditions,
};
use larder_store::{Commit, Partition, Table};
use larder_types::{Acl, BucketName, Grant, Grantee, PartNumber, Permission, PublicAccessBlock};

use crate::encryption::whole;
use crate::harness::{Memory, World, drain, object_key, runtime, unlock};

fn public() -> Acl {
    Acl(vec![Grant { grantee: Grantee::AllUsers, permission: Permission::Read }])
}

fn with_bucket(test: impl AsyncFnOnce(World)) {
    runtime().block_on(async {
        test(Memory::new().world(1).await).await;
    });
}

#[test]
fn a_list_is_replaced_in_place_and_moves_with_its_version() {
    with_bucket(async |world| {
        world.enable_versioning().await;
        let bucket = world.bucket().await;
        let (first, second) = (world.put("k", "1").await, world.put("k", "2").await);
        let key = object_key("k");
        let changed = world.engine.put_object_acl(&bucket, &key, &first.head, Some(public())).await;
        assert_eq!(changed.expect("changed").head, first.head, "neither id nor time changes");
        let list = ListVersions { prefix: String::new(), delimiter: None, after: VersionPosition::Start, limit: 10 };
        let page = world.engine.list_versions(&bucket, &list).await.expect("listed");
        assert_eq!(page.versions.len(), 2, "a list is no version");
        world.delete("k", Some(second.head.id)).await;
        let newest = world.engine.head_object(&bucket, &key, None).await.expect("there");
        assert_eq!(newest.detail().acl, Some(public()));
    });
}

#[test]
fn a_list_is_not_given_to_what_was_written_over_its_object() {
    with_bucket(async |world| {
        let (bucket, key) = (world.bucket().await, object_key("k"));
        let first = world.put("k", "1").await;
        let second = world.put("k", "2").await;
        assert_eq!(first.head.id, second.head.id, "both are the null version");
        let late = world.engine.put_object_acl(&bucket, &key, &first.head, Some(public())).await;
        assert!(matches!(late, Err(Error::Contended)));
        assert_eq!(world.engine.head_object(&bucket, &key, None).await.expect("there").detail().acl, None);
    });
}

#[test]
fn a_copy_has_a_list_of_its_own() {
    with_bucket(async |world| {
        let bucket = world.bucket().await;
        let first = world.put("k", "1").await;
        let key = object_key("k");
        world.engine.put_object_acl(&bucket, &key, &first.head, Some(public())).await.expect("changed");
        let conditions = ReadConditions::default();
        let source = CopySource { bucket: &bucket, key: &key, version: None, conditions: &conditions };
        let source = world
            .engine
            .open_copy_source(source, None, |object| Ok::<_, Error>(whole(object)?.keys))
            .await
            .expect("opened");
        let copy = CopyObject {
            key: object_key("copy"),
            object: NewObject { encryption: None, ..world.new_object() },
            keys: None,
            checksum: None,
            conditions: WriteConditions::default(),
        };
        let copy = world.engine.copy_object(source, &bucket, copy).await.expect("copied");
        assert_eq!(copy.object().expect("an object").1.acl, None);
    });
}

#[test]
fn an_upload_keeps_list_and_initiator_until_it_is_an_object() {
    with_bucket(async |world| {
        let bucket = world.bucket().await;
        let key = object_key("k");
        let initiator = Initiator { id: "arn:aws:iam::111122223333:user/anna".into(), display_name: "anna".into() };
        let request = CreateUpload {
            key: key.clone(),
            object: NewObject { acl: Some(public()), ..world.new_object() },
            checksum_algorithm: None,
            checksum_type: None,
            initiator: Some(initiator.clone()),
        };
        let (upload, record) = world.engine.create_upload(&bucket, request).await.expect("started");
        assert_eq!((record.initiator, record.acl), (Some(initiator), Some(public())));
        let number = PartNumber::new(1).expect("a number");
        let part = UploadPart { key: key.clone(), upload, number, checksum: None };
        let part = world.engine.upload_part(&bucket, &part, &mut BytesSource::new("1"), unlock).await.expect("a part");
        let request = CompleteUpload {
            key: key.clone(),
            upload,
            parts: vec![CompletePart { number, etag: Some(part.etag), checksum: None }],
            checksum: None,
            checksum_type: None,
            size: None,
            conditions: WriteConditions::default(),
        };
        world.engine.complete_upload(&bucket, &request).await.expect("completed");
        let object = world.engine.head_object(&bucket, &key, None).await.expect("there");
        assert_eq!(object.detail().acl, Some(public()));
    });
}

#[test]
fn a_bucket_keeps_what_it_is_told() {
    with_bucket(async |world| {
        let (engine, bucket) = (&world.engine, world.bucket().await);
        assert!(bucket.record.id >= 1024, "groups below are the server's own");
        engine.put_bucket_policy(&bucket, Some("{}".into())).await.expect("set");
        engine.put_public_access_block(&bucket, Some(PublicAccessBlock::ALL)).await.expect("set");
        engine.put_request_payment(&bucket, true).await.expect("set");
        let record = world.bucket().await.record.clone();
        assert_eq!(record.policy.as_deref(), Some("{}"));
        assert_eq!((record.public_access_block, record.requester_pays), (Some(PublicAccessBlock::ALL), true));
        engine.put_bucket_policy(&bucket, None).await.expect("removed");
        assert_eq!(world.bucket().await.record.policy, None);
    });
}

#[test]
fn lists_and_their_abolition_exclude_each_other() {
    with_bucket(async |world| {
        let (engine, bucket) = (&world.engine, world.bucket().await);
        let refused = engine.put_bucket_acl(&bucket, Some(public())).await;
        assert!(matches!(refused, Err(Error::AclsDisabled)));
        let set = async |ownership| engine.put_bucket_ownership(&bucket, Some(ownership), |acl| acl.0.is_empty()).await;
        set(ObjectOwnership::ObjectWriter).await.expect("set");
        engine.put_bucket_acl(&bucket, Some(public())).await.expect("set");
        assert!(matches!(set(ObjectOwnership::BucketOwnerEnforced).await, Err(Error::AclGrantsOthers)));
        set(ObjectOwnership::BucketOwnerPreferred).await.expect("set");
        engine.put_bucket_acl(&bucket, None).await.expect("set");
        set(ObjectOwnership::BucketOwnerEnforced).await.expect("set");
    });
}

#[test]
fn with_mfa_delete_the_versioning_state_changes_by_a_second_factor_only() {
    with_bucket(async |world| {
        let (engine, bucket) = (&world.engine, world.bucket().await);
        let on = VersioningChange { enabled: true, mfa_delete: Some(true), second_factor: true };
        engine.put_bucket_versioning(&bucket, on).await.expect("set");
        assert!(world.bucket().await.record.mfa_delete);
        let off = VersioningChange { enabled: true, mfa_delete: Some(false), second_factor: false };
        assert!(matches!(engine.put_bucket_versioning(&bucket, off).await, Err(Error::MfaDeleteEnabled)));
        let suspend = VersioningChange { enabled: false, mfa_delete: None, second_factor: true };
        engine.put_bucket_versioning(&bucket, suspend).await.expect("set");
        assert!(world.bucket().await.record.mfa_delete, "it stays on unless it is switched off");
        engine.put_bucket_versioning(&bucket, VersioningChange { second_factor: true, ..off }).await.expect("set");
        assert!(!world.bucket().await.record.mfa_delete);
    });
}

/// What Larder wrote before there were access control lists: a bucket of three partitions, and an object in it.
const BUCKET_V1: &str =
    "01e6aa919aa3a404e5a19afb9d030965752d776573742d31f6a1abfef9620301010001000101047465616d04626c756500";
const OBJECT_V1: &str = "01014d848688084df6a1abfef962e5a19afb9d03010507070707070707070707070707070707000001000001030101090801\
                         000401020304010a746578742f706c61696e000000000000010161013101047465616d04626c7565000101010405";

fn bytes(hex: &str) -> Bytes {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("text"), 16).expect("a byte")).collect()
}

#[test]
fn what_was_stored_before_is_read_and_changed_without_a_step_between() {
    with_bucket(async |world| {
        let put = async |partition, table, key: &[u8], value: Bytes| {
            let mut commit = Commit::new();
            commit.put(table, Bytes::copy_from_slice(key), value);
            world.meta.commit(partition, commit).await.expect("stored");
        };
        put(Partition { group: 0, shard: 0 }, Table::Records, b"Bbefore", bytes(BUCKET_V1)).await;
        let content: Vec<u8> = [9_u64.to_be_bytes(), 8_u64.to_be_bytes()].concat();
        for shard in 0..3 {
            let partition = Partition { group: 0x1122_3344_5566, shard };
            put(partition, Table::Records, b"Ck", bytes(OBJECT_V1)).await;
            put(partition, Table::Contents, &content, Bytes::from_static(b"hello")).await;
        }
        let (engine, key) = (&world.engine, object_key("k"));
        let name = BucketName::parse("before").expect("a name");
        let bucket = engine.bucket(&name).await.expect("read");
        let read = engine.get_object(&bucket, &key, None, whole).await.expect("read");
        assert_eq!(drain(read.content).await.expect("read"), b"hello");
        // It is locked by a legal hold, which a new list leaves as it is.
        let found = engine.head_object(&bucket, &key, None).await.expect("read");
        let changed = engine.put_object_acl(&bucket, &key, found.head(), Some(public())).await.expect("changed");
        assert_eq!(changed.object().expect("an object").1.legal_hold, Some(LegalHold::On));
        assert_eq!(engine.head_object(&bucket, &key, None).await.expect("read").detail().acl, Some(public()));
        engine.put_bucket_policy(&bucket, Some("{}".into())).await.expect("set");
        let record = engine.bucket(&name).await.expect("read").record.clone();
        assert_eq!((record.policy.as_deref(), record.tags), (Some("{}"), bucket.record.tags.clone()));
    });
}
