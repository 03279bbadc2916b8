//! Uploads by HTML forms. <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html>

use crate::harness::{Form, TestServer, digest, noise, run};

fn form<'a>(s: &'a TestServer, key: &str) -> Form<'a> {
    Form::new(s, "bucket").field("key", key)
}

const KEY: &str = r#"["starts-with","$key","up/"]"#;

#[test]
fn a_form_with_a_good_policy() {
    run(async |s| {
        s.bucket("bucket").await;
        let content = noise(300_000, 1);
        let conditions = format!(
            r#"{KEY},["eq","$Content-Type","text/plain"],{{"x-amz-meta-a":"1"}},["content-length-range",1,300000],["starts-with","$x-amz-meta-b",""]"#
        );
        let post = form(s, "up/key").field("Content-Type", "text/plain").field("x-amz-meta-a", "1");
        let post = post.field("x-amz-meta-b", "anything").field("x-ignore-me", "not in the policy");
        let answer = post.policy(&conditions, 60).file("a.txt", &content).send().await.status(204);
        let answer = answer.has("etag", &digest::etag(&content));
        assert!(answer.body.is_empty());
        assert!(answer.header("location").ends_with("/bucket/up%2Fkey"), "{:?}", answer.headers);
        let got = s.get("/bucket/up/key").send().await.status(200).has("content-type", "text/plain");
        assert!(got.has("x-amz-meta-a", "1").has("x-amz-meta-b", "anything").body == content);
    });
}

#[test]
fn the_file_s_name_in_the_key() {
    run(async |s| {
        s.bucket("bucket").await;
        for (name, key) in
            [("a b.txt", "up/a%20b.txt-x"), ("C:\\dir\\c.txt", "up/c.txt-x"), ("/usr/d.txt", "up/d.txt-x")]
        {
            let answer = form(s, "up/${filename}-x").policy(KEY, 60).file(name, name).send().await;
            answer.status(204);
            assert_eq!(s.read(&format!("/bucket/{key}")).await, name);
        }
    });
}

#[test]
fn what_success_looks_like() {
    run(async |s| {
        s.bucket("bucket").await;
        let send = |status: &str| {
            let conditions = format!(r#"{KEY},["starts-with","$success_action_status",""]"#);
            form(s, "up/key").field("success_action_status", status).policy(&conditions, 60).file("f", "x").send()
        };
        assert!(send("200").await.status(200).body.is_empty());
        send("204").await.status(204);
        send("418").await.status(204);
        let created = send("201").await.status(201).says("Bucket", "bucket").says("Key", "up/key");
        let created = created.says("ETag", &digest::etag(b"x")).has("content-type", "application/xml");
        assert_eq!(created.first("Location"), created.header("location"));
        assert!(created.text().contains("<PostResponse>"), "{}", created.text());
        let conditions = format!(r#"{KEY},["starts-with","$success_action_redirect","http"]"#);
        let redirected = form(s, "up/key").field("success_action_redirect", "http://example.com/done?a=1");
        let redirected = redirected.policy(&conditions, 60).file("f", "x").send().await.status(303);
        let location = redirected.header("location");
        let expected = "http://example.com/done?a=1&bucket=bucket&key=up%2Fkey&etag=%22";
        assert!(location.starts_with(expected), "{location}");
    });
}

#[test]
fn conditions_that_fail() {
    run(async |s| {
        s.bucket("bucket").await;
        let good = || form(s, "up/key").policy(KEY, 60).file("f", "x");
        good().send().await.status(204);
        s.delete("/bucket/up/key").send().await.status(204);
        for (what, post) in [
            ("the key", form(s, "down/key").policy(KEY, 60).file("f", "x")),
            ("a field that is not in the policy", form(s, "up/key").field("x-amz-meta-a", "1").policy(KEY, 60).file("f", "x")),
            ("the bucket", Form::new(s, "bucket").field("key", "up/key").raw_policy(&format!(
                r#"{{"expiration":"{}","conditions":[{{"bucket":"other"}},{KEY},["starts-with","$x-amz-credential",""],["starts-with","$x-amz-algorithm",""],["starts-with","$x-amz-date",""]]}}"#,
                s.iso_date(60)
            )).file("f", "x")),
            ("the time", form(s, "up/key").policy(KEY, -1).file("f", "x")),
        ] {
            let answer = post.send().await;
            assert_eq!((answer.status, answer.first("Code").as_str()), (403, "AccessDenied"), "{what}: {}", answer.text());
        }
        let sized = format!(r#"{KEY},["content-length-range",2,4]"#);
        let send = |content: &'static str| form(s, "up/key").policy(&sized, 60).file("f", content).send();
        send("x").await.refused(400, "EntityTooSmall").says("ProposedSize", "1").says("MinSizeAllowed", "2");
        send("xxxxx").await.refused(400, "EntityTooLarge").says("MaxSizeAllowed", "4");
        s.assert_missing("/bucket/up/key").await;
        send("xxx").await.status(204);
    });
}

#[test]
fn signatures_that_are_wrong() {
    run(async |s| {
        s.bucket("bucket").await;
        let good = || form(s, "up/key").policy(KEY, 60).file("f", "x");
        good().change("x-amz-signature", &"0".repeat(64)).send().await.refused(403, "SignatureDoesNotMatch");
        let credential =
            |id: &str, region: &str| format!("{id}/{}/{region}/s3/aws4_request", s.now().strftime("%Y%m%d"));
        let unknown = good().change("x-amz-credential", &credential("AKIAUNKNOWN", "us-east-1")).send().await;
        unknown.refused(403, "InvalidAccessKeyId");
        let elsewhere =
            good().change("x-amz-credential", &credential(crate::harness::ACCESS_KEY_ID, "eu-west-1")).send().await;
        assert!(matches!(elsewhere.status, 400 | 403), "{}", elsewhere.text());
        let altered =
            good().change("policy", &digest::base64(r#"{"expiration":"2099-01-01T00:00:00Z","conditions":[]}"#));
        altered.send().await.refused(403, "SignatureDoesNotMatch");
        for field in ["x-amz-signature", "x-amz-credential", "x-amz-date"] {
            let answer = good().without(field).send().await;
            assert!(matches!(answer.status, 400 | 403), "{field}: {}", answer.text());
        }
        let unsigned = good().without("policy").send().await;
        assert!(matches!(unsigned.status, 400 | 403), "{}", unsigned.text());
        form(s, "up/key").file("f", "x").send().await.refused(403, "AccessDenied");
        for document in ["", "nonsense", "{}", r#"{"expiration":"soon","conditions":[]}"#, r#"{"conditions":[]}"#] {
            let answer = form(s, "up/key").raw_policy(document).file("f", "x").send().await;
            assert!(matches!(answer.status, 400 | 403), "{document}: {}", answer.text());
        }
        s.assert_missing("/bucket/up/key").await;
    });
}

#[test]
fn a_field_that_comes_twice_does_not_slip_past_the_policy() {
    run(async |s| {
        s.bucket("bucket").await;
        for keys in [["up/key", "down/key"], ["down/key", "up/key"]] {
            let post = form(s, keys[0]).field("Key", keys[1]).policy(KEY, 60).file("f", "x");
            let answer = post.send().await;
            assert!(matches!(answer.status, 204 | 400 | 403), "{}", answer.text());
            s.assert_missing("/bucket/down/key").await;
        }
        let conditions = format!(r#"{KEY},{{"x-amz-meta-a":"1"}}"#);
        for values in [["1", "2"], ["2", "1"]] {
            let post = form(s, "up/key").field("x-amz-meta-a", values[0]).field("X-Amz-Meta-A", values[1]);
            if post.policy(&conditions, 60).file("f", "x").send().await.status == 204 {
                s.head("/bucket/up/key").send().await.status(200).has("x-amz-meta-a", "1");
            }
        }
    });
}

#[test]
fn what_fields_ask_for() {
    run(async |s| {
        s.versioned_bucket("bucket").await;
        let one = |name: &str, value: &str| {
            let conditions = format!(r#"{KEY},["starts-with","${name}",""]"#);
            form(s, "up/key").field(name, value).policy(&conditions, 60).file("f", "hello world").send()
        };
        let tags = "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>";
        let stored = one("tagging", tags).await.status(204);
        let head = s.head("/bucket/up/key").send().await.status(200).has("x-amz-tagging-count", "1");
        head.has("x-amz-version-id", stored.header("x-amz-version-id"));
        one("x-amz-storage-class", "STANDARD_IA").await.status(204);
        s.head("/bucket/up/key").send().await.status(200).has("x-amz-storage-class", "STANDARD_IA");
        one("x-amz-checksum-crc32", "DUoRhQ==").await.status(204).has("x-amz-checksum-crc32", "DUoRhQ==");
        one("x-amz-checksum-crc32", "AAAAAA==").await.refused(400, "BadDigest");
        one("content-md5", "XrY7u+Ae7tCTyyK7j1rNww==").await.status(204);
        one("content-md5", "XrY7u+Ae7tCTyyK7j1rNwA==").await.refused(400, "BadDigest");
        one("acl", "bucket-owner-full-control").await.status(204);
        one("acl", "private").await.status(204);
        one("acl", "public-read").await.refused(400, "AccessControlListNotSupported");
        one("x-amz-server-side-encryption", "aws:kms").await.status(204);
        s.head("/bucket/up/key").send().await.status(200).has("x-amz-server-side-encryption", "aws:kms");
        one("x-amz-server-side-encryption", "aws:no").await.refused(400, "InvalidArgument");
        one("x-amz-meta-a", &"v".repeat(2048)).await.refused(400, "MetadataTooLarge");
        let versions = s.get("/bucket?versions").send().await.ok();
        assert_eq!(versions.inner("Version").len(), 7);
    });
}

#[test]
fn forms_that_are_malformed() {
    run(async |s| {
        s.bucket("bucket").await;
        let no_key = Form::new(s, "bucket").policy(KEY, 60).file("f", "x").send().await;
        no_key.refused(400, "InvalidArgument").says("ArgumentName", "key");
        form(s, "up/key").policy(KEY, 60).send().await.refused(400, "InvalidArgument");
        // What comes after the file is not heeded.
        let late = form(s, "up/key").policy(KEY, 60).file("f", "x").late_field("acl", "public-read").send().await;
        late.status(204);
        s.delete("/bucket/up/key").send().await.status(204);
        let huge =
            form(s, "up/key").field("x-ignore-a", &"x".repeat(21_000)).policy(KEY, 60).file("f", "x").send().await;
        huge.refused(400, "MaxPostPreDataLengthExceededError");
        let long_key = form(s, &format!("up/{}", "k".repeat(1022))).policy(KEY, 60).file("f", "x").send().await;
        long_key.refused(400, "KeyTooLongError");
        let not_a_form = s.post("/bucket", "x").header("content-type", "text/plain").send().await;
        not_a_form.refused(412, "RequestIsNotMultiPartContent");
        let no_boundary = s.post("/bucket", "x").header("content-type", "multipart/form-data").send().await;
        no_boundary.refused(400, "MalformedPOSTRequest");
        let good = form(s, "up/key").policy(KEY, 60).file("f", "content");
        let (whole, head) = (good.bytes(), good.head(good.bytes().len() as u64));
        for cut in [whole.len() - 4, whole.len() - 60, whole.len() / 2, 10] {
            let answer = crate::harness::exchange_cut(s.address, head.clone(), whole[..cut].to_vec()).await;
            if let Some(answer) = answer {
                assert_eq!(answer.status, 400, "{}", answer.text());
            }
            let shorter = good.head(cut as u64);
            let answer = crate::harness::exchange(s.address, shorter, whole[..cut].to_vec()).await;
            if cut != whole.len() - 4 {
                assert_eq!(answer.status, 400, "{}", answer.text());
                s.assert_missing("/bucket/up/key").await;
            }
        }
        assert!(s.keys("bucket").await.len() <= 1);
    });
}
