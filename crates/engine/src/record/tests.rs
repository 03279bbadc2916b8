//! Every record reads back as it was written, and refuses what this build did not write.

use larder_config::encryption::{EncryptionConfiguration, SseAlgorithm};
use larder_config::object_lock::{LegalHold, ObjectLockConfiguration, Retention, RetentionMode};
use larder_config::ownership::ObjectOwnership;
use larder_config::tagging::{TagScope, TagSet};
use larder_config::versioning::VersioningStatus;
use larder_store::{BlobId, BlobRef, Partition, Place};
use larder_types::{
    AccountId, Acl, CanonicalUserId, Checksum, ChecksumAlgorithm, ChecksumType, ETag, Grant, Grantee, ObjectKey,
    PartNumber, Permission, PublicAccessBlock, Region, StorageClass, Timestamp, UploadId, VersionId,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::bucket::BucketRecord;
use super::claim::Claim;
use super::completed_upload::CompletedUpload;
use super::deleted_bucket::DeletedBucket;
use super::encryption::{Encryption, KmsKey, ServerKey, StoredKey};
use super::manifest::{Manifest, ManifestPart};
use super::named_blob::NamedBlob;
use super::outbox::OutboxRecord;
use super::part::PartRecord;
use super::upload::{Initiator, UploadRecord};
use super::version::{
    ObjectDetail, ObjectMetadata, ObjectSummary, VersionHead, VersionKind, VersionRecord, VersionTail,
};
use super::*;
use crate::content::{Content, ContentId};

fn timestamp() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_millis)
}

fn account() -> impl Strategy<Value = AccountId> {
    any::<u64>().prop_map(AccountId::from_number)
}

fn etag() -> impl Strategy<Value = ETag> {
    any::<([u8; 16], u16)>().prop_map(|(digest, parts)| ETag { digest, parts })
}

fn class() -> impl Strategy<Value = StorageClass> {
    select(StorageClass::ALL.to_vec())
}

fn checksum() -> impl Strategy<Value = Checksum> {
    (select(ChecksumAlgorithm::ALL.to_vec()), any::<[u8; 32]>()).prop_map(|(algorithm, bytes)| {
        Checksum::new(algorithm, &bytes[..algorithm.size()]).expect("of the algorithm's size")
    })
}

fn checksum_type() -> impl Strategy<Value = ChecksumType> {
    select(vec![ChecksumType::FullObject, ChecksumType::Composite])
}

fn version_id() -> impl Strategy<Value = VersionId> {
    prop_oneof![
        Just(VersionId::Null),
        any::<(u64, u64)>().prop_map(|(sequence, nonce)| VersionId::Id { sequence, nonce })
    ]
}

fn content() -> impl Strategy<Value = Content> {
    let id = any::<(u64, u64)>().prop_map(|(sequence, nonce)| ContentId { sequence, nonce });
    let blob = any::<(u16, [u8; 16])>().prop_map(|(place, id)| BlobRef { place: Place(place), id: BlobId(id) }.into());
    prop_oneof![
        Just(Content::Empty),
        id.clone().prop_map(Content::Inline),
        blob.prop_map(Content::Blob),
        id.prop_map(Content::Manifest)
    ]
}

fn tags() -> impl Strategy<Value = TagSet> {
    proptest::collection::btree_map(
        "[a-z]{1,9}",
        "[ -9a-z:@]{0,9}".prop_map(|text| text.replace(['!', '"', '#', '$', '%', '&', '\'', '(', ')', '*', ','], "")),
        0..5,
    )
    .prop_map(|pairs| {
        let pairs = pairs.into_iter().map(|(key, value)| (Some(key), Some(value)));
        TagSet::new(TagScope::Object, pairs).expect("valid tags")
    })
}

fn retention() -> impl Strategy<Value = Retention> {
    (any::<bool>(), timestamp()).prop_map(|(governance, until)| {
        Retention::new(if governance { RetentionMode::Governance } else { RetentionMode::Compliance }, until)
    })
}

fn hold() -> impl Strategy<Value = LegalHold> {
    select(vec![LegalHold::On, LegalHold::Off])
}

fn metadata() -> impl Strategy<Value = ObjectMetadata> {
    (of(".*"), of(".*"), of(".*"), vec((".{0,9}", ".{0,9}"), 0..4)).prop_map(
        |(content_type, cache_control, expires, user)| ObjectMetadata {
            content_type,
            cache_control,
            expires,
            user,
            ..ObjectMetadata::default()
        },
    )
}

fn acl() -> impl Strategy<Value = Acl> {
    let account = "[0-9a-f]{64}".prop_map(|id| Grantee::Account(CanonicalUserId::parse(&id).expect("an id")));
    let grantee =
        prop_oneof![account, select(vec![Grantee::AllUsers, Grantee::AuthenticatedUsers, Grantee::LogDelivery])];
    let grant = (grantee, select(Permission::ALL.to_vec()));
    vec(grant.prop_map(|(grantee, permission)| Grant { grantee, permission }), 0..4).prop_map(Acl)
}

fn initiator() -> impl Strategy<Value = Initiator> {
    (".{0,9}", ".{0,9}").prop_map(|(id, name)| Initiator { id: id.into(), display_name: name.into() })
}

fn block() -> impl Strategy<Value = PublicAccessBlock> {
    any::<[bool; 4]>().prop_map(|[acls, ignore, policy, restrict]| PublicAccessBlock {
        block_public_acls: acls,
        ignore_public_acls: ignore,
        block_public_policy: policy,
        restrict_public_buckets: restrict,
    })
}

fn server_key() -> impl Strategy<Value = ServerKey> {
    (any::<u32>(), vec(any::<u8>(), 0..70)).prop_map(|(master, sealed)| ServerKey { master, sealed })
}

fn kms_key() -> impl Strategy<Value = KmsKey> {
    let bytes = || vec(any::<u8>(), 0..200);
    (".{0,90}", vec((".{0,9}", ".{0,9}"), 0..3), bytes(), of(bytes()), of(server_key())).prop_map(
        |(arn, context, ciphertext, under_bucket_key, second)| KmsKey {
            arn,
            context,
            ciphertext,
            under_bucket_key,
            second,
        },
    )
}

fn encryption() -> impl Strategy<Value = Encryption> {
    let key = prop_oneof![
        server_key().prop_map(StoredKey::Server),
        (any::<[u8; 16]>(), vec(any::<u8>(), 0..70)).prop_map(|(salt, sealed)| StoredKey::Customer { salt, sealed }),
        kms_key().prop_map(|key| StoredKey::Kms(Box::new(key))),
    ];
    (any::<[u8; 16]>(), key).prop_map(|(stream, key)| Encryption { stream, key })
}

fn default_encryption() -> impl Strategy<Value = EncryptionConfiguration> {
    (of(select(SseAlgorithm::ALL.to_vec())), of(".{0,90}"), any::<bool>(), any::<bool>()).prop_map(
        |(algorithm, key, bucket_key, blocks_customer_keys)| EncryptionConfiguration {
            algorithm,
            key,
            bucket_key,
            blocks_customer_keys,
        },
    )
}

fn object() -> impl Strategy<Value = (ObjectSummary, ObjectDetail)> {
    let upload = any::<(u64, u64)>().prop_map(|(sequence, nonce)| UploadId { sequence, nonce });
    let facts = (any::<u64>(), etag(), class(), of((checksum(), checksum_type())), content());
    (facts, metadata(), tags(), of(retention()), of(hold()), of(upload), of(acl()), of(encryption())).prop_map(
        |((size, etag, class, checksum, content), metadata, tags, retention, legal_hold, upload, acl, encryption)| {
            let kind = checksum.as_ref().map(|(value, kind)| (value.algorithm(), *kind));
            let checksum = checksum.map(|(value, _)| value);
            (
                ObjectSummary { size, etag, class, checksum: kind },
                ObjectDetail { content, checksum, metadata, tags, retention, legal_hold, upload, acl, encryption },
            )
        },
    )
}

fn version() -> impl Strategy<Value = VersionRecord> {
    (version_id(), any::<u64>(), timestamp(), account(), of(any::<u64>()), of(object())).prop_map(
        |(id, sequence, modified, owner, null_sequence, object)| {
            let (kind, object) = match object {
                Some((summary, detail)) => (VersionKind::Object(summary), Some(Box::new(detail))),
                None => (VersionKind::DeleteMarker, None),
            };
            VersionRecord {
                head: VersionHead { id, sequence, modified, owner, kind },
                tail: VersionTail { null_sequence, object },
            }
        },
    )
}

fn part() -> impl Strategy<Value = PartRecord> {
    (any::<u64>(), etag(), of(checksum()), of(checksum()), timestamp(), content(), any::<Option<[u8; 16]>>()).prop_map(
        |(size, etag, checksum, sent, modified, content, stream)| PartRecord {
            size,
            etag,
            checksum,
            sent,
            modified,
            content,
            stream,
        },
    )
}

fn upload() -> impl Strategy<Value = UploadRecord> {
    let algorithm = of(select(ChecksumAlgorithm::ALL.to_vec()));
    let facts = (account(), timestamp(), class(), algorithm, of(checksum_type()), metadata(), tags());
    (facts, of(retention()), of(hold()), of(acl()), of(initiator()), of(encryption())).prop_map(
        |(
            (owner, initiated, class, algorithm, kind, metadata, tags),
            retention,
            legal_hold,
            acl,
            initiator,
            encryption,
        )| {
            UploadRecord {
                owner,
                initiated,
                class,
                checksum_algorithm: algorithm,
                checksum_type: kind,
                metadata,
                tags,
                retention,
                legal_hold,
                acl,
                initiator,
                encryption,
            }
        },
    )
}

fn bucket() -> impl Strategy<Value = BucketRecord> {
    (
        any::<u64>(),
        account(),
        "[a-z]{2}-[a-z]{4,9}-[0-9]",
        timestamp(),
        any::<u16>(),
        any::<bool>(),
        of(tags()),
        access(),
        of(default_encryption()),
    )
        .prop_map(
            |(id, owner, region, created, shards, lock, tags, (policy, acl, block, pays, mfa), encryption)| {
                BucketRecord {
                    id,
                    owner,
                    region: Region::parse(&region).expect("a region"),
                    created,
                    shards,
                    versioning: if lock { VersioningStatus::Enabled } else { VersioningStatus::Suspended },
                    object_lock: lock.then(ObjectLockConfiguration::default),
                    ownership: Some(ObjectOwnership::default()),
                    tags,
                    cors: None,
                    policy: policy.map(Into::into),
                    acl,
                    public_access_block: block,
                    requester_pays: pays,
                    mfa_delete: mfa,
                    encryption,
                }
            },
        )
}

type Access = (Option<String>, Option<Acl>, Option<PublicAccessBlock>, bool, bool);

fn access() -> impl Strategy<Value = Access> {
    (of(".{0,40}"), of(acl()), of(block()), any::<bool>(), any::<bool>())
}

fn round_trips<R: Record + PartialEq + std::fmt::Debug>(record: &R) -> Result<(), TestCaseError> {
    let stored = record.encode();
    prop_assert_eq!(&R::decode(&stored).expect("what was written can be read"), record);
    let mut longer = stored.to_vec();
    longer.push(0);
    prop_assert!(R::decode(&longer).is_err(), "an unknown field is an error");
    let mut newer = stored.to_vec();
    newer[0] = R::VERSION + 1;
    prop_assert!(R::decode(&newer).is_err(), "an unknown version is an error");
    prop_assert!(R::decode(&stored[..stored.len() - 1]).is_err(), "a missing field is an error");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn versions_round_trip_and_their_heads_decode_alone(record in version()) {
        let stored = record.encode();
        prop_assert_eq!(&VersionRecord::decode(&stored).expect("readable"), &record);
        prop_assert_eq!(&VersionHead::decode(&stored).expect("readable"), &record.head);
        let mut longer = stored.to_vec();
        longer.push(0);
        prop_assert!(VersionRecord::decode(&longer).is_err());
    }

    #[test]
    fn parts_and_manifests_round_trip(parts in vec((1..=10_000_i64, part()), 0..5)) {
        for (_, record) in &parts {
            round_trips(record)?;
        }
        let parts = parts.into_iter().map(|(number, record)| ManifestPart {
            number: PartNumber::new(number).expect("in range"),
            size: record.size,
            content: record.content,
            checksum: record.checksum,
            stream: record.stream,
        });
        round_trips(&Manifest { parts: parts.collect() })?;
    }

    #[test]
    fn uploads_round_trip(record in upload(), etag in etag(), version in version_id(), checksum in of((checksum(), checksum_type()))) {
        round_trips(&record)?;
        round_trips(&CompletedUpload { key: ObjectKey::parse("a/b").expect("a key"), etag, version, checksum })?;
    }

    #[test]
    fn buckets_round_trip(record in bucket()) {
        round_trips(&record)?;
        round_trips(&DeletedBucket { shards: record.shards })?;
    }

    #[test]
    fn the_rest_round_trips(content in content(), ids: (u64, u64), place: u16, blob: [u8; 16]) {
        let upload = UploadId { sequence: ids.0, nonce: ids.1 };
        for work in [OutboxRecord::Release(content), OutboxRecord::SweepUpload(upload), OutboxRecord::ForgetUpload(upload)] {
            round_trips(&work)?;
        }
        let blob = BlobRef { place: Place(place), id: BlobId(blob) };
        let named = NamedBlob::new(blob);
        round_trips(&named)?;
        prop_assert_eq!(named.blob(blob.id), blob);
        let partition = Partition { group: ids.0, shard: place };
        prop_assert_eq!(Claim::decode(&Claim::on(partition)).expect("readable").partition(), partition);
    }

    #[test]
    fn rubbish_never_panics(bytes in vec(any::<u8>(), 0..200)) {
        crate::fuzz_entry::records(&bytes);
    }
}
