//! What is stored beside an object's bytes: user metadata, `Content-*`, tags, storage class; and `response-*` overrides.

use crate::harness::{run, sdk};

#[test]
fn headers_that_are_stored() {
    run(async |s| {
        s.bucket("bucket").await;
        let stored = [
            ("content-type", "text/plain; charset=utf-8"),
            ("cache-control", "max-age=60, no-transform"),
            ("content-disposition", "attachment; filename=\"a b.txt\""),
            ("content-encoding", "gzip"),
            ("content-language", "de-CH"),
            ("expires", "Thu, 01 Dec 2033 16:00:00 GMT"),
            ("x-amz-website-redirect-location", "/elsewhere"),
            ("x-amz-storage-class", "STANDARD_IA"),
            ("x-amz-meta-colour", "blue"),
            ("x-amz-meta-two-words", "two  words"),
        ];
        let put = stored.iter().fold(s.put("/bucket/key", "x"), |put, (name, value)| put.header(name, value));
        put.send().await.ok();
        for method in ["GET", "HEAD"] {
            let answer = s.ask(method, "/bucket/key").send().await.status(200);
            for (name, value) in stored.iter().filter(|(name, _)| *name != "x-amz-meta-two-words") {
                assert_eq!(answer.header(name), *value, "{method} {name}");
            }
        }
        s.get("/bucket?list-type=2").send().await.ok().says("StorageClass", "STANDARD_IA");
        s.put("/bucket/key", "y").send().await.ok();
        let plain = s.get("/bucket/key").send().await.ok();
        for (name, _) in stored.iter().filter(|(name, _)| *name != "content-type") {
            assert_eq!(plain.header(name), "", "an object that is written again keeps nothing: {name}");
        }
    });
}

#[test]
fn values_that_cannot_be_stored() {
    run(async |s| {
        s.bucket("bucket").await;
        let put = |name: &str, value: &str| s.put("/bucket/key", "x").header(name, value).send();
        put("x-amz-storage-class", "WARM").await.refused(400, "InvalidStorageClass");
        let redirect = put("x-amz-website-redirect-location", "elsewhere").await;
        assert_eq!(redirect.status, 400, "{}", redirect.text());
        put("x-amz-server-side-encryption", "aws:no").await.refused(400, "InvalidArgument");
        put("x-amz-acl", "public-read").await.refused(400, "AccessControlListNotSupported");
        put("x-amz-acl", "bucket-owner-full-control").await.ok();
        s.delete("/bucket/key").send().await.ok();
        put("x-amz-tagging", "a=1&a=2").await.refused(400, "InvalidArgument").says("ArgumentName", "x-amz-tagging");
        put("x-amz-expected-bucket-owner", "111122223333").await.refused(403, "AccessDenied");
        s.assert_missing("/bucket/key").await;
    });
}

#[test]
fn user_metadata_has_a_limit_of_2_kib() {
    run(async |s| {
        s.bucket("bucket").await;
        // The name's four bytes count.
        let most = "v".repeat(2048 - 4);
        s.put("/bucket/key", "x").header("x-amz-meta-name", &most).send().await.ok();
        s.head("/bucket/key").send().await.status(200).has("x-amz-meta-name", &most);
        let more = s.put("/bucket/key2", "x").header("x-amz-meta-name", format!("{most}v")).send().await;
        more.refused(400, "MetadataTooLarge").says("Size", "2049").says("MaxSizeAllowed", "2048");
        let mut many = s.put("/bucket/key2", "x");
        for i in 0..30 {
            many = many.header(&format!("x-amz-meta-{i:03}"), "v".repeat(70));
        }
        many.send().await.refused(400, "MetadataTooLarge");
        s.assert_missing("/bucket/key2").await;
    });
}

#[test]
fn metadata_beyond_ascii_travels_as_rfc_2047() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/raw", "x").header("x-amz-meta-name", "gr\u{fc}n").send().await.ok();
        s.head("/bucket/raw").send().await.status(200).has("x-amz-meta-name", "=?UTF-8?Q?gr=C3=BCn?=");
        s.put("/bucket/word", "x").header("x-amz-meta-name", "=?UTF-8?Q?gr=C3=BCn?=").send().await.ok();
        s.head("/bucket/word").send().await.status(200).has("x-amz-meta-name", "=?UTF-8?Q?gr=C3=BCn?=");
        s.put("/bucket/word", "x").header("x-amz-meta-name", "=?UTF-8?Q?plain?=").send().await.ok();
        s.head("/bucket/word").send().await.status(200).has("x-amz-meta-name", "plain");
    });
}

#[test]
fn answers_can_be_dressed_by_who_signs() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "x").header("content-type", "text/plain").send().await.ok();
        let query = "response-content-type=image%2Fpng&response-content-language=fr&response-expires=never&\
            response-cache-control=no-store&response-content-disposition=attachment&response-content-encoding=br";
        let target = format!("/bucket/key?{query}");
        let signed = s.get(&target).send().await.status(200);
        let presigned = s.get(&s.presign("GET", &target, &[], 60)).anonymous().send().await.status(200);
        let head = s.head(&target).send().await.status(200);
        for answer in [signed, presigned, head] {
            answer
                .has("content-type", "image/png")
                .has("content-language", "fr")
                .has("expires", "never")
                .has("cache-control", "no-store")
                .has("content-disposition", "attachment")
                .has("content-encoding", "br");
        }
        s.get("/bucket/key").send().await.status(200).has("content-type", "text/plain");
        // Nobody may read it anonymously; that it is no success is what counts.
        let anonymous = s.get(&target).anonymous().send().await;
        assert!(matches!(anonymous.status, 400 | 403), "{}", anonymous.status);
        assert_ne!(anonymous.header("content-type"), "image/png");
    });
}

#[test]
fn tags_of_an_object() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "x").header("x-amz-tagging", "colour=blue&empty=&a%20b=c%2Bd").send().await.ok();
        s.head("/bucket/key").send().await.status(200).has("x-amz-tagging-count", "3");
        let tags = s.get("/bucket/key?tagging").send().await.ok();
        let mut pairs: Vec<_> = tags.all("Key").into_iter().zip(tags.all("Value")).collect();
        pairs.sort();
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(pairs, [pair("a b", "c+d"), pair("colour", "blue"), pair("empty", "")]);

        let set = |pairs: &[(&str, &str)]| {
            let tags: String =
                pairs.iter().map(|(k, v)| format!("<Tag><Key>{k}</Key><Value>{v}</Value></Tag>")).collect();
            format!("<Tagging><TagSet>{tags}</TagSet></Tagging>")
        };
        s.put("/bucket/key?tagging", set(&[("only", "one")])).send().await.status(200);
        let tags = s.get("/bucket/key?tagging").send().await.ok();
        assert_eq!((tags.all("Key"), tags.all("Value")), (vec!["only".to_owned()], vec!["one".to_owned()]));
        assert_eq!(s.read("/bucket/key").await, "x");

        let numbered: Vec<(String, String)> = (0..11).map(|i| (format!("k{i}"), "v".to_owned())).collect();
        let numbered: Vec<(&str, &str)> = numbered.iter().map(|(k, v)| (&**k, &**v)).collect();
        s.put("/bucket/key?tagging", set(&numbered[..10])).send().await.status(200);
        s.put("/bucket/key?tagging", set(&numbered)).send().await.refused(400, "BadRequest");
        s.put("/bucket/key?tagging", set(&[("a", "1"), ("a", "2")])).send().await.refused(400, "InvalidTag");
        s.put("/bucket/key?tagging", set(&[(&"k".repeat(129), "1")])).send().await.refused(400, "InvalidTag");
        s.put("/bucket/key?tagging", set(&[("k", &"v".repeat(257))])).send().await.refused(400, "InvalidTag");
        s.put("/bucket/key?tagging", set(&[("aws:k", "1")])).send().await.refused(400, "InvalidTag");
        s.put("/bucket/key?tagging", "<Tagging>").send().await.refused(400, "MalformedXML");
        s.head("/bucket/key").send().await.status(200).has("x-amz-tagging-count", "10");

        s.delete("/bucket/key?tagging").send().await.status(204);
        assert!(s.get("/bucket/key?tagging").send().await.ok().all("Key").is_empty());
        assert_eq!(s.read("/bucket/key").await, "x");
        s.get("/bucket/none?tagging").send().await.refused(404, "NoSuchKey");
        s.put("/bucket/none?tagging", set(&[("a", "1")])).send().await.refused(404, "NoSuchKey");
    });
}

#[test]
fn attributes_of_an_object() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        let put = s.put("/bucket/key", "hello world").send().await.ok();
        let all = "ETag,Checksum,ObjectParts,StorageClass,ObjectSize";
        let answer = s.get("/bucket/key?attributes").header("x-amz-object-attributes", all).send().await.status(200);
        let answer =
            answer.has("x-amz-version-id", put.header("x-amz-version-id")).has("last-modified", &s.http_date(0));
        let answer = answer.says("ETag", "5eb63bbbe01eeed093cb22bb8f5acdc3").says("ObjectSize", "11");
        let answer = answer.says("StorageClass", "STANDARD").says("ChecksumCRC64NVME", "jSnVw/bqjr4=");
        assert!(answer.inner("ObjectParts").is_empty(), "it was not uploaded in parts");
        let answer = s.get("/bucket/key?attributes").header("x-amz-object-attributes", "ObjectSize").send().await.ok();
        answer.says("ObjectSize", "11").says("ETag", "").says("StorageClass", "");
        assert_eq!(s.get("/bucket/key?attributes").send().await.status, 400, "it must be said which");
        let unknown = s.get("/bucket/key?attributes").header("x-amz-object-attributes", "Colour").send().await;
        unknown.refused(400, "InvalidArgument");
        let missing = s.get("/bucket/none?attributes").header("x-amz-object-attributes", "ETag").send().await;
        missing.refused(404, "NoSuchKey");
    });
}

#[test]
fn the_sdk_stores_and_reads() {
    run(async |s| {
        let client = sdk(s);
        client.create_bucket().bucket("bucket").send().await.expect("made");
        let put = client.put_object().bucket("bucket").key("a b/\u{1f980}+");
        let put = put.content_type("text/plain").metadata("colour", "blue").tagging("k=v");
        let put = put.body("hello world".as_bytes().to_vec().into()).send().await.expect("stored");
        assert_eq!(put.checksum_crc32(), Some("DUoRhQ=="), "the SDK's default checksum");
        let got = client.get_object().bucket("bucket").key("a b/\u{1f980}+").send().await.expect("read");
        assert_eq!(got.metadata().and_then(|all| all.get("colour")).map(String::as_str), Some("blue"));
        assert_eq!((got.content_type(), got.tag_count()), (Some("text/plain"), Some(1)));
        assert_eq!(&got.body.collect().await.expect("verified").into_bytes()[..], b"hello world");
        let listed = client.list_objects_v2().bucket("bucket").send().await.expect("listed");
        assert_eq!(listed.contents()[0].key(), Some("a b/\u{1f980}+"));
        let missing = client.get_object().bucket("bucket").key("none").send().await.expect_err("there is none");
        assert!(missing.into_service_error().is_no_such_key());
        let head = client.head_object().bucket("bucket").key("none").send().await.expect_err("there is none");
        assert!(head.into_service_error().is_not_found());
        let refused = client.delete_bucket().bucket("bucket").send().await.expect_err("it holds an object");
        assert_eq!(refused.into_service_error().meta().code(), Some("BucketNotEmpty"));
        client.delete_object().bucket("bucket").key("a b/\u{1f980}+").send().await.expect("deleted");
        client.delete_bucket().bucket("bucket").send().await.expect("deleted");
    });
}
