//! The finer rules of multipart uploads: repeated ends, checksums that must be told, what an upload is begun with.

use crate::harness::{TestServer, digest, noise, run};
use crate::multipart::{begin, manifest, part};

#[test]
fn completing_again_changes_nothing() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        let id = begin(s, "/bucket/key").await;
        let tag = part(s, "/bucket/key", &id, 1, b"first").await;
        let complete = || s.post(&format!("/bucket/key?uploadId={id}"), manifest(&[(1, &tag)])).send();
        let done = complete().await.status(200);
        let version = done.header("x-amz-version-id").to_owned();
        let again = complete().await.status(200).has("x-amz-version-id", &version);
        assert_eq!(again.first("ETag"), done.first("ETag"));
        let elsewhere = s.post(&format!("/bucket/other?uploadId={id}"), manifest(&[(1, &tag)])).send().await;
        elsewhere.refused(404, "NoSuchUpload");
        s.head("/bucket/other").send().await.refused_head(404);
        assert_eq!(s.get("/bucket?versions").send().await.ok().inner("Version").len(), 1);
        s.put("/bucket/key", "newer").send().await.ok();
        let late = complete().await;
        assert!(matches!(late.status, 200 | 404), "{}", late.text());
        assert_eq!(s.read("/bucket/key").await, "newer", "a repetition does not bring the older object back");
        assert_eq!(s.get("/bucket?versions").send().await.ok().inner("Version").len(), 2);
        s.delete(&format!("/bucket/key?versionId={version}")).send().await.status(204);
        let gone = complete().await;
        assert!(matches!(gone.status, 200 | 404), "{}", gone.text());
        assert_eq!(s.get("/bucket?versions").send().await.ok().inner("Version").len(), 1);
    });
}

#[test]
fn an_upload_is_aborted_once() {
    run(async |s| {
        s.bucket("bucket").await;
        let id = begin(s, "/bucket/key").await;
        part(s, "/bucket/key", &id, 1, &noise(200_000, 1)).await;
        let target = format!("/bucket/key?uploadId={id}");
        s.delete(&target).send().await.status(204);
        s.delete(&target).send().await.refused(404, "NoSuchUpload");
    });
}

#[test]
fn parts_that_are_refused() {
    run(async |s| {
        s.bucket("bucket").await;
        let id = begin(s, "/bucket/key").await;
        let target = format!("/bucket/key?partNumber=1&uploadId={id}");
        s.put(&target, "x").header("content-md5", digest::content_md5(b"y")).send().await.refused(400, "BadDigest");
        let huge = s.put(&target, "").declared_length(Some(5 * 1024 * 1024 * 1024 + 1)).send().await;
        huge.refused(400, "EntityTooLarge");
        s.put(&target, "").declared_length(None).send().await.refused(411, "MissingContentLength");
        let anonymous = s.put(&target, "x").anonymous().send().await;
        anonymous.refused(403, "AccessDenied");
        let listed = s.get(&format!("/bucket/key?uploadId={id}")).send().await.status(200);
        assert!(listed.inner("Part").is_empty());
    });
}

#[test]
fn the_size_that_was_announced() {
    run(async |s| {
        s.bucket("bucket").await;
        let id = begin(s, "/bucket/key").await;
        let tag = part(s, "/bucket/key", &id, 1, b"12345").await;
        let complete = |size: &str| {
            let ask = s.post(&format!("/bucket/key?uploadId={id}"), manifest(&[(1, &tag)]));
            ask.header("x-amz-mp-object-size", size).send()
        };
        complete("6").await.refused(400, "InvalidRequest");
        assert_eq!(complete("x").await.status, 400);
        s.assert_missing("/bucket/key").await;
        complete("5").await.status(200);
    });
}

async fn begin_with(s: &TestServer, headers: &[(&str, &str)]) -> String {
    let ask = s.post("/bucket/key?uploads", "");
    let ask = headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value));
    ask.send().await.status(200).first("UploadId")
}

#[test]
fn checksums_that_must_be_told() {
    run(async |s| {
        s.bucket("bucket").await;
        let id = begin_with(s, &[("x-amz-checksum-algorithm", "SHA256")]).await;
        let target = format!("/bucket/key?partNumber=1&uploadId={id}");
        let other = digest::checksum(larder_types::ChecksumAlgorithm::Crc32, b"x");
        s.put(&target, "x").header("x-amz-checksum-crc32", other).send().await.refused(400, "InvalidRequest");
        let value = digest::checksum(larder_types::ChecksumAlgorithm::Sha256, b"x");
        let stored = s.put(&target, "x").header("x-amz-checksum-sha256", &value).send().await.status(200);
        let without =
            s.post(&format!("/bucket/key?uploadId={id}"), manifest(&[(1, stored.header("etag"))])).send().await;
        without.refused(400, "InvalidRequest");
        s.assert_missing("/bucket/key").await;
        s.delete(&format!("/bucket/key?uploadId={id}")).send().await.status(204);
        // One checksum over the whole object is put together without help.
        let whole = [("x-amz-checksum-algorithm", "CRC32"), ("x-amz-checksum-type", "FULL_OBJECT")];
        let id = begin_with(s, &whole).await;
        let target = format!("/bucket/key?partNumber=1&uploadId={id}");
        let value = digest::checksum(larder_types::ChecksumAlgorithm::Crc32, b"x");
        let stored = s.put(&target, "x").header("x-amz-checksum-crc32", &value).send().await.status(200);
        let done = s.post(&format!("/bucket/key?uploadId={id}"), manifest(&[(1, stored.header("etag"))])).send().await;
        done.status(200).says("ChecksumCRC32", &value).says("ChecksumType", "FULL_OBJECT");
    });
}

#[test]
fn an_upload_is_begun_with_what_the_object_has() {
    run(async |s| {
        s.locking_bucket("bucket").await;
        let until = s.iso_date(86_400);
        let id = begin_with(
            s,
            &[
                ("x-amz-object-lock-mode", "GOVERNANCE"),
                ("x-amz-object-lock-retain-until-date", &until),
                ("x-amz-object-lock-legal-hold", "ON"),
                ("x-amz-storage-class", "STANDARD_IA"),
                ("x-amz-website-redirect-location", "/x"),
                ("cache-control", "no-store"),
            ],
        )
        .await;
        s.get("/bucket?uploads").send().await.ok().says("StorageClass", "STANDARD_IA");
        let tag = part(s, "/bucket/key", &id, 1, b"x").await;
        s.post(&format!("/bucket/key?uploadId={id}"), manifest(&[(1, &tag)])).send().await.status(200);
        let head = s.head("/bucket/key").send().await.status(200).has("x-amz-object-lock-mode", "GOVERNANCE");
        let head = head.has("x-amz-object-lock-legal-hold", "ON").has("x-amz-storage-class", "STANDARD_IA");
        head.has("x-amz-website-redirect-location", "/x").has("cache-control", "no-store");
        s.post("/bucket/key?uploads", "")
            .header("x-amz-storage-class", "WARM")
            .send()
            .await
            .refused(400, "InvalidStorageClass");
        let large = s.post("/bucket/key?uploads", "").header("x-amz-meta-a", "v".repeat(2048)).send().await;
        large.refused(400, "MetadataTooLarge");
        assert!(s.get("/bucket?uploads").send().await.ok().inner("Upload").is_empty());
    });
}

#[test]
fn the_parts_of_an_object_are_told() {
    run(async |s| {
        s.bucket("bucket").await;
        let id = begin_with(s, &[("x-amz-checksum-algorithm", "SHA256")]).await;
        let contents = [noise(5 * 1024 * 1024, 1), noise(5 * 1024 * 1024, 2), noise(10, 3)];
        let mut list = String::new();
        for (number, content) in (1..).zip(&contents) {
            let value = digest::checksum(larder_types::ChecksumAlgorithm::Sha256, content);
            let target = format!("/bucket/key?partNumber={number}&uploadId={id}");
            let tag = s.put(&target, content).header("x-amz-checksum-sha256", &value).send().await.status(200);
            let tag = tag.header("etag").to_owned();
            list += &format!(
                "<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag><ChecksumSHA256>{value}</ChecksumSHA256></Part>"
            );
        }
        let document = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
        s.post(&format!("/bucket/key?uploadId={id}"), document).send().await.status(200);
        let ask = |name: &str, value: &str| {
            s.get("/bucket/key?attributes").header("x-amz-object-attributes", "ObjectParts").header(name, value).send()
        };
        let all = ask("x-amz-max-parts", "1000").await.status(200).says("PartsCount", "3").says("IsTruncated", "false");
        assert_eq!(all.all("Size"), ["5242880", "5242880", "10"]);
        assert_eq!(all.all("PartNumber"), ["1", "2", "3"]);
        assert_eq!(all.all("ChecksumSHA256").len(), 3);
        let some = ask("x-amz-max-parts", "2").await.status(200).says("IsTruncated", "true");
        assert_eq!(some.says("NextPartNumberMarker", "2").all("PartNumber"), ["1", "2"]);
        let rest = ask("x-amz-part-number-marker", "2").await.status(200).says("IsTruncated", "false");
        assert_eq!(rest.all("PartNumber"), ["3"]);
        assert_eq!(ask("x-amz-max-parts", "-1").await.status, 400);
    });
}
