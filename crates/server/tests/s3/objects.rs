//! PutObject, GetObject, HeadObject, DeleteObject, DeleteObjects: contents, keys, ranges, consistency.

use crate::harness::{Connection, digest, encoded, noise, run};

#[test]
fn an_object_comes_back_as_it_went_in() {
    run(async |s| {
        s.bucket("bucket").await;
        let etag = digest::etag(b"hello world");
        assert_eq!(etag, "\"5eb63bbbe01eeed093cb22bb8f5acdc3\"");
        let put = s.put("/bucket/key", "hello world").send().await.status(200).has("etag", &etag);
        assert!(put.body.is_empty());
        assert_eq!(put.header("x-amz-version-id"), "", "a bucket that never had versioning shows no version ids");
        for answer in [s.get("/bucket/key").send().await, s.head("/bucket/key").send().await] {
            let answer =
                answer.status(200).has("etag", &etag).has("content-length", "11").has("accept-ranges", "bytes");
            let answer = answer.has("content-type", "binary/octet-stream").has("x-amz-version-id", "");
            assert_eq!(answer.header("last-modified"), s.http_date(0));
            assert_eq!(answer.text(), if answer.to_head { "" } else { "hello world" });
        }
        s.put("/bucket/key", "").send().await.status(200).has("etag", &digest::etag(b""));
        s.get("/bucket/key").send().await.status(200).has("content-length", "0");
        let gone = s.delete("/bucket/key").send().await.status(204);
        assert!(gone.body.is_empty());
        s.get("/bucket/key").send().await.refused(404, "NoSuchKey").says("Key", "key").says("Resource", "/bucket/key");
        s.head("/bucket/key").send().await.refused_head(404);
        s.delete("/bucket/key").send().await.status(204);
    });
}

#[test]
fn a_bucket_that_is_not_there_has_no_objects() {
    run(async |s| {
        s.put("/nowhere/key", "x").send().await.refused(404, "NoSuchBucket").says("BucketName", "nowhere");
        s.get("/nowhere/key").send().await.refused(404, "NoSuchBucket").says("BucketName", "nowhere");
        s.head("/nowhere/key").send().await.refused_head(404);
        s.delete("/nowhere/key").send().await.refused(404, "NoSuchBucket").says("BucketName", "nowhere");
        s.put("/No_Bucket/key", "x").send().await.refused(400, "InvalidBucketName").says("BucketName", "No_Bucket");
        s.get("/nowhere?list-type=2").send().await.refused(404, "NoSuchBucket");
    });
}

#[test]
fn large_contents_come_back_whole() {
    run(async |s| {
        s.bucket("bucket").await;
        for (size, seed) in [(1, 1), (65_535, 2), (65_536, 3), (65_537, 4), (1_048_576, 5), (9_000_001, 6)] {
            let content = noise(size, seed);
            s.put("/bucket/key", &content).send().await.status(200).has("etag", &digest::etag(&content));
            let got = s.get("/bucket/key").send().await.status(200);
            assert!(got.body == content, "{size} bytes");
        }
    });
}

/// Keys that naive servers split, decode twice or normalise.
const KEYS: [&str; 22] = [
    "a//b",
    "/leading",
    "//",
    ".",
    "..",
    "a/../b",
    "a/./b",
    "../../etc/passwd",
    "trailing/",
    "trailing",
    "plus+plus",
    "plus plus",
    "a%2Fb",
    "a/b",
    "100%",
    "%25",
    "emoji \u{1f980}/\u{1f36a}",
    "\u{e9}",
    "e\u{301}",
    "?query=1&b",
    "quote\"<&>'",
    "\\back\\slash",
];

#[test]
fn keys_are_decoded_once_and_never_normalised() {
    run(async |s| {
        s.bucket("bucket").await;
        for key in KEYS {
            s.put(&format!("/bucket/{}", encoded(key)), key).send().await.ok();
        }
        for key in KEYS {
            assert_eq!(s.read(&format!("/bucket/{}", encoded(key))).await, key);
        }
        let mut expected = KEYS.map(str::to_owned).to_vec();
        expected.sort_unstable();
        assert_eq!(s.keys("bucket").await, expected);
        for key in KEYS {
            s.delete(&format!("/bucket/{}", encoded(key))).send().await.status(204);
        }
        assert!(s.keys("bucket").await.is_empty());
        // A client that does not encode what it need not.
        s.put("/bucket/a+b:c@d,e;f=g!h*i(j)'k", "raw").send().await.ok();
        assert_eq!(s.keys("bucket").await, ["a+b:c@d,e;f=g!h*i(j)'k"]);
    });
}

#[test]
fn a_key_has_at_most_1024_bytes() {
    run(async |s| {
        s.bucket("bucket").await;
        let longest = "k".repeat(1024);
        s.put(&format!("/bucket/{longest}"), "x").send().await.ok();
        assert_eq!(s.read(&format!("/bucket/{longest}")).await, "x");
        let in_characters = encoded(&"\u{1f980}".repeat(256));
        s.put(&format!("/bucket/{in_characters}"), "x").send().await.ok();
        for too_long in [format!("{longest}k"), in_characters + "k"] {
            let target = format!("/bucket/{too_long}");
            for method in ["PUT", "GET", "DELETE"] {
                let answer = s.ask(method, &target).send().await;
                answer.refused(400, "KeyTooLongError").says("Size", "1025").says("MaxSizeAllowed", "1024");
            }
        }
        assert_eq!(s.keys("bucket").await.len(), 2);
        s.get("/bucket/%ff").send().await.refused(400, "InvalidURI");
        s.get("/bucket/%zz").send().await.refused(400, "InvalidURI");
    });
}

#[test]
fn a_bucket_is_reached_by_host_too() {
    run(async |s| {
        s.bucket("bucket").await;
        let port = s.address.port();
        for host in
            [format!("bucket.localhost:{port}"), "bucket.s3.localhost".to_owned(), "BUCKET.LocalHost".to_owned()]
        {
            s.put("/a//b%2Fc", &host).header("host", &host).send().await.ok();
            assert_eq!(s.read("/bucket/a//b/c").await, host);
            assert_eq!(s.get("/a//b%2Fc").header("host", &host).send().await.ok().text(), host);
            let listed = s.get("/?list-type=2").header("host", &host).send().await.ok();
            listed.says("Name", "bucket").says("Key", "a//b/c");
        }
        // The bucket's own name as the beginning of a key.
        s.put("/bucket/key", "x").header("host", "bucket.localhost").send().await.ok();
        assert_eq!(s.read("/bucket/bucket/key").await, "x");
        s.get("/key")
            .header("host", "other.localhost")
            .send()
            .await
            .refused(404, "NoSuchBucket")
            .says("BucketName", "other");
        s.put("/", "").header("host", "by-host.localhost").send().await.ok();
        s.head("/by-host").send().await.status(200);
        s.get("/").header("host", "localhost").send().await.ok().says("Name", "bucket");
    });
}

#[test]
fn ranges() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "0123456789").send().await.ok();
        for (range, content_range, content) in [
            ("bytes=0-0", "bytes 0-0/10", "0"),
            ("bytes=2-5", "bytes 2-5/10", "2345"),
            ("bytes=7-", "bytes 7-9/10", "789"),
            ("bytes=7-99", "bytes 7-9/10", "789"),
            ("bytes=-3", "bytes 7-9/10", "789"),
            ("bytes=-99", "bytes 0-9/10", "0123456789"),
        ] {
            let part = s.get("/bucket/key").header("range", range).send().await.status(206);
            let part = part.has("content-range", content_range).has("content-length", &content.len().to_string());
            assert_eq!(part.text(), content, "{range}");
            let head = s.head("/bucket/key").header("range", range).send().await.status(206);
            head.has("content-range", content_range).has("content-length", &content.len().to_string());
        }
        for range in ["bytes=10-", "bytes=99-100", "bytes=-0"] {
            let refused = s.get("/bucket/key").header("range", range).send().await.refused(416, "InvalidRange");
            refused.says("RangeRequested", range).says("ActualObjectSize", "10");
            s.head("/bucket/key").header("range", range).send().await.refused_head(416);
        }
        // What is no range, or several, is not heeded.
        for range in ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4", "bytes"] {
            let whole = s.get("/bucket/key").header("range", range).send().await.status(200).has("content-range", "");
            assert_eq!(whole.text(), "0123456789", "{range}");
        }
        s.put("/bucket/empty", "").send().await.ok();
        s.get("/bucket/empty").header("range", "bytes=0-").send().await.refused(416, "InvalidRange");
        let big = noise(3_000_000, 7);
        s.put("/bucket/big", &big).send().await.ok();
        for (first, last) in [(0, 65_535), (65_530, 65_545), (1_048_575, 1_048_576), (999_999, 2_999_999)] {
            let part = s.get("/bucket/big").header("range", format!("bytes={first}-{last}")).send().await.status(206);
            assert!(part.body == big[first..=last], "{first}-{last}");
        }
    });
}

#[test]
fn what_was_acknowledged_is_seen_at_once() {
    run(async |s| {
        s.bucket("bucket").await;
        for round in 0..20 {
            let key = format!("key-{round:02}");
            s.put(&format!("/bucket/{key}"), "1").send().await.ok();
            assert_eq!(s.keys("bucket").await.last(), Some(&key));
            s.put(&format!("/bucket/{key}"), "2").send().await.ok();
            assert_eq!(s.read(&format!("/bucket/{key}")).await, "2");
            if round % 2 == 0 {
                s.delete(&format!("/bucket/{key}")).send().await.ok();
                assert_ne!(s.keys("bucket").await.last(), Some(&key));
                s.assert_missing(&format!("/bucket/{key}")).await;
            }
        }
        assert_eq!(s.keys("bucket").await.len(), 10);
    });
}

#[test]
fn a_get_under_way_keeps_reading_the_version_it_opened() {
    run(async |s| {
        s.bucket("bucket").await;
        // More than the sockets' buffers hold, so that the server cannot have sent it all.
        let content = noise(24 * 1024 * 1024, 8);
        s.put("/bucket/key", &content).send().await.ok();
        let (request, _) = s.get("/bucket/key").wire();
        let mut readers = Vec::new();
        for _ in 0..2 {
            let mut connection = Connection::open(s.address).await;
            connection.send(&request).await;
            let (head, begun) = connection.head().await;
            assert!(head.starts_with("HTTP/1.1 200"), "{head}");
            readers.push((connection, begun));
        }
        s.put("/bucket/key", noise(100_000, 9)).send().await.ok();
        let (connection, mut first) = readers.pop().expect("a reader");
        first.extend(connection.rest().await);
        assert!(first == content, "overwritten while it was read");
        s.delete("/bucket/key").send().await.status(204);
        s.assert_missing("/bucket/key").await;
        let (connection, mut second) = readers.pop().expect("a reader");
        second.extend(connection.rest().await);
        assert!(second == content, "deleted while it was read");
    });
}

#[test]
fn many_objects_are_deleted_at_once() {
    run(async |s| {
        s.bucket("bucket").await;
        for key in ["a", "b", "c<&>", "kept"] {
            s.put(&format!("/bucket/{}", encoded(key)), key).send().await.ok();
        }
        let document = "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a</Key></Object>\
            <Object><Key>c&lt;&amp;&gt;</Key></Object><Object><Key>not-there</Key></Object></Delete>";
        let md5 = digest::content_md5(document.as_bytes());
        let answer = s.post("/bucket?delete", document).header("content-md5", &md5).send().await.status(200);
        assert_eq!(answer.all("Key"), ["a", "c<&>", "not-there"], "what is not there counts as deleted");
        assert!(answer.inner("Error").is_empty());
        assert_eq!(s.keys("bucket").await, ["b", "kept"]);

        let quiet = "<Delete><Quiet>true</Quiet><Object><Key>b</Key></Object></Delete>";
        let crc = digest::checksum(larder_types::ChecksumAlgorithm::Crc32, quiet.as_bytes());
        let answer = s.post("/bucket?delete", quiet).header("x-amz-checksum-crc32", crc).send().await.status(200);
        assert!(answer.inner("Deleted").is_empty());
        assert_eq!(s.keys("bucket").await, ["kept"]);

        let bad_md5 = digest::content_md5(b"something else");
        let refused = s.post("/bucket?delete", document).header("content-md5", bad_md5).send().await;
        refused.refused(400, "BadDigest");
        for malformed in ["", "<Delete></Delete>", "<Delete><Object></Object></Delete>", "<Delete>", "{}"] {
            let md5 = digest::content_md5(malformed.as_bytes());
            let answer = s.post("/bucket?delete", malformed).header("content-md5", md5).send().await;
            assert_eq!(answer.status, 400, "{malformed}");
        }
        let objects =
            |count: usize| (0..count).map(|i| format!("<Object><Key>k{i}</Key></Object>")).collect::<String>();
        let most = format!("<Delete>{}</Delete>", objects(1000));
        let md5 = digest::content_md5(most.as_bytes());
        let answer = s.post("/bucket?delete", &most).header("content-md5", md5).send().await.status(200);
        assert_eq!(answer.inner("Deleted").len(), 1000);
        let more = format!("<Delete>{}</Delete>", objects(1001));
        let md5 = digest::content_md5(more.as_bytes());
        s.post("/bucket?delete", &more).header("content-md5", md5).send().await.refused(400, "MalformedXML");
        assert_eq!(s.keys("bucket").await, ["kept"]);
    });
}

#[test]
fn simultaneous_writers_leave_one_whole_object() {
    run(async |s| {
        s.bucket("bucket").await;
        let contents: Vec<Vec<u8>> = (0..16).map(|seed| noise(200_000, seed)).collect();
        let puts = contents.iter().map(|content| s.put("/bucket/key", content).send());
        for answer in futures_util::future::join_all(puts).await {
            answer.ok();
        }
        let got = s.get("/bucket/key").send().await.ok();
        assert!(contents.contains(&got.body));
        assert_eq!(s.keys("bucket").await, ["key"]);
    });
}
