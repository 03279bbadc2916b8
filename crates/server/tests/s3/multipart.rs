//! Multipart uploads.

use crate::harness::{Answer, TestServer, digest, encoded, noise, run, sdk};

const MIB: usize = 1024 * 1024;

pub(crate) async fn begin(s: &TestServer, target: &str) -> String {
    let answer = s.post(&format!("{target}?uploads"), "").send().await.status(200);
    let (bucket, key) = target[1..].split_once('/').expect("a key");
    assert_eq!((answer.first("Bucket"), answer.first("Key")), (bucket.to_owned(), key.to_owned()));
    answer.first("UploadId")
}

pub(crate) async fn part(s: &TestServer, target: &str, id: &str, number: u32, content: &[u8]) -> String {
    let answer = s.put(&format!("{target}?partNumber={number}&uploadId={id}"), content).send().await.status(200);
    answer.has("etag", &digest::etag(content)).header("etag").to_owned()
}

pub(crate) fn manifest(parts: &[(u32, &str)]) -> String {
    let parts: String = parts
        .iter()
        .map(|(number, etag)| format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>"))
        .collect();
    format!(
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{parts}</CompleteMultipartUpload>"
    )
}

pub(crate) async fn complete(s: &TestServer, target: &str, id: &str, parts: &[(u32, &str)]) -> Answer {
    s.post(&format!("{target}?uploadId={id}"), manifest(parts)).send().await
}

fn etag_of(parts: &[&[u8]]) -> String {
    let digests: Vec<u8> = parts.iter().flat_map(|part| digest::md5(part)).collect();
    format!("\"{}-{}\"", hex::encode(digest::md5(&digests)), parts.len())
}

#[test]
fn parts_become_an_object() {
    run(async |s| {
        s.bucket("bucket").await;
        let (first, second, third) = (noise(5 * MIB, 1), noise(5 * MIB + 1, 2), noise(10, 3));
        let begun = s.post("/bucket/key?uploads", "").header("content-type", "text/plain").header("x-amz-meta-a", "1");
        let id = begun.header("x-amz-tagging", "k=v").send().await.status(200).first("UploadId");
        let third_tag = part(s, "/bucket/key", &id, 10_000, &third).await;
        let first_tag = part(s, "/bucket/key", &id, 1, &noise(100, 9)).await;
        let again = part(s, "/bucket/key", &id, 1, &first).await;
        assert_ne!(first_tag, again, "a part that is sent again takes the place of the first");
        let second_tag = part(s, "/bucket/key", &id, 7, &second).await;
        s.assert_missing("/bucket/key").await;
        assert!(s.keys("bucket").await.is_empty());
        let listed = s.get(&format!("/bucket/key?uploadId={id}")).send().await.status(200);
        assert_eq!(listed.all("PartNumber"), ["1", "7", "10000"]);
        assert_eq!(listed.all("Size"), ["5242880", "5242881", "10"]);
        assert_eq!(listed.all("ETag"), [&again[..], &second_tag, &third_tag]);

        let parts = [(1, &again[..]), (7, second_tag.trim_matches('"')), (10_000, &third_tag[..])];
        let etag = etag_of(&[&first, &second, &third]);
        let done = complete(s, "/bucket/key", &id, &parts).await.status(200).says("ETag", &etag);
        let done = done.says("Bucket", "bucket").says("Key", "key");
        assert!(done.first("Location").ends_with("/bucket/key"), "{}", done.text());
        // The answer may have been lost.
        complete(s, "/bucket/key", &id, &parts).await.status(200).says("ETag", &etag);
        let got = s.get("/bucket/key").send().await.status(200).has("etag", &etag).has("content-type", "text/plain");
        let got = got.has("x-amz-meta-a", "1").has("x-amz-tagging-count", "1").has("x-amz-mp-parts-count", "");
        assert!(got.body == [first, second, third].concat());
        s.get(&format!("/bucket/key?uploadId={id}")).send().await.refused(404, "NoSuchUpload").says("UploadId", &id);
        assert!(s.get("/bucket?uploads").send().await.ok().inner("Upload").is_empty());
    });
}

#[test]
fn one_part_is_read_by_its_number() {
    run(async |s| {
        s.bucket("bucket").await;
        let (first, second) = (noise(5 * MIB, 1), noise(1000, 2));
        let id = begin(s, "/bucket/key").await;
        let tags = [part(s, "/bucket/key", &id, 2, &first).await, part(s, "/bucket/key", &id, 5, &second).await];
        complete(s, "/bucket/key", &id, &[(2, &tags[0]), (5, &tags[1])]).await.status(200);
        // Parts are counted anew.
        for (number, content, range) in
            [(1, &first, "bytes 0-5242879/5243880"), (2, &second, "bytes 5242880-5243879/5243880")]
        {
            let target = format!("/bucket/key?partNumber={number}");
            let got =
                s.get(&target).send().await.status(206).has("content-range", range).has("x-amz-mp-parts-count", "2");
            assert!(got.body == *content);
            let head =
                s.head(&target).send().await.status(206).has("content-range", range).has("x-amz-mp-parts-count", "2");
            head.has("content-length", &content.len().to_string()).has("etag", &etag_of(&[&first, &second]));
        }
        let refused = s.get("/bucket/key?partNumber=3").send().await.refused(416, "InvalidPartNumber");
        refused.says("PartNumberRequested", "3").says("ActualPartCount", "2");
        s.head("/bucket/key?partNumber=3").send().await.refused_head(416);
        for number in ["0", "10001", "-1", "x"] {
            let answer = s.get(&format!("/bucket/key?partNumber={number}")).send().await;
            assert!(matches!(answer.status, 400 | 416), "{number}: {}", answer.status);
        }
        let both = s.get("/bucket/key?partNumber=1").header("range", "bytes=0-1").send().await;
        both.refused(400, "InvalidRequest");
        // An object of one piece is its own first part.
        s.put("/bucket/plain", "hello").send().await.ok();
        let got = s.get("/bucket/plain?partNumber=1").send().await.status(206).has("x-amz-mp-parts-count", "");
        assert_eq!(got.has("content-range", "bytes 0-4/5").text(), "hello");
        s.get("/bucket/plain?partNumber=2").send().await.refused(416, "InvalidPartNumber");
        let parts = s.get("/bucket/key?attributes").header("x-amz-object-attributes", "ObjectParts").send().await.ok();
        assert_eq!(parts.first("PartsCount"), "2", "{}", parts.text());
    });
}

#[test]
fn lists_of_parts_that_are_wrong() {
    run(async |s| {
        s.bucket("bucket").await;
        let id = begin(s, "/bucket/key").await;
        let small = part(s, "/bucket/key", &id, 1, b"small").await;
        let last = part(s, "/bucket/key", &id, 2, b"last").await;
        let refused = complete(s, "/bucket/key", &id, &[(1, &small), (2, &last)]).await.refused(400, "EntityTooSmall");
        refused.says("ProposedSize", "5").says("MinSizeAllowed", "5242880").says("PartNumber", "1");
        let refused = complete(s, "/bucket/key", &id, &[(2, &last), (1, &small)]).await;
        refused.refused(400, "InvalidPartOrder");
        let refused = complete(s, "/bucket/key", &id, &[(1, &small), (1, &small)]).await;
        refused.refused(400, "InvalidPartOrder");
        let refused = complete(s, "/bucket/key", &id, &[(1, &last)]).await.refused(400, "InvalidPart");
        refused.says("PartNumber", "1");
        complete(s, "/bucket/key", &id, &[(3, &last)]).await.refused(400, "InvalidPart");
        complete(s, "/bucket/key", &id, &[]).await.refused(400, "MalformedXML");
        for malformed in ["", "<CompleteMultipartUpload>", "<Complete/>", "nothing"] {
            let answer = s.post(&format!("/bucket/key?uploadId={id}"), malformed).send().await;
            assert_eq!(answer.status, 400, "{malformed}");
        }
        s.assert_missing("/bucket/key").await;
        for number in ["0", "10001", "-1", "x", "99999999999999999999"] {
            let answer = s.put(&format!("/bucket/key?partNumber={number}&uploadId={id}"), "x").send().await;
            answer.refused(400, "InvalidArgument").says("ArgumentName", "partNumber");
        }
        complete(s, "/bucket/key", &id, &[(2, &last)]).await.status(200);
        assert_eq!(s.read("/bucket/key").await, "last");
    });
}

#[test]
fn uploads_that_are_not_there() {
    run(async |s| {
        s.bucket("bucket").await;
        let id = begin(s, "/bucket/key").await;
        let tag = part(s, "/bucket/key", &id, 1, b"x").await;
        for (target, id) in [("/bucket/other", &id[..]), ("/bucket/key", "nonsense"), ("/bucket/key", "")] {
            s.put(&format!("{target}?partNumber=1&uploadId={id}"), "x").send().await.refused(404, "NoSuchUpload");
            s.get(&format!("{target}?uploadId={id}")).send().await.refused(404, "NoSuchUpload");
            s.delete(&format!("{target}?uploadId={id}")).send().await.refused(404, "NoSuchUpload");
            complete(s, target, id, &[(1, &tag)]).await.refused(404, "NoSuchUpload");
        }
        s.post("/nowhere/key?uploads", "").send().await.refused(404, "NoSuchBucket");
        s.delete(&format!("/bucket/key?uploadId={id}")).send().await.status(204);
        s.put(&format!("/bucket/key?partNumber=1&uploadId={id}"), "x").send().await.refused(404, "NoSuchUpload");
        complete(s, "/bucket/key", &id, &[(1, &tag)]).await.refused(404, "NoSuchUpload");
        s.delete("/bucket").send().await.status(204);
    });
}

#[test]
fn an_abort_during_an_upload_leaves_nothing() {
    run(async |s| {
        s.bucket("bucket").await;
        let id = begin(s, "/bucket/key").await;
        part(s, "/bucket/key", &id, 1, &noise(100_000, 1)).await;
        let target = format!("/bucket/key?partNumber=2&uploadId={id}");
        let content = noise(2_000_000, 2);
        let (head, body) = s.put(&target, &content).wire();
        let mut connection = crate::harness::Connection::open(s.address).await;
        connection.send(&head).await;
        connection.send(&body[..1_000_000]).await;
        s.delete(&format!("/bucket/key?uploadId={id}")).send().await.status(204);
        connection.send(&body[1_000_000..]).await;
        let (answer, _) = connection.head().await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
        s.get(&format!("/bucket/key?uploadId={id}")).send().await.refused(404, "NoSuchUpload");
        assert!(s.get("/bucket?uploads").send().await.ok().inner("Upload").is_empty());
        s.assert_missing("/bucket/key").await;
        s.delete("/bucket").send().await.status(204);
    });
}

#[test]
fn a_bucket_with_uploads_in_progress() {
    run(async |s| {
        s.bucket("bucket").await;
        let mut ids = Vec::new();
        for key in ["a", "a", "b/c", "b/d", "e f"] {
            ids.push((key, begin_encoded(s, key).await));
        }
        ids[..2].sort_by(|left, right| left.1.cmp(&right.1));
        let pairs = |answer: &Answer| -> Vec<(String, String)> {
            let uploads = answer.inner("Upload");
            uploads.iter().map(|upload| (inner(upload, "Key"), inner(upload, "UploadId"))).collect()
        };
        let all = s.get("/bucket?uploads").send().await.status(200).says("Bucket", "bucket").says("MaxUploads", "1000");
        let mut found = pairs(&all.says("IsTruncated", "false"));
        found[..2].sort_by(|left, right| left.1.cmp(&right.1));
        let expected: Vec<(String, String)> = ids.iter().map(|(key, id)| ((*key).to_owned(), id.clone())).collect();
        assert_eq!(found, expected);
        let (mut paged, mut more) = (Vec::new(), String::new());
        loop {
            let page = s.get(&format!("/bucket?uploads&max-uploads=1{more}")).send().await.status(200);
            paged.extend(pairs(&page));
            if page.first("IsTruncated") != "true" {
                break;
            }
            let (key, id) = (page.first("NextKeyMarker"), page.first("NextUploadIdMarker"));
            more = format!("&key-marker={}&upload-id-marker={id}", encoded(&key));
        }
        paged[..2].sort_by(|left, right| left.1.cmp(&right.1));
        assert_eq!(paged, expected);
        let rolled = s.get("/bucket?uploads&delimiter=/&prefix=b").send().await.ok();
        assert_eq!(rolled.inner("CommonPrefixes"), ["<Prefix>b/</Prefix>"]);
        assert!(rolled.inner("Upload").is_empty());
        s.get("/bucket?uploads&encoding-type=url&prefix=e").send().await.ok().says("EncodingType", "url");
        // Uploads in progress do not keep a bucket, and do not come back with it.
        s.delete("/bucket").send().await.status(204);
        s.bucket("bucket").await;
        assert!(s.get("/bucket?uploads").send().await.ok().inner("Upload").is_empty());
        let (key, id) = &expected[0];
        s.get(&format!("/bucket/{key}?uploadId={id}")).send().await.refused(404, "NoSuchUpload");
    });
}

async fn begin_encoded(s: &TestServer, key: &str) -> String {
    s.post(&format!("/bucket/{}?uploads", encoded(key)), "").send().await.status(200).first("UploadId")
}

fn inner(xml: &str, element: &str) -> String {
    crate::harness::inner(xml, element).into_iter().next().unwrap_or_default()
}

#[test]
fn parts_are_listed_in_pages() {
    run(async |s| {
        s.bucket("bucket").await;
        let id = begin(s, "/bucket/key").await;
        for number in [3, 1, 2, 10, 11] {
            part(s, "/bucket/key", &id, number, format!("part {number}").as_bytes()).await;
        }
        let target = format!("/bucket/key?uploadId={id}");
        let all = s.get(&target).send().await.ok().says("MaxParts", "1000").says("StorageClass", "STANDARD");
        assert_eq!(all.all("PartNumber"), ["1", "2", "3", "10", "11"]);
        let page = s.get(&format!("{target}&max-parts=2")).send().await.ok().says("IsTruncated", "true");
        assert_eq!(page.says("NextPartNumberMarker", "2").all("PartNumber"), ["1", "2"]);
        let page = s.get(&format!("{target}&max-parts=2&part-number-marker=3")).send().await.ok();
        assert_eq!(page.says("IsTruncated", "false").all("PartNumber"), ["10", "11"]);
        for wrong in ["max-parts=-1", "max-parts=x", "part-number-marker=x"] {
            s.get(&format!("{target}&{wrong}")).send().await.refused(400, "InvalidArgument");
        }
    });
}

#[test]
fn conditions_on_completing() {
    run(async |s| {
        s.bucket("bucket").await;
        let id = begin(s, "/bucket/key").await;
        let tag = part(s, "/bucket/key", &id, 1, b"x").await;
        let complete = |name: &str, value: &str| {
            s.post(&format!("/bucket/key?uploadId={id}"), manifest(&[(1, &tag)])).header(name, value).send()
        };
        s.put("/bucket/key", "there").send().await.ok();
        complete("if-none-match", "*").await.refused(412, "PreconditionFailed");
        complete("if-match", &digest::etag(b"else")).await.refused(412, "PreconditionFailed");
        assert_eq!(s.read("/bucket/key").await, "there");
        complete("if-match", &digest::etag(b"there")).await.status(200);
        assert_eq!(s.read("/bucket/key").await, "x");
    });
}

#[test]
fn the_sdk_uploads_in_parts() {
    run(async |s| {
        use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
        let client = sdk(s);
        s.versioned_bucket("bucket").await;
        let made =
            client.create_multipart_upload().bucket("bucket").key("key").checksum_algorithm(ChecksumAlgorithm::Crc32);
        let made = made.send().await.expect("begun");
        let id = made.upload_id().expect("an id");
        let contents = [noise(5 * MIB, 1), noise(17, 2)];
        let mut parts = Vec::new();
        for (number, content) in (1..).zip(&contents) {
            let part = client.upload_part().bucket("bucket").key("key").upload_id(id).part_number(number);
            let part = part.body(content.clone().into()).send().await.expect("uploaded");
            let done = CompletedPart::builder().part_number(number).set_e_tag(part.e_tag.clone());
            parts.push(done.set_checksum_crc32(part.checksum_crc32.clone()).build());
        }
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let done = client.complete_multipart_upload().bucket("bucket").key("key").upload_id(id).multipart_upload(parts);
        let done = done.send().await.expect("completed");
        assert!(done.version_id().is_some());
        assert!(done.checksum_crc32().expect("a checksum").ends_with("-2"), "{done:?}");
        let got = client.get_object().bucket("bucket").key("key").send().await.expect("read");
        assert!(got.body.collect().await.expect("whole").to_vec() == contents.concat());
    });
}
