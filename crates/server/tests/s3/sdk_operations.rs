//! Every operation as the official SDK sends and reads it: what it cannot parse, applications cannot use.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{
    AccessControlPolicy, BucketCannedAcl, BucketVersioningStatus, ChecksumMode, CorsConfiguration, CorsRule,
    DefaultRetention, Delete, MetadataDirective, ObjectAttributes, ObjectIdentifier, ObjectLockConfiguration,
    ObjectLockEnabled, ObjectLockLegalHold, ObjectLockLegalHoldStatus, ObjectLockMode, ObjectLockRetention,
    ObjectLockRetentionMode, ObjectLockRule, ObjectOwnership, OwnershipControls, OwnershipControlsRule, Payer,
    Permission, PublicAccessBlockConfiguration, RequestPaymentConfiguration, Tag, Tagging, TaggingDirective, Type,
    VersioningConfiguration,
};

use crate::harness::{digest, run, sdk};

fn tagging(key: &str, value: &str) -> Tagging {
    let tag = Tag::builder().key(key).value(value).build().expect("a tag");
    Tagging::builder().tag_set(tag).build().expect("tags")
}

async fn versioned(client: &Client, bucket: &str) {
    client.create_bucket().bucket(bucket).send().await.expect("made");
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    client.put_bucket_versioning().bucket(bucket).versioning_configuration(enabled).send().await.expect("set");
}

async fn put(client: &Client, key: &str, content: &'static str) -> String {
    let put = client.put_object().bucket("bucket").key(key).body(ByteStream::from_static(content.as_bytes()));
    put.send().await.expect("stored").version_id().unwrap_or_default().to_owned()
}

#[test]
fn settings_of_a_bucket() {
    run(async |s| {
        let client = sdk(s);
        versioned(&client, "bucket").await;
        let versioning = client.get_bucket_versioning().bucket("bucket").send().await.expect("read");
        assert_eq!(versioning.status(), Some(&BucketVersioningStatus::Enabled));
        client.head_bucket().bucket("bucket").send().await.expect("there");
        let location = client.get_bucket_location().bucket("bucket").send().await.expect("read");
        assert!(location.location_constraint().is_none_or(|constraint| constraint.as_str().is_empty()));

        client.put_bucket_tagging().bucket("bucket").tagging(tagging("k", "v")).send().await.expect("set");
        let tags = client.get_bucket_tagging().bucket("bucket").send().await.expect("read");
        assert_eq!((tags.tag_set()[0].key(), tags.tag_set()[0].value()), ("k", "v"));
        client.delete_bucket_tagging().bucket("bucket").send().await.expect("removed");
        let none = client.get_bucket_tagging().bucket("bucket").send().await.expect_err("none");
        assert_eq!(none.into_service_error().meta().code(), Some("NoSuchTagSet"));

        let rule =
            CorsRule::builder().allowed_origins("*").allowed_methods("GET").max_age_seconds(5).build().expect("a rule");
        let rules = CorsConfiguration::builder().cors_rules(rule).build().expect("rules");
        client.put_bucket_cors().bucket("bucket").cors_configuration(rules).send().await.expect("set");
        let rules = client.get_bucket_cors().bucket("bucket").send().await.expect("read");
        assert_eq!(rules.cors_rules()[0].max_age_seconds(), Some(5));
        client.delete_bucket_cors().bucket("bucket").send().await.expect("removed");

        let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::BucketOwnerEnforced).build();
        let controls = OwnershipControls::builder().rules(rule.expect("a rule")).build().expect("rules");
        client.put_bucket_ownership_controls().bucket("bucket").ownership_controls(controls).send().await.expect("set");
        let controls = client.get_bucket_ownership_controls().bucket("bucket").send().await.expect("read");
        let rule = &controls.ownership_controls().expect("controls").rules()[0];
        assert_eq!(rule.object_ownership(), &ObjectOwnership::BucketOwnerEnforced);
        client.delete_bucket_ownership_controls().bucket("bucket").send().await.expect("removed");
        client.delete_bucket().bucket("bucket").send().await.expect("removed");
    });
}

#[test]
fn access_to_a_bucket_and_its_objects() {
    run(async |s| {
        let client = sdk(s);
        let made = client.create_bucket().bucket("bucket").object_ownership(ObjectOwnership::ObjectWriter).send().await;
        made.expect("made");
        let block = client.get_public_access_block().bucket("bucket").send().await.expect("read");
        let block = block.public_access_block_configuration().expect("a new bucket has them");
        assert_eq!((block.block_public_acls(), block.restrict_public_buckets()), (Some(true), Some(true)));
        let none = PublicAccessBlockConfiguration::builder().block_public_acls(false).build();
        let set = client.put_public_access_block().bucket("bucket").public_access_block_configuration(none);
        set.send().await.expect("set");

        client.put_bucket_acl().bucket("bucket").acl(BucketCannedAcl::PublicRead).send().await.expect("set");
        let shown = client.get_bucket_acl().bucket("bucket").send().await.expect("read");
        let (owner, grants) = (shown.owner().expect("an owner").clone(), shown.grants().to_vec());
        let group = grants[0].grantee().expect("a grantee");
        assert_eq!((grants[1].permission(), group.r#type()), (Some(&Permission::FullControl), &Type::Group));
        // What was read can be set again, on an object too.
        put(&client, "key", "content").await;
        let list = AccessControlPolicy::builder().owner(owner).set_grants(Some(grants.clone())).build();
        let set = client.put_object_acl().bucket("bucket").key("key").access_control_policy(list);
        set.send().await.expect("set");
        let shown = client.get_object_acl().bucket("bucket").key("key").send().await.expect("read");
        assert_eq!(shown.grants(), grants);

        let policy = "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \
                      \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::bucket/*\"}]}";
        client.put_bucket_policy().bucket("bucket").policy(policy).send().await.expect("set");
        assert_eq!(client.get_bucket_policy().bucket("bucket").send().await.expect("read").policy(), Some(policy));
        let status = client.get_bucket_policy_status().bucket("bucket").send().await.expect("read");
        assert_eq!(status.policy_status().expect("a status").is_public(), Some(true));
        client.delete_bucket_policy().bucket("bucket").send().await.expect("removed");

        let payer = RequestPaymentConfiguration::builder().payer(Payer::Requester).build().expect("a payer");
        let set = client.put_bucket_request_payment().bucket("bucket").request_payment_configuration(payer);
        set.send().await.expect("set");
        let payer = client.get_bucket_request_payment().bucket("bucket").send().await.expect("read");
        assert_eq!(payer.payer(), Some(&Payer::Requester));
        client.delete_public_access_block().bucket("bucket").send().await.expect("removed");
    });
}

#[test]
fn objects_and_their_versions() {
    run(async |s| {
        let client = sdk(s);
        versioned(&client, "bucket").await;
        let first = put(&client, "key", "first").await;
        let second = put(&client, "key", "second").await;
        let old = client.get_object().bucket("bucket").key("key").version_id(&first).send().await.expect("read");
        assert_eq!(&old.body.collect().await.expect("whole").into_bytes()[..], b"first");
        let part = client.get_object().bucket("bucket").key("key").range("bytes=1-3").send().await.expect("read");
        assert_eq!(part.content_range(), Some("bytes 1-3/6"));
        assert_eq!(&part.body.collect().await.expect("whole").into_bytes()[..], b"eco");
        let head = client.head_object().bucket("bucket").key("key").checksum_mode(ChecksumMode::Enabled).send().await;
        let head = head.expect("there");
        assert_eq!((head.content_length(), head.version_id()), (Some(6), Some(&*second)));
        assert!(head.checksum_crc32().is_some());
        let etag = digest::etag(b"second");
        let same = client
            .get_object()
            .bucket("bucket")
            .key("key")
            .if_none_match(&etag)
            .send()
            .await
            .expect_err("not modified");
        assert_eq!(same.raw_response().map(|answer| answer.status().as_u16()), Some(304));

        let attributes = client.get_object_attributes().bucket("bucket").key("key").version_id(&first);
        let attributes =
            attributes.object_attributes(ObjectAttributes::ObjectSize).object_attributes(ObjectAttributes::Etag);
        let attributes = attributes.object_attributes(ObjectAttributes::Checksum).send().await.expect("read");
        assert_eq!(
            (attributes.object_size(), attributes.e_tag()),
            (Some(5), Some(digest::etag(b"first").trim_matches('"')))
        );
        assert!(attributes.checksum().and_then(|checksum| checksum.checksum_crc32()).is_some());

        let copy =
            client.copy_object().bucket("bucket").key("copy").copy_source(format!("bucket/key?versionId={first}"));
        let copy = copy.metadata_directive(MetadataDirective::Replace).metadata("a", "1");
        let copy = copy.tagging_directive(TaggingDirective::Replace).tagging("k=v").send().await.expect("copied");
        assert_eq!(copy.copy_source_version_id(), Some(&*first));
        assert_eq!(copy.copy_object_result().and_then(|result| result.e_tag()), Some(&*digest::etag(b"first")));

        let marker = client.delete_object().bucket("bucket").key("key").send().await.expect("deleted");
        assert_eq!(marker.delete_marker(), Some(true));
        let all = client.list_object_versions().bucket("bucket").prefix("key").send().await.expect("listed");
        let ids: Vec<_> = all.versions().iter().filter_map(|version| version.version_id()).collect();
        assert_eq!(ids, [&*second, &*first]);
        assert_eq!(all.delete_markers()[0].version_id(), marker.version_id());
        assert_eq!(all.delete_markers()[0].is_latest(), Some(true));
    });
}

#[test]
fn tags_of_objects() {
    run(async |s| {
        let client = sdk(s);
        versioned(&client, "bucket").await;
        let id = put(&client, "key", "content").await;
        client
            .put_object_tagging()
            .bucket("bucket")
            .key("key")
            .tagging(tagging("a b", "c+d"))
            .send()
            .await
            .expect("set");
        let tags = client.get_object_tagging().bucket("bucket").key("key").send().await.expect("read");
        assert_eq!((tags.tag_set()[0].key(), tags.tag_set()[0].value(), tags.version_id()), ("a b", "c+d", Some(&*id)));
        client.delete_object_tagging().bucket("bucket").key("key").send().await.expect("removed");
        let tags = client.get_object_tagging().bucket("bucket").key("key").send().await.expect("read");
        assert!(tags.tag_set().is_empty());
    });
}

#[test]
fn locks() {
    run(async |s| {
        let client = sdk(s);
        client.create_bucket().bucket("bucket").object_lock_enabled_for_bucket(true).send().await.expect("made");
        let default = DefaultRetention::builder().mode(ObjectLockRetentionMode::Governance).days(1).build();
        let rule = ObjectLockRule::builder().default_retention(default).build();
        let lock =
            ObjectLockConfiguration::builder().object_lock_enabled(ObjectLockEnabled::Enabled).rule(rule).build();
        let set = client.put_object_lock_configuration().bucket("bucket").object_lock_configuration(lock.clone());
        set.send().await.expect("set");
        let read = client.get_object_lock_configuration().bucket("bucket").send().await.expect("read");
        assert_eq!(read.object_lock_configuration(), Some(&lock));

        let id = put(&client, "key", "content").await;
        let head = client.head_object().bucket("bucket").key("key").send().await.expect("there");
        assert_eq!(head.object_lock_mode(), Some(&ObjectLockMode::Governance));
        let until = DateTime::from_secs(s.now().as_second() + 1_000_000);
        let retention =
            ObjectLockRetention::builder().mode(ObjectLockRetentionMode::Governance).retain_until_date(until);
        let set = client.put_object_retention().bucket("bucket").key("key").retention(retention.build());
        set.send().await.expect("longer");
        let read = client.get_object_retention().bucket("bucket").key("key").send().await.expect("read");
        assert_eq!(read.retention().and_then(|retention| retention.retain_until_date()), Some(&until));

        let hold = |status| ObjectLockLegalHold::builder().status(status).build();
        let set =
            client.put_object_legal_hold().bucket("bucket").key("key").legal_hold(hold(ObjectLockLegalHoldStatus::On));
        set.send().await.expect("held");
        let delete =
            || client.delete_object().bucket("bucket").key("key").version_id(&id).bypass_governance_retention(true);
        let refused = delete().send().await.expect_err("it is held");
        assert_eq!(refused.into_service_error().meta().code(), Some("AccessDenied"));
        let set =
            client.put_object_legal_hold().bucket("bucket").key("key").legal_hold(hold(ObjectLockLegalHoldStatus::Off));
        set.send().await.expect("free");
        let read = client.get_object_legal_hold().bucket("bucket").key("key").send().await.expect("read");
        let status = read.legal_hold().and_then(|hold| hold.status());
        assert_eq!(status, Some(&ObjectLockLegalHoldStatus::Off));
        delete().send().await.expect("bypassed");
    });
}

#[test]
fn listings_and_deletions() {
    run(async |s| {
        let client = sdk(s);
        client.create_bucket().bucket("bucket").send().await.expect("made");
        let keys = ["a", "b/1", "b/2", "c d", "e\u{1f980}", "f<&>\r\n"];
        for key in keys {
            put(&client, key, "x").await;
        }
        let mut found = Vec::new();
        let mut pages = client.list_objects_v2().bucket("bucket").into_paginator().page_size(2).send();
        while let Some(page) = pages.next().await {
            let page = page.expect("listed");
            found.extend(page.contents().iter().filter_map(|object| object.key().map(str::to_owned)));
        }
        assert_eq!(found, keys);
        let rolled = client.list_objects().bucket("bucket").delimiter("/").max_keys(2).send().await.expect("listed");
        assert_eq!((rolled.next_marker(), rolled.is_truncated()), (Some("b/"), Some(true)));
        assert_eq!(rolled.common_prefixes()[0].prefix(), Some("b/"));

        let upload = client.create_multipart_upload().bucket("bucket").key("z").send().await.expect("begun");
        let id = upload.upload_id().expect("an id");
        let part = client
            .upload_part()
            .bucket("bucket")
            .key("z")
            .upload_id(id)
            .part_number(1)
            .body(ByteStream::from_static(b"x"));
        part.send().await.expect("uploaded");
        let parts = client.list_parts().bucket("bucket").key("z").upload_id(id).send().await.expect("listed");
        assert_eq!((parts.parts()[0].part_number(), parts.parts()[0].size()), (Some(1), Some(1)));
        let uploads = client.list_multipart_uploads().bucket("bucket").send().await.expect("listed");
        assert_eq!((uploads.uploads()[0].key(), uploads.uploads()[0].upload_id()), (Some("z"), Some(id)));
        client.abort_multipart_upload().bucket("bucket").key("z").upload_id(id).send().await.expect("aborted");

        let objects = keys.map(|key| ObjectIdentifier::builder().key(key).build().expect("a key"));
        let delete = Delete::builder().set_objects(Some(objects.to_vec())).build().expect("keys");
        let deleted = client.delete_objects().bucket("bucket").delete(delete).send().await;
        let deleted = deleted.expect("deleted");
        assert_eq!((deleted.deleted().len(), deleted.errors().len()), (keys.len(), 0));
        client.delete_bucket().bucket("bucket").send().await.expect("removed");
    });
}
