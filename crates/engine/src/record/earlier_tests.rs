//! Records that earlier versions of Larder wrote are still read: the bytes here are theirs.

use larder_config::object_lock::{LegalHold, ObjectLockConfiguration, Retention, RetentionMode};
use larder_config::ownership::ObjectOwnership;
use larder_config::tagging::{TagScope, TagSet};
use larder_config::versioning::VersioningStatus;
use larder_types::{
    AccountId, Checksum, ChecksumAlgorithm, ChecksumType, ETag, PublicAccessBlock, Region, StorageClass, Timestamp,
    UploadId, VersionId,
};

use super::bucket::BucketRecord;
use super::upload::UploadRecord;
use super::version::{
    ObjectDetail, ObjectMetadata, ObjectSummary, VersionHead, VersionKind, VersionRecord, VersionTail,
};
use super::*;
use crate::content::{Content, ContentId};

const BUCKET_V1: &str =
    "01e6aa919aa3a404e5a19afb9d030965752d776573742d31f6a1abfef9620301010001000101047465616d04626c756500";
const UPLOAD_V1: &str = "01e5a19afb9d03f6a1abfef9620201010101010a746578742f706c61696e000000000000010161013101047465616d04626c75\
                         65010080c0e285e3680100";
const OBJECT_V1: &str = "01014d848688084df6a1abfef962e5a19afb9d03010507070707070707070707070707070707000001000001030101090801\
                         000401020304010a746578742f706c61696e000000000000010161013101047465616d04626c7565000101010405";
const MARKER_V1: &str = "01014d848688084df6a1abfef962e5a19afb9d03000000";

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("text"), 16).expect("a byte")).collect()
}

fn owner() -> AccountId {
    AccountId::parse("111122223333").expect("an account")
}

fn then() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_123)
}

fn tags(scope: TagScope) -> TagSet {
    TagSet::new(scope, [(Some("team".to_owned()), Some("blue".to_owned()))]).expect("valid tags")
}

fn metadata() -> ObjectMetadata {
    ObjectMetadata {
        content_type: Some("text/plain".to_owned()),
        user: vec![("a".to_owned(), "1".to_owned())],
        ..ObjectMetadata::default()
    }
}

fn head(kind: VersionKind) -> VersionHead {
    let id = VersionId::Id { sequence: 77, nonce: 0x0102_0304 };
    VersionHead { id, sequence: 77, modified: then(), owner: owner(), kind }
}

/// What is read of an earlier version's bytes; cut short, lengthened or of a version that never was, they are refused.
fn reads<R: std::fmt::Debug>(hex: &str, decode: impl Fn(&[u8]) -> Result<R, Error>) -> R {
    let mut stored = bytes(hex);
    let record = decode(&stored).expect("readable");
    assert!(decode(&stored[..stored.len() - 1]).is_err());
    stored.push(0);
    assert!(decode(&stored).is_err());
    stored.pop();
    stored[0] = 0;
    assert!(decode(&stored).is_err());
    record
}

#[test]
fn buckets_of_version_1_are_read() {
    let expected = BucketRecord {
        id: 0x1122_3344_5566,
        owner: owner(),
        region: Region::parse("eu-west-1").expect("a region"),
        created: then(),
        shards: 3,
        versioning: VersioningStatus::Enabled,
        object_lock: Some(ObjectLockConfiguration::default()),
        ownership: Some(ObjectOwnership::BucketOwnerEnforced),
        tags: Some(tags(TagScope::Bucket)),
        cors: None,
        policy: None,
        acl: None,
        public_access_block: Some(PublicAccessBlock::ALL),
        requester_pays: false,
        mfa_delete: false,
        encryption: None,
    };
    let read = reads(BUCKET_V1, BucketRecord::decode);
    assert_eq!(read, expected);
    assert_eq!(BucketRecord::decode(&read.encode()).expect("readable"), expected);
}

#[test]
fn uploads_of_version_1_are_read() {
    let expected = UploadRecord {
        owner: owner(),
        initiated: then(),
        class: StorageClass::StandardIa,
        checksum_algorithm: Some(ChecksumAlgorithm::Crc32c),
        checksum_type: Some(ChecksumType::Composite),
        metadata: metadata(),
        tags: tags(TagScope::Object),
        retention: Some(Retention::new(RetentionMode::Governance, Timestamp::from_millis(1_800_000_000_000))),
        legal_hold: Some(LegalHold::Off),
        acl: None,
        initiator: None,
        encryption: None,
    };
    assert_eq!(reads(UPLOAD_V1, UploadRecord::decode), expected);
}

#[test]
fn versions_of_version_1_are_read() {
    let summary = ObjectSummary {
        size: 5,
        etag: ETag { digest: [7; 16], parts: 0 },
        class: StorageClass::Standard,
        checksum: Some((ChecksumAlgorithm::Crc32, ChecksumType::FullObject)),
    };
    let detail = ObjectDetail {
        content: Content::Inline(ContentId { sequence: 9, nonce: 8 }),
        checksum: Some(Checksum::new(ChecksumAlgorithm::Crc32, &[1, 2, 3, 4]).expect("of its size")),
        metadata: metadata(),
        tags: tags(TagScope::Object),
        retention: None,
        legal_hold: Some(LegalHold::On),
        upload: Some(UploadId { sequence: 4, nonce: 5 }),
        acl: None,
        encryption: None,
    };
    let object = VersionRecord {
        head: head(VersionKind::Object(summary)),
        tail: VersionTail { null_sequence: Some(3), object: Some(Box::new(detail)) },
    };
    let marker = VersionRecord {
        head: head(VersionKind::DeleteMarker),
        tail: VersionTail { null_sequence: None, object: None },
    };
    assert_eq!(reads(OBJECT_V1, VersionRecord::decode), object);
    assert_eq!(reads(MARKER_V1, VersionRecord::decode), marker);
    assert_eq!(VersionHead::decode(&bytes(OBJECT_V1)).expect("readable"), object.head);
    assert_eq!(VersionRecord::decode(&object.encode()).expect("readable"), object);
}
