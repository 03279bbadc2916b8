//! Versioning in all its states: version ids, null versions, delete markers, ListObjectVersions.

use crate::harness::{Answer, TestServer, digest, run};

async fn put(s: &TestServer, target: &str, content: &str) -> String {
    s.put(target, content).send().await.status(200).header("x-amz-version-id").to_owned()
}

/// `key:id` of all versions and `key:id!` of all delete markers, in the order listed; the latest with a `*`.
fn rows(listing: &Answer) -> Vec<String> {
    let mut rows = Vec::new();
    let text = listing.text();
    let mut rest = text;
    loop {
        let version = rest.find("<Version>");
        let marker = rest.find("<DeleteMarker>");
        let Some(at) = [version, marker].into_iter().flatten().min() else { return rows };
        let is_marker = marker == Some(at);
        let end = rest[at..].find(if is_marker { "</DeleteMarker>" } else { "</Version>" }).expect("an end");
        let row = &rest[at..at + end];
        let field = |name: &str| {
            let (open, close) = (format!("<{name}>"), format!("</{name}>"));
            let from = row.find(&open).map_or(0, |at| at + open.len());
            row[from..].split(&close).next().unwrap_or_default().to_owned()
        };
        let latest = if field("IsLatest") == "true" { "*" } else { "" };
        rows.push(format!("{}:{}{}{latest}", field("Key"), field("VersionId"), if is_marker { "!" } else { "" }));
        rest = &rest[at + end..];
    }
}

async fn versions(s: &TestServer, query: &str) -> Answer {
    s.get(&format!("/bucket?versions{query}")).send().await.status(200)
}

#[test]
fn every_write_keeps_the_one_before() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        let first = put(s, "/bucket/key", "1").await;
        let second = put(s, "/bucket/key", "2").await;
        assert!(!first.is_empty() && first != second && first != "null");
        s.get("/bucket/key").send().await.ok().has("x-amz-version-id", &second);
        for (id, content) in [(&first, "1"), (&second, "2")] {
            let target = format!("/bucket/key?versionId={id}");
            let got = s.get(&target).send().await.status(200).has("x-amz-version-id", id);
            assert_eq!(got.text(), content);
            s.head(&target)
                .send()
                .await
                .status(200)
                .has("x-amz-version-id", id)
                .has("etag", &digest::etag(content.as_bytes()));
        }
        let deleted = s.delete("/bucket/key").send().await.status(204).has("x-amz-delete-marker", "true");
        let marker = deleted.header("x-amz-version-id").to_owned();
        assert_eq!(
            rows(&versions(s, "").await),
            [format!("key:{marker}!*"), format!("key:{second}"), format!("key:{first}")]
        );
        assert_eq!(s.read(&format!("/bucket/key?versionId={first}")).await, "1");
        assert!(s.keys("bucket").await.is_empty());

        // Taking the delete marker away brings the object back.
        let undone = s.delete(&format!("/bucket/key?versionId={marker}")).send().await.status(204);
        undone.has("x-amz-delete-marker", "true").has("x-amz-version-id", &marker);
        assert_eq!(s.read("/bucket/key").await, "2");
        let taken = s.delete(&format!("/bucket/key?versionId={second}")).send().await.status(204);
        taken.has("x-amz-version-id", &second).has("x-amz-delete-marker", "");
        assert_eq!(s.read("/bucket/key").await, "1");
        s.delete("/bucket").send().await.refused(409, "BucketNotEmpty");
        s.delete(&format!("/bucket/key?versionId={first}")).send().await.status(204);
        s.delete("/bucket").send().await.status(204);
    });
}

#[test]
fn delete_markers() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        // Of what never was there too.
        let deleted = s.delete("/bucket/key").send().await.status(204).has("x-amz-delete-marker", "true");
        let marker = deleted.header("x-amz-version-id").to_owned();
        let by_id = format!("/bucket/key?versionId={marker}");
        let got = s.get("/bucket/key").send().await.refused(404, "NoSuchKey").says("Key", "key");
        got.has("x-amz-delete-marker", "true").has("x-amz-version-id", &marker);
        let head = s.head("/bucket/key").send().await.refused_head(404);
        head.has("x-amz-delete-marker", "true").has("x-amz-version-id", &marker);
        let got = s.get(&by_id).send().await.refused(405, "MethodNotAllowed").says("ResourceType", "DeleteMarker");
        let got = got.has("x-amz-delete-marker", "true").has("allow", "DELETE").says("Method", "GET");
        assert_eq!(got.header("last-modified"), s.http_date(0));
        s.head(&by_id).send().await.refused_head(405).has("x-amz-delete-marker", "true").has("allow", "DELETE");
        s.get("/bucket/key?partNumber=1").send().await.refused(404, "NoSuchKey").has("x-amz-delete-marker", "true");
        s.get(&format!("{by_id}&partNumber=1")).send().await.refused(405, "MethodNotAllowed");
        s.get("/bucket/key").header("range", "bytes=0-").send().await.refused(404, "NoSuchKey");
        s.get(&format!("/bucket/key?tagging&versionId={marker}")).send().await.refused(405, "MethodNotAllowed");
        let copy = s.put("/bucket/copy", "").header("x-amz-copy-source", format!("bucket/key?versionId={marker}"));
        copy.send().await.refused(400, "InvalidRequest");
        let copy = s.put("/bucket/copy", "").header("x-amz-copy-source", "bucket/key").send().await;
        copy.refused(404, "NoSuchKey");
        let second = s.delete("/bucket/key").send().await.status(204);
        assert_ne!(second.header("x-amz-version-id"), marker, "a delete marker is a version of its own");
        assert_eq!(versions(s, "").await.inner("DeleteMarker").len(), 2);
    });
}

#[test]
fn version_ids_that_name_nothing() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        let id = put(s, "/bucket/key", "1").await;
        let other = put(s, "/bucket/other", "2").await;
        for method in ["GET", "DELETE"] {
            let empty = s.ask(method, "/bucket/key?versionId=").send().await.refused(400, "InvalidArgument");
            empty.says("ArgumentName", "versionId").says("ArgumentValue", "");
            let nonsense = s.ask(method, "/bucket/key?versionId=nonsense").send().await.refused(400, "InvalidArgument");
            nonsense.says("ArgumentName", "versionId").says("ArgumentValue", "nonsense");
        }
        let got = s.get(&format!("/bucket/key?versionId={other}")).send().await.refused(404, "NoSuchVersion");
        got.says("Key", "key").says("VersionId", &other);
        s.get("/bucket/key?versionId=null").send().await.refused(404, "NoSuchVersion");
        // Taking away what is not there takes nothing away.
        s.delete(&format!("/bucket/key?versionId={other}")).send().await.status(204);
        s.delete("/bucket/key?versionId=null").send().await.status(204);
        assert_eq!(s.read("/bucket/key").await, "1");
        assert_eq!(s.read("/bucket/other").await, "2");
        s.put(&format!("/bucket/key?versionId={id}"), "3").send().await.refused(400, "InvalidArgument");
        assert_eq!(s.read("/bucket/key").await, "1");
    });
}

#[test]
fn null_versions() {
    run(async |s| {
        s.bucket("bucket").await;
        assert_eq!(put(s, "/bucket/key", "before").await, "");
        assert_eq!(s.read("/bucket/key?versionId=null").await, "before");
        s.versioning("bucket", "Enabled").await;
        s.get("/bucket/key").send().await.ok().has("x-amz-version-id", "null");
        let first = put(s, "/bucket/key", "first").await;
        assert_eq!(s.read("/bucket/key?versionId=null").await, "before");
        s.versioning("bucket", "Suspended").await;
        assert_eq!(put(s, "/bucket/key", "suspended").await, "", "not shown, though it is the null version");
        assert_eq!(s.read("/bucket/key?versionId=null").await, "suspended");
        assert_eq!(s.read(&format!("/bucket/key?versionId={first}")).await, "first");
        assert_eq!(rows(&versions(s, "").await), ["key:null*".to_owned(), format!("key:{first}")]);

        let deleted = s.delete("/bucket/key").send().await.status(204);
        deleted.has("x-amz-delete-marker", "true").has("x-amz-version-id", "null");
        s.get("/bucket/key?versionId=null").send().await.refused(405, "MethodNotAllowed");
        assert_eq!(rows(&versions(s, "").await), ["key:null!*".to_owned(), format!("key:{first}")]);
        assert_eq!(put(s, "/bucket/key", "again").await, "");
        s.versioning("bucket", "Enabled").await;
        let last = put(s, "/bucket/key", "last").await;
        let expected = [format!("key:{last}*"), "key:null".to_owned(), format!("key:{first}")];
        assert_eq!(rows(&versions(s, "").await), expected);
        s.delete("/bucket/key?versionId=null").send().await.status(204).has("x-amz-version-id", "null");
        assert_eq!(s.read("/bucket/key").await, "last");
        s.delete(&format!("/bucket/key?versionId={last}")).send().await.status(204);
        assert_eq!(s.read("/bucket/key").await, "first");
    });
}

#[test]
fn the_status_of_versioning() {
    run(async |s| {
        s.bucket("bucket").await;
        let status = async || s.get("/bucket?versioning").send().await.ok();
        assert!(status().await.inner("Status").is_empty(), "never set");
        s.versioning("bucket", "Suspended").await;
        status().await.says("Status", "Suspended");
        s.versioning("bucket", "Enabled").await;
        status().await.says("Status", "Enabled");
        let set = |document: &'static str| s.put("/bucket?versioning", document).send();
        set("<VersioningConfiguration/>").await.refused(400, "IllegalVersioningConfigurationException");
        set("<VersioningConfiguration><Status>On</Status></VersioningConfiguration>")
            .await
            .refused(400, "MalformedXML");
        set("<Versioning").await.refused(400, "MalformedXML");
        set("").await.refused(400, "MissingRequestBodyError");
        let mfa = set(
            "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>",
        );
        assert!(matches!(mfa.await.status, 400 | 403 | 501), "what is not there is not accepted");
        status().await.says("Status", "Enabled");
        s.get("/none?versioning").send().await.refused(404, "NoSuchBucket");
    });
}

#[test]
fn versions_are_listed_by_key_and_the_newest_first() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        let mut expected = Vec::new();
        for key in ["a", "a/b", "b"] {
            let mut of_key = Vec::new();
            for round in 0..3 {
                of_key.push(format!("{key}:{}", put(s, &format!("/bucket/{key}"), &round.to_string()).await));
            }
            if key == "b" {
                let marker = s.delete("/bucket/b").send().await.status(204);
                of_key.push(format!("b:{}!", marker.header("x-amz-version-id")));
            }
            of_key.last_mut().expect("one").push('*');
            of_key.reverse();
            expected.extend(of_key);
        }
        let all = versions(s, "").await.says("Name", "bucket").says("IsTruncated", "false").says("MaxKeys", "1000");
        assert_eq!(rows(&all), expected);
        let version = &all.inner("Version")[0];
        for field in ["<ETag>", "<Size>1</Size>", "<StorageClass>STANDARD</StorageClass>", "<LastModified>", "<Owner>"]
        {
            assert!(version.contains(field), "{field}: {version}");
        }
        for size in 1..=expected.len() + 1 {
            let (mut found, mut more) = (Vec::new(), String::new());
            loop {
                let page = versions(s, &format!("&max-keys={size}{more}")).await;
                let on_page = rows(&page);
                assert!(on_page.len() <= size);
                found.extend(on_page);
                if page.first("IsTruncated") != "true" {
                    assert_eq!((page.first("NextKeyMarker"), page.first("NextVersionIdMarker")), Default::default());
                    break;
                }
                let (key, id) = (page.first("NextKeyMarker"), page.first("NextVersionIdMarker"));
                more = format!("&key-marker={}&version-id-marker={id}", crate::harness::encoded(&key));
            }
            assert_eq!(found, expected, "pages of {size}");
        }
        assert_eq!(
            rows(&versions(s, "&key-marker=a").await),
            expected[3..],
            "a key alone: what follows all its versions"
        );
        assert_eq!(rows(&versions(s, "&prefix=a/").await), expected[3..6]);
        let rolled = versions(s, "&delimiter=/").await;
        assert_eq!(rolled.inner("CommonPrefixes"), ["<Prefix>a/</Prefix>"]);
        assert_eq!(rows(&rolled).len(), 7);
        let refused = s.get("/bucket?versions&version-id-marker=null").send().await.refused(400, "InvalidArgument");
        refused.says("ArgumentName", "version-id-marker");
    });
}

#[test]
fn many_versions_are_deleted_at_once() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        let first = put(s, "/bucket/key", "1").await;
        let second = put(s, "/bucket/key", "2").await;
        let delete = async |objects: &str| {
            let document = format!("<Delete>{objects}</Delete>");
            let md5 = digest::content_md5(document.as_bytes());
            s.post("/bucket?delete", &document).header("content-md5", md5).send().await.status(200)
        };
        let answer = delete("<Object><Key>key</Key></Object>").await.says("DeleteMarker", "true").says("VersionId", "");
        let marker = answer.first("DeleteMarkerVersionId");
        s.get("/bucket/key").send().await.refused(404, "NoSuchKey").has("x-amz-version-id", &marker);
        let answer = delete(&format!(
            "<Object><Key>key</Key><VersionId>{first}</VersionId></Object>\
             <Object><Key>key</Key><VersionId>{marker}</VersionId></Object>\
             <Object><Key>key</Key><VersionId>nonsense</VersionId></Object>"
        ))
        .await;
        assert_eq!(answer.inner("Deleted").len(), 2);
        assert_eq!(answer.first("DeleteMarkerVersionId"), marker);
        let errors = answer.inner("Error");
        assert_eq!(errors.len(), 1);
        assert!(errors[0].contains("<Code>NoSuchVersion</Code>"), "{}", errors[0]);
        assert_eq!(rows(&versions(s, "").await), [format!("key:{second}*")]);
    });
}

#[test]
fn tags_belong_to_a_version() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        let first = put(s, "/bucket/key", "1").await;
        let second = put(s, "/bucket/key", "2").await;
        let tags = "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>";
        let old = format!("/bucket/key?tagging&versionId={first}");
        s.put(&old, tags).send().await.status(200).has("x-amz-version-id", &first);
        s.get(&old).send().await.ok().says("Key", "k").has("x-amz-version-id", &first);
        assert!(s.get("/bucket/key?tagging").send().await.ok().all("Key").is_empty());
        s.delete(&old).send().await.status(204).has("x-amz-version-id", &first);
        assert!(s.get(&old).send().await.ok().all("Key").is_empty());
        assert_eq!(rows(&versions(s, "").await), [format!("key:{second}*"), format!("key:{first}")]);
    });
}
