//! The exact bytes of generated responses.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use http::StatusCode;
use jiff::Timestamp;
use larder_wire::generated::s3::enums::*;
use larder_wire::generated::s3::shapes::*;
use larder_wire::generated::s3::*;

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const XMLNS: &str = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[track_caller]
fn assert_document(body: &[u8], root: &str, content: &str) {
    let expected = match content {
        "" => format!("{DECLARATION}<{root} {XMLNS}/>"),
        _ => format!("{DECLARATION}<{root} {XMLNS}>{content}</{root}>"),
    };
    assert_eq!(std::str::from_utf8(body).unwrap(), expected);
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

#[test]
fn a_listing() {
    let object = |key: &str| Object {
        key: text(key),
        last_modified: Some(time("2009-10-12T17:50:30Z")),
        etag: text("\"fba9dede5f27731c9771645a39863328\""),
        size: Some(434_234),
        storage_class: Some(ObjectStorageClass::Standard),
        ..Object::default()
    };
    let output = ListObjectsV2Output {
        is_truncated: Some(false),
        contents: vec![
            object("a&b<c>\r\n\t\u{1}\u{1f}\u{ffff}'\u{e9}"),
            Object { owner: Some(Owner::default()), ..object("b") },
        ],
        name: text("bucket"),
        prefix: text(""),
        max_keys: Some(1000),
        common_prefixes: vec![CommonPrefix { prefix: text("photos/") }],
        key_count: Some(3),
        ..ListObjectsV2Output::default()
    };
    let response = output.encode();
    assert_eq!(response.headers["content-type"], "application/xml");
    let contents = |key: &str, owner: &str| {
        format!(
            "<Contents><Key>{key}</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified>\
             <ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><Size>434234</Size>\
             <StorageClass>STANDARD</StorageClass>{owner}</Contents>"
        )
    };
    assert_document(
        &response.body,
        "ListBucketResult",
        &format!(
            "<Name>bucket</Name><Prefix></Prefix><KeyCount>3</KeyCount><MaxKeys>1000</MaxKeys>\
             <IsTruncated>false</IsTruncated>{}{}<CommonPrefixes><Prefix>photos/</Prefix></CommonPrefixes>",
            contents("a&amp;b&lt;c&gt;&#xD;&#xA;&#x9;&#x1;&#x1F;&#xFFFF;'\u{e9}", ""),
            contents("b", "<Owner/>")
        ),
    );
}

#[test]
fn a_listing_of_buckets_holds_its_list_even_when_empty() {
    let owner = Some(Owner { display_name: text("someone"), id: text("abc") });
    let empty = ListBucketsOutput { buckets: Some(Vec::new()), owner: owner.clone(), ..Default::default() };
    let owned = "<Owner><DisplayName>someone</DisplayName><ID>abc</ID></Owner>";
    assert_document(&empty.encode().body, "ListAllMyBucketsResult", &format!("{owned}<Buckets/>"));
    let bucket =
        Bucket { name: text("one"), creation_date: Some(time("2020-02-29T23:59:59.999Z")), ..Default::default() };
    let full = ListBucketsOutput { buckets: Some(vec![bucket]), owner, ..Default::default() };
    let listed =
        "<Buckets><Bucket><Name>one</Name><CreationDate>2020-02-29T23:59:59.999Z</CreationDate></Bucket></Buckets>";
    assert_document(&full.encode().body, "ListAllMyBucketsResult", &format!("{owned}{listed}"));
}

#[test]
fn versions_and_delete_markers_are_one_listing() {
    let at = Some(time("2020-01-01T00:00:00Z"));
    let version = |key: &str, id: &str| {
        let version = ObjectVersion { key: text(key), version_id: text(id), last_modified: at, ..Default::default() };
        ListObjectVersionsItem::Version(version)
    };
    let marker = |key: &str, id: &str| {
        let marker =
            DeleteMarkerEntry { key: text(key), version_id: text(id), last_modified: at, ..Default::default() };
        ListObjectVersionsItem::DeleteMarker(marker)
    };
    // Neither keys nor times tell the order: an encoded key sorts otherwise than the key, and times can be the same.
    let items = vec![
        marker("b", "b3"),
        version("b", "b2"),
        marker("b", "b1"),
        version("a", "a2"),
        version("a", "a1"),
        marker("c", "c1"),
    ];
    let output = ListObjectVersionsOutput { items, ..Default::default() };
    let body = output.encode().body;
    let body = std::str::from_utf8(&body).unwrap();
    let order: Vec<&str> = body.split("<VersionId>").skip(1).map(|rest| &rest[..2]).collect();
    assert_eq!(order, ["b3", "b2", "b1", "a2", "a1", "c1"]);
    assert_eq!(body.matches("<Version><Key>").count(), 3);
    assert_eq!(body.matches("<DeleteMarker><Key>").count(), 3);
}

#[test]
fn a_location_is_the_root_elements_own_text() {
    let at = |location| GetBucketLocationOutput { location_constraint: location }.encode().body;
    assert_document(&at(None), "LocationConstraint", "");
    assert_document(&at(Some(BucketLocationConstraint::from("eu-west-1"))), "LocationConstraint", "eu-west-1");
    assert_document(&at(Some(BucketLocationConstraint::from("home"))), "LocationConstraint", "home");
}

#[test]
fn a_configuration_is_the_payload_itself() {
    let retention = DefaultRetention { mode: Some(ObjectLockRetentionMode::Governance), days: Some(-1), years: None };
    let configuration = ObjectLockConfiguration {
        object_lock_enabled: Some(ObjectLockEnabled::Enabled),
        rule: Some(ObjectLockRule { default_retention: Some(retention) }),
    };
    let output = GetObjectLockConfigurationOutput { object_lock_configuration: Some(configuration) };
    assert_document(
        &output.encode().body,
        "ObjectLockConfiguration",
        "<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode>\
         <Days>-1</Days></DefaultRetention></Rule>",
    );
    assert_document(&GetBucketVersioningOutput::default().encode().body, "VersioningConfiguration", "");
    assert_document(&GetBucketTaggingOutput::default().encode().body, "Tagging", "<TagSet/>");
    let retention = ObjectLockRetention {
        mode: Some(ObjectLockRetentionMode::Compliance),
        retain_until_date: Some(time("2030-01-01T00:00:00Z")),
    };
    assert_document(
        &GetObjectRetentionOutput { retention: Some(retention) }.encode().body,
        "Retention",
        "<Mode>COMPLIANCE</Mode><RetainUntilDate>2030-01-01T00:00:00.000Z</RetainUntilDate>",
    );
}

#[test]
fn the_answers_of_a_multipart_upload() {
    let created = CreateMultipartUploadOutput {
        bucket: text("bucket"),
        key: text("key"),
        upload_id: text("id"),
        abort_date: Some(time("2030-01-01T00:00:00Z")),
        ..Default::default()
    };
    let response = created.encode();
    assert_eq!(response.headers["x-amz-abort-date"], "Tue, 01 Jan 2030 00:00:00 GMT");
    let content = "<Bucket>bucket</Bucket><Key>key</Key><UploadId>id</UploadId>";
    assert_document(&response.body, "InitiateMultipartUploadResult", content);

    let copied =
        CopyPartResult { etag: text("\"e\""), last_modified: Some(time("2009-10-12T17:50:30Z")), ..Default::default() };
    assert_document(
        &UploadPartCopyOutput { copy_part_result: Some(copied), ..Default::default() }.encode().body,
        "CopyPartResult",
        "<ETag>&quot;e&quot;</ETag><LastModified>2009-10-12T17:50:30.000Z</LastModified>",
    );
    let deleted = DeleteObjectsOutput {
        deleted: vec![DeletedObject { key: text("a"), delete_marker: Some(true), ..Default::default() }],
        errors: vec![Error {
            key: text("b"),
            code: text("AccessDenied"),
            message: text("Access Denied"),
            version_id: None,
        }],
        ..Default::default()
    };
    assert_document(
        &deleted.encode().body,
        "DeleteResult",
        "<Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker></Deleted>\
         <Error><Key>b</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
    );
}

#[test]
fn headers_of_an_object() {
    let output = GetObjectOutput {
        content_length: Some(10),
        content_range: text("bytes 0-9/100"),
        etag: text("\"e\""),
        last_modified: Some(time("2009-10-12T17:50:30.750Z")),
        delete_marker: Some(false),
        metadata: vec![("a".into(), "1".into()), ("b c".into(), "dropped".into())],
        object_lock_retain_until_date: Some(time("2030-01-01T00:00:00Z")),
        content_type: text("text/plain\r\nx: y"),
        ..Default::default()
    };
    let response = output.encode();
    assert_eq!(response.status, StatusCode::PARTIAL_CONTENT);
    assert!(response.body.is_empty());
    let mut headers: Vec<String> =
        response.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
    headers.sort();
    assert_eq!(
        headers,
        [
            "content-length: 10",
            "content-range: bytes 0-9/100",
            "content-type: text/plain  x: y",
            "etag: \"e\"",
            "last-modified: Mon, 12 Oct 2009 17:50:30 GMT",
            "x-amz-delete-marker: false",
            "x-amz-meta-a: 1",
            "x-amz-object-lock-retain-until-date: 2030-01-01T00:00:00.000Z",
        ]
    );
    assert_eq!(GetObjectOutput::default().encode().status, StatusCode::OK);
    assert_eq!(DeleteObjectOutput::default().encode().status, StatusCode::NO_CONTENT);
    assert_eq!(DeleteBucketOutput::default().encode().status, StatusCode::NO_CONTENT);
}
