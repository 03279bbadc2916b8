//! Checksums of every algorithm, by header and by trailer; `Content-MD5`; `x-amz-content-sha256`.

use larder_types::ChecksumAlgorithm;

use crate::harness::{Body, TestServer, digest, noise, run};
use crate::multipart::{begin, manifest};

/// Of `hello world`, by algorithm.
const HELLO: [(&str, &str, &str); 5] = [
    ("CRC32", "x-amz-checksum-crc32", "DUoRhQ=="),
    ("CRC32C", "x-amz-checksum-crc32c", "yZRlqg=="),
    ("CRC64NVME", "x-amz-checksum-crc64nvme", "jSnVw/bqjr4="),
    ("SHA1", "x-amz-checksum-sha1", "Kq5sNclPz7QV2+lfQIuc6R7oRu0="),
    ("SHA256", "x-amz-checksum-sha256", "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="),
];

async fn assert_stored(s: &TestServer, name: &str, header: &str, value: &str) {
    for method in ["GET", "HEAD"] {
        let shown = s.ask(method, "/bucket/key").header("x-amz-checksum-mode", "ENABLED").send().await.status(200);
        shown.has(header, value).has("x-amz-checksum-type", "FULL_OBJECT");
        s.ask(method, "/bucket/key").send().await.status(200).has(header, "");
    }
    let listed = s.get("/bucket?list-type=2").send().await.ok();
    listed.says("ChecksumAlgorithm", name).says("ChecksumType", "FULL_OBJECT");
    s.delete("/bucket/key").send().await.status(204);
}

#[test]
fn by_header() {
    run(async |s| {
        s.bucket("bucket").await;
        for (name, header, value) in HELLO {
            let put = s.put("/bucket/key", "hello world").header(header, value);
            let put = put.header("x-amz-sdk-checksum-algorithm", name).send().await.status(200);
            put.has(header, value).has("x-amz-checksum-type", "FULL_OBJECT");
            assert_stored(s, name, header, value).await;
            s.put("/bucket/key", "hello wOrld").header(header, value).send().await.refused(400, "BadDigest");
            for malformed in ["", "x", "====", "AAAA", "DUoRhQ==DUoRhQ=="] {
                let answer = s.put("/bucket/key", "hello world").header(header, malformed).send().await;
                answer.refused(400, "InvalidRequest");
            }
            s.assert_missing("/bucket/key").await;
        }
    });
}

#[test]
fn by_trailer() {
    run(async |s| {
        s.bucket("bucket").await;
        for (name, header, value) in HELLO {
            let trailer = |value: &str| vec![(header.to_owned(), value.to_owned())];
            for signed in [true, false] {
                let body = |value: &str| match signed {
                    true => Body::SignedChunks(8192, trailer(value)),
                    false => Body::UnsignedChunks(8192, trailer(value)),
                };
                let put = s.put("/bucket/key", "hello world").sent_as(body(value)).send().await.status(200);
                put.has(header, value);
                assert_stored(s, name, header, value).await;
                let wrong = s.put("/bucket/key", "hello wOrld").sent_as(body(value)).send().await;
                wrong.refused(400, "BadDigest");
                let malformed = s.put("/bucket/key", "hello world").sent_as(body("nonsense")).send().await;
                assert_eq!(malformed.status, 400, "{}", malformed.text());
                s.assert_missing("/bucket/key").await;
            }
        }
    });
}

#[test]
fn without_one_crc64nvme_is_computed() {
    run(async |s| {
        s.bucket("bucket").await;
        let (_, header, value) = HELLO[2];
        s.put("/bucket/key", "hello world").send().await.status(200).has(header, value);
        assert_stored(s, "CRC64NVME", header, value).await;
    });
}

#[test]
fn headers_that_contradict_each_other() {
    run(async |s| {
        s.bucket("bucket").await;
        let put = || s.put("/bucket/key", "hello world");
        let (crc32, sha1) = (HELLO[0], HELLO[3]);
        let both = put().header(crc32.1, crc32.2).header(sha1.1, sha1.2).send().await;
        both.refused(400, "InvalidRequest");
        let other = put().header("x-amz-sdk-checksum-algorithm", "SHA1").header(crc32.1, crc32.2).send().await;
        other.refused(400, "InvalidRequest");
        put().header("x-amz-sdk-checksum-algorithm", "SHA1").send().await.refused(400, "InvalidRequest");
        put()
            .header("x-amz-sdk-checksum-algorithm", "CRC31")
            .header(crc32.1, crc32.2)
            .send()
            .await
            .refused(400, "InvalidRequest");
        // A trailer that was announced and does not come, or comes without being announced.
        let absent = put().header("x-amz-trailer", crc32.1).sent_as(Body::UnsignedChunks(8192, vec![])).send().await;
        assert_eq!(absent.status, 400, "{}", absent.text());
        let trailer = vec![(crc32.1.to_owned(), crc32.2.to_owned())];
        let other = put().sent_as(Body::UnsignedChunks(8192, trailer)).tampered(|body| {
            let text = String::from_utf8_lossy(body).replace("checksum-crc32", "checksum-sha1");
            *body = text.into_bytes();
        });
        assert_eq!(other.send().await.status, 400);
        s.assert_missing("/bucket/key").await;
    });
}

#[test]
fn content_md5() {
    run(async |s| {
        s.bucket("bucket").await;
        let put = |md5: &str| s.put("/bucket/key", "hello world").header("content-md5", md5).send();
        let refused = put(&digest::content_md5(b"other")).await.refused(400, "BadDigest");
        refused.says("CalculatedDigest", "XrY7u+Ae7tCTyyK7j1rNww==");
        for invalid in ["", "nonsense", "XrY7u+Ae7tCTyyK7j1rN", "5eb63bbbe01eeed093cb22bb8f5acdc3"] {
            put(invalid).await.refused(400, "InvalidDigest").says("Content-MD5", invalid);
        }
        s.assert_missing("/bucket/key").await;
        put("XrY7u+Ae7tCTyyK7j1rNww==").await.status(200);
        let large = noise(300_000, 1);
        let wrong = s.put("/bucket/large", &large).header("content-md5", "XrY7u+Ae7tCTyyK7j1rNww==").send().await;
        wrong.refused(400, "BadDigest");
        s.assert_missing("/bucket/large").await;
    });
}

#[test]
fn the_payload_s_sha256() {
    run(async |s| {
        s.bucket("bucket").await;
        for size in [10, 300_000] {
            let content = noise(size, 1);
            let claimed = digest::sha256_hex(b"something else");
            let refused = s.put("/bucket/key", &content).sent_as(Body::As(claimed.clone())).send().await;
            let refused =
                refused.refused(400, "XAmzContentSHA256Mismatch").says("ClientComputedContentSHA256", &claimed);
            refused.says("S3ComputedContentSHA256", &digest::sha256_hex(&content));
        }
        let nonsense = s.put("/bucket/key", "x").sent_as(Body::As("nonsense".to_owned())).send().await;
        nonsense.refused(400, "InvalidArgument").says("ArgumentName", "x-amz-content-sha256");
        let document = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
        let refused = s.put("/bucket?versioning", document).sent_as(Body::As(digest::sha256_hex(b""))).send().await;
        refused.refused(400, "XAmzContentSHA256Mismatch");
        assert!(s.get("/bucket?versioning").send().await.ok().inner("Status").is_empty());
        s.assert_missing("/bucket/key").await;
        s.put("/bucket/key", "x").sent_as(Body::As("UNSIGNED-PAYLOAD".to_owned())).send().await.status(200);
        assert_eq!(s.read("/bucket/key").await, "x");
    });
}

#[test]
fn of_uploads_in_parts() {
    run(async |s| {
        s.bucket("bucket").await;
        let contents = [noise(5 * 1024 * 1024, 1), noise(1000, 2)];
        for algorithm in ChecksumAlgorithm::ALL {
            let name = algorithm.as_str();
            let kinds: &[&str] = match name {
                "CRC64NVME" => &["FULL_OBJECT"],
                "SHA1" | "SHA256" => &["COMPOSITE"],
                _ => &["COMPOSITE", "FULL_OBJECT"],
            };
            for kind in kinds {
                upload(s, algorithm, kind, &contents).await;
            }
            let refused = match name {
                "CRC64NVME" => "COMPOSITE",
                "SHA1" | "SHA256" => "FULL_OBJECT",
                _ => continue,
            };
            let begun = s.post("/bucket/key?uploads", "").header("x-amz-checksum-algorithm", name);
            begun.header("x-amz-checksum-type", refused).send().await.refused(400, "InvalidRequest");
        }
        let unknown = s.post("/bucket/key?uploads", "").header("x-amz-checksum-algorithm", "CRC31").send().await;
        unknown.refused(400, "InvalidRequest");
    });
}

async fn upload(s: &TestServer, algorithm: ChecksumAlgorithm, kind: &str, contents: &[Vec<u8>; 2]) {
    let (name, header) = (algorithm.as_str(), algorithm.header());
    let begun = s.post("/bucket/key?uploads", "").header("x-amz-checksum-algorithm", name);
    let begun = begun.header("x-amz-checksum-type", kind).send().await.status(200);
    let begun = begun.has("x-amz-checksum-algorithm", name).has("x-amz-checksum-type", kind);
    let id = begun.first("UploadId");
    let (mut list, mut raw) = (String::new(), Vec::new());
    for (number, content) in (1..).zip(contents) {
        let checksum = digest::checksum(algorithm, content);
        let target = format!("/bucket/key?partNumber={number}&uploadId={id}");
        let wrong = digest::checksum(algorithm, b"other");
        s.put(&target, content).header(header, &wrong).send().await.refused(400, "BadDigest");
        let part = s.put(&target, content).header(header, &checksum).send().await.status(200).has(header, &checksum);
        let etag = part.header("etag");
        list += &format!(
            "<Part><Checksum{name}>{checksum}</Checksum{name}><ETag>{etag}</ETag><PartNumber>{number}</PartNumber></Part>"
        );
        raw.extend(base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &checksum).expect("base64"));
    }
    let listed = s.get(&format!("/bucket/key?uploadId={id}")).send().await.status(200);
    assert_eq!(listed.says("ChecksumAlgorithm", name).all(&format!("Checksum{name}")).len(), 2);
    let expected = match kind {
        "COMPOSITE" => format!("{}-2", digest::checksum(algorithm, &raw)),
        _ => digest::checksum(algorithm, &contents.concat()),
    };
    let document = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
    let target = format!("/bucket/key?uploadId={id}");
    let first = digest::checksum(algorithm, &contents[0]);
    let wrong = document.replacen(&first, &digest::checksum(algorithm, b"other"), 1);
    s.post(&target, wrong).send().await.refused(400, "InvalidPart");
    let other = digest::checksum(algorithm, b"other");
    let refused =
        s.post(&target, &document).header(header, if kind == "COMPOSITE" { other.clone() + "-2" } else { other });
    refused.send().await.refused(400, "BadDigest");
    s.assert_missing("/bucket/key").await;
    let done = s.post(&target, &document).header("x-amz-checksum-type", kind).send().await.status(200);
    done.says(&format!("Checksum{name}"), &expected).says("ChecksumType", kind);
    let head = s.head("/bucket/key").header("x-amz-checksum-mode", "ENABLED").send().await.status(200);
    head.has(header, &expected).has("x-amz-checksum-type", kind);
    s.delete("/bucket/key").send().await.status(204);
}

#[test]
fn of_uploads_in_parts_without_an_algorithm() {
    run(async |s| {
        s.bucket("bucket").await;
        let id = begin(s, "/bucket/key").await;
        let target = format!("/bucket/key?partNumber=1&uploadId={id}");
        let etag = s.put(&target, "hello world").send().await.status(200).header("etag").to_owned();
        let done = s.post(&format!("/bucket/key?uploadId={id}"), manifest(&[(1, &etag)])).send().await.status(200);
        done.says("ChecksumCRC64NVME", "jSnVw/bqjr4=").says("ChecksumType", "FULL_OBJECT");
        let head = s.head("/bucket/key").header("x-amz-checksum-mode", "ENABLED").send().await.status(200);
        head.has("x-amz-checksum-crc64nvme", "jSnVw/bqjr4=");
    });
}
