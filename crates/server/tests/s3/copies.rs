//! CopyObject and UploadPartCopy.

use crate::harness::{digest, encoded, noise, run, sdk};

#[test]
fn a_copy_has_the_source_s_bytes_and_metadata() {
    run(async |s| {
        s.bucket("from").await;
        s.bucket("into").await;
        let key = "a b/\u{1f980}+%2F";
        let put = s.put(&format!("/from/{}", encoded(key)), "hello world").header("content-type", "text/plain");
        put.header("x-amz-meta-a", "1").header("x-amz-tagging", "t=1").send().await.ok();
        for (target, source) in
            [("/into/1", format!("/from/{}", encoded(key))), ("/into/2", format!("from/{}", encoded(key)))]
        {
            let copied = s.put(target, "").header("x-amz-copy-source", source).send().await.status(200);
            copied.says("ETag", &digest::etag(b"hello world")).says("ChecksumCRC64NVME", "jSnVw/bqjr4=");
            let got = s.get(target).send().await.ok().has("content-type", "text/plain").has("x-amz-meta-a", "1");
            assert_eq!(got.has("x-amz-tagging-count", "1").text(), "hello world");
        }
        let replaced = s.put("/into/3", "").header("x-amz-copy-source", format!("from/{}", encoded(key)));
        let replaced = replaced.header("x-amz-metadata-directive", "REPLACE").header("x-amz-meta-b", "2");
        replaced.header("x-amz-tagging-directive", "REPLACE").header("x-amz-tagging", "u=1&v=2").send().await.ok();
        let got = s.get("/into/3").send().await.ok().has("x-amz-meta-a", "").has("x-amz-meta-b", "2");
        assert_eq!(
            got.has("content-type", "binary/octet-stream").has("x-amz-tagging-count", "2").text(),
            "hello world"
        );
        // Without the directive what is sent along is not heeded.
        let copied = s.put("/into/4", "").header("x-amz-copy-source", "into/3").header("x-amz-meta-b", "3");
        copied.send().await.ok();
        s.head("/into/4").send().await.status(200).has("x-amz-meta-b", "2");
    });
}

#[test]
fn the_place_of_a_copy_can_be_conditional() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "x").send().await.ok();
        s.put("/bucket/there", "y").send().await.ok();
        let copy = |target: &'static str, name: &'static str, value: &str| {
            s.put(target, "").header("x-amz-copy-source", "bucket/key").header(name, value).send()
        };
        copy("/bucket/there", "if-none-match", "*").await.refused(412, "PreconditionFailed");
        copy("/bucket/there", "if-match", &digest::etag(b"x")).await.refused(412, "PreconditionFailed");
        assert_eq!(s.read("/bucket/there").await, "y");
        copy("/bucket/there", "if-match", &digest::etag(b"y")).await.status(200);
        copy("/bucket/new", "if-none-match", "*").await.status(200);
        assert_eq!(s.read("/bucket/there").await + &s.read("/bucket/new").await, "xx");
        let id = crate::multipart::begin(s, "/bucket/parts").await;
        let target = format!("/bucket/parts?partNumber=1&uploadId={id}");
        let part = s.put(&target, "").header("x-amz-copy-source", "bucket/key");
        let refused = part.clone().header("x-amz-copy-source-if-match", digest::etag(b"z")).send().await;
        refused.refused(412, "PreconditionFailed");
        let copied = part.header("x-amz-copy-source-if-match", digest::etag(b"x")).send().await.status(200);
        copied.says("ETag", &digest::etag(b"x"));
    });
}

#[test]
fn a_copy_that_makes_no_sense() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "x").send().await.ok();
        let copy = |target: &'static str, source: &str| s.put(target, "").header("x-amz-copy-source", source);
        copy("/bucket/key", "bucket/key").send().await.refused(400, "InvalidRequest");
        let onto_itself = copy("/bucket/key", "bucket/key").header("x-amz-metadata-directive", "REPLACE");
        onto_itself.header("x-amz-meta-new", "1").send().await.status(200);
        s.head("/bucket/key").send().await.status(200).has("x-amz-meta-new", "1").has("etag", &digest::etag(b"x"));
        copy("/bucket/to", "bucket/none").send().await.refused(404, "NoSuchKey").says("Key", "none");
        copy("/bucket/to", "nowhere/key").send().await.refused(404, "NoSuchBucket").says("BucketName", "nowhere");
        copy("/nowhere/to", "bucket/key").send().await.refused(404, "NoSuchBucket").says("BucketName", "nowhere");
        for malformed in ["bucket", "/", "bucket/", "bucket/%zz", "bucket/key?version=1"] {
            let answer = copy("/bucket/to", malformed).send().await;
            assert_eq!(answer.status / 100, 4, "{malformed}");
        }
        let unknown = copy("/bucket/to", "bucket/key").header("x-amz-metadata-directive", "MERGE").send().await;
        unknown.refused(400, "InvalidArgument");
        s.assert_missing("/bucket/to").await;
    });
}

#[test]
fn a_version_is_copied() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        let first = s.put("/bucket/key", "1").send().await.ok().header("x-amz-version-id").to_owned();
        s.put("/bucket/key", "2").send().await.ok();
        let source = format!("bucket/key?versionId={first}");
        let copied = s.put("/bucket/key", "").header("x-amz-copy-source", &source).send().await.status(200);
        let copied = copied.has("x-amz-copy-source-version-id", &first);
        let restored = copied.header("x-amz-version-id").to_owned();
        assert_ne!(restored, first);
        s.get("/bucket/key").send().await.ok().has("x-amz-version-id", &restored);
        assert_eq!(s.read("/bucket/key").await, "1");
        for id in ["nonsense", "", "null"] {
            let answer =
                s.put("/bucket/c", "").header("x-amz-copy-source", format!("bucket/key?versionId={id}")).send().await;
            assert_eq!(answer.status / 100, 4, "{id}");
        }
        s.assert_missing("/bucket/c").await;
    });
}

#[test]
fn a_copy_outlives_its_source() {
    run(async |s| {
        s.bucket("bucket").await;
        let content = noise(2_000_000, 1);
        s.put("/bucket/key", &content).send().await.ok();
        s.put("/bucket/copy", "").header("x-amz-copy-source", "bucket/key").send().await.ok();
        s.delete("/bucket/key").send().await.status(204);
        s.put("/bucket/other", noise(2_000_000, 2)).send().await.ok();
        assert!(s.get("/bucket/copy").send().await.ok().body == content);
        // The checksum can be chosen anew.
        let rehashed = s.put("/bucket/copy2", "").header("x-amz-copy-source", "bucket/copy");
        let rehashed = rehashed.header("x-amz-checksum-algorithm", "SHA256").send().await.status(200);
        let expected = digest::checksum(larder_types::ChecksumAlgorithm::Sha256, &content);
        rehashed.says("ChecksumSHA256", &expected).says("ChecksumCRC64NVME", "");
        assert!(s.get("/bucket/copy2").send().await.ok().body == content);
    });
}

#[test]
fn parts_are_copied() {
    run(async |s| {
        let client = sdk(s);
        s.bucket("bucket").await;
        let source = noise(6 * 1024 * 1024, 3);
        s.put("/bucket/source", &source).send().await.ok();
        let made = client.create_multipart_upload().bucket("bucket").key("key").send().await.expect("begun");
        let id = made.upload_id().expect("an id");
        let mut parts = Vec::new();
        for (number, range) in [(1, "bytes=0-5242879"), (2, "bytes=5242880-6291455")] {
            let part = client.upload_part_copy().bucket("bucket").key("key").upload_id(id).part_number(number);
            let part = part.copy_source("bucket/source").copy_source_range(range).send().await.expect("copied");
            let result = part.copy_part_result().expect("a result");
            let part = aws_sdk_s3::types::CompletedPart::builder().part_number(number);
            parts.push(part.set_e_tag(result.e_tag().map(str::to_owned)).build());
        }
        for range in ["bytes=0-6291456", "bytes=-5", "bytes=5-", "0-5", "bytes=5-2"] {
            let answer = s
                .put(&format!("/bucket/key?partNumber=3&uploadId={id}"), "")
                .header("x-amz-copy-source", "bucket/source");
            let answer = answer.header("x-amz-copy-source-range", range).send().await;
            assert!(matches!(answer.status, 400 | 416), "{range}: {}", answer.status);
            assert!(matches!(answer.first("Code").as_str(), "InvalidArgument" | "InvalidRange"), "{}", answer.text());
        }
        let whole = aws_sdk_s3::types::CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let done = client.complete_multipart_upload().bucket("bucket").key("key").upload_id(id).multipart_upload(whole);
        assert!(done.send().await.expect("completed").e_tag().expect("a tag").ends_with("-2\""));
        assert!(s.get("/bucket/key").send().await.ok().body == source);
    });
}
