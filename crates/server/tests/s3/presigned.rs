//! Presigned URLs.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;

use crate::harness::{digest, run, sdk};

#[test]
fn who_holds_the_url_may() {
    run(async |s| {
        s.bucket("bucket").await;
        let put = s.presign("PUT", "/bucket/a%20b", &[], 60);
        s.put(&put, "content").anonymous().send().await.status(200);
        let get = s.presign("GET", "/bucket/a%20b", &[], 60);
        assert_eq!(s.get(&get).anonymous().send().await.status(200).text(), "content");
        s.get("/bucket/a%20b").anonymous().send().await.refused(403, "AccessDenied");
        s.head(&s.presign("HEAD", "/bucket/a%20b", &[], 60)).anonymous().send().await.status(200);
        let listed =
            s.get(&s.presign("GET", "/bucket?list-type=2&prefix=a", &[], 60)).anonymous().send().await.status(200);
        listed.says("Key", "a b");
        s.delete(&s.presign("DELETE", "/bucket/a%20b", &[], 60)).anonymous().send().await.status(204);
        s.assert_missing("/bucket/a%20b").await;
    });
}

#[test]
fn for_as_long_as_it_says() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "x").send().await.ok();
        let url = s.presign("GET", "/bucket/key", &[], 60);
        s.advance(59);
        s.get(&url).anonymous().send().await.status(200);
        s.advance(2);
        let expired = s.get(&url).anonymous().send().await.refused(403, "AccessDenied").says("X-Amz-Expires", "60");
        assert_eq!(expired.first("Message"), "Request has expired");
        assert!(!expired.first("Expires").is_empty() && !expired.first("ServerTime").is_empty());
        let week = s.presign("GET", "/bucket/key", &[], 604_800);
        let longer = s.presign("GET", "/bucket/key", &[], 604_801);
        s.get(&longer).anonymous().send().await.refused(400, "AuthorizationQueryParametersError");
        s.advance(604_799);
        s.get(&week).anonymous().send().await.status(200);
        s.advance(2);
        s.get(&week).anonymous().send().await.refused(403, "AccessDenied");
    });
}

#[test]
fn for_nothing_but_what_was_signed() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "x").send().await.ok();
        s.put("/bucket/other", "y").send().await.ok();
        let url = s.presign("GET", "/bucket/key", &[], 60);
        let mismatch = s.get(&url.replace("/key?", "/other?")).anonymous().send().await;
        let mismatch = mismatch.refused(403, "SignatureDoesNotMatch");
        assert!(!mismatch.first("StringToSign").is_empty() && !mismatch.first("CanonicalRequest").is_empty());
        s.put(&url, "z").anonymous().send().await.refused(403, "SignatureDoesNotMatch");
        s.delete(&url).anonymous().send().await.refused(403, "SignatureDoesNotMatch");
        for (from, to) in [
            ("X-Amz-Expires=60", "X-Amz-Expires=600"),
            ("X-Amz-Signature=", "X-Amz-Signature=0"),
            ("?", "?versionId=null&"),
        ] {
            let answer = s.get(&url.replacen(from, to, 1)).anonymous().send().await;
            answer.refused(403, "SignatureDoesNotMatch");
        }
        for gone in ["X-Amz-Signature", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Credential"] {
            let without: String = url.split('&').filter(|pair| !pair.starts_with(gone)).collect::<Vec<_>>().join("&");
            let answer = s.get(&without).anonymous().send().await;
            assert!(matches!(answer.status, 400 | 403), "{gone}: {}", answer.text());
        }
        let twice = s.get(&url).send().await;
        assert_eq!(twice.status, 400, "signed twice: {}", twice.text());
        assert_eq!(s.read("/bucket/key").await, "x");
    });
}

#[test]
fn headers_that_were_signed_must_be_sent() {
    run(async |s| {
        s.bucket("bucket").await;
        let url = s.presign("PUT", "/bucket/key", &[("x-amz-meta-a", "1"), ("content-type", "text/plain")], 60);
        s.put(&url, "x").anonymous().send().await.refused(403, "SignatureDoesNotMatch");
        let other =
            s.put(&url, "x").anonymous().header("x-amz-meta-a", "2").header("content-type", "text/plain").send().await;
        other.refused(403, "SignatureDoesNotMatch");
        s.assert_missing("/bucket/key").await;
        let good =
            s.put(&url, "x").anonymous().header("x-amz-meta-a", "1").header("content-type", "text/plain").send().await;
        good.status(200);
        s.head("/bucket/key").send().await.status(200).has("x-amz-meta-a", "1").has("content-type", "text/plain");
    });
}

#[test]
fn headers_that_were_not_signed_are_refused() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/secret", "secret").send().await.ok();
        let url = s.presign("PUT", "/bucket/key", &[], 60);
        for (name, value) in [
            ("x-amz-copy-source", "/bucket/secret"),
            ("x-amz-meta-a", "1"),
            ("x-amz-acl", "public-read"),
            ("x-amz-tagging", "a=1"),
            ("x-amz-storage-class", "STANDARD_IA"),
            ("x-amz-object-lock-legal-hold", "ON"),
            ("x-amz-website-redirect-location", "/x"),
        ] {
            let refused = s.put(&url, "").anonymous().header(name, value).send().await.refused(403, "AccessDenied");
            assert_eq!(refused.first("HeadersNotSigned"), name);
        }
        s.assert_missing("/bucket/key").await;
        // Headers that are not Amazon's need not be signed.
        s.put(&url, "x").anonymous().header("content-type", "text/plain").send().await.status(200);
    });
}

#[test]
fn parameters_that_stand_for_headers() {
    run(async |s| {
        s.bucket("bucket").await;
        let query = "X-Amz-Meta-A=b%20c&x-amz-storage-class=STANDARD_IA&X-Amz-Tagging=k%3Dv&\
            x-amz-checksum-crc32=DUoRhQ%3D%3D&x-amz-sdk-checksum-algorithm=CRC32";
        let url = s.presign("PUT", &format!("/bucket/key?{query}"), &[], 60);
        s.put(&url, "hello wOrld").anonymous().send().await.refused(400, "BadDigest");
        s.put(&url, "hello world").anonymous().send().await.status(200).has("x-amz-checksum-crc32", "DUoRhQ==");
        let head = s.head("/bucket/key").send().await.status(200).has("x-amz-meta-a", "b c");
        head.has("x-amz-storage-class", "STANDARD_IA").has("x-amz-tagging-count", "1");
        let acl = s.presign("PUT", "/bucket/other?x-amz-acl=public-read", &[], 60);
        s.put(&acl, "x").anonymous().send().await.refused(400, "AccessControlListNotSupported");
        s.assert_missing("/bucket/other").await;
    });
}

#[test]
fn a_payload_that_was_signed() {
    run(async |s| {
        s.bucket("bucket").await;
        let sha256 = digest::sha256_hex(b"content");
        let url = s.presign("PUT", &format!("/bucket/key?X-Amz-Content-Sha256={sha256}"), &[], 60);
        let other = s.put(&url, "another").anonymous().send().await;
        assert!(matches!(other.status, 400 | 403), "{}", other.text());
        s.assert_missing("/bucket/key").await;
    });
}

#[test]
fn urls_from_the_sdk() {
    run(async |s| {
        let client = sdk(s);
        s.bucket("bucket").await;
        let lifetime = || PresigningConfig::expires_in(Duration::from_secs(60)).expect("a lifetime");
        let put = client.put_object().bucket("bucket").key("a b+c").content_type("text/plain").metadata("a", "1");
        let put = put.presigned(lifetime()).await.expect("presigned");
        let target = |uri: &str| uri.splitn(4, '/').nth(3).map(|rest| format!("/{rest}")).expect("a path");
        let ask = s.put(&target(put.uri()), "content").anonymous();
        let ask =
            put.headers().filter(|(name, _)| *name != "host").fold(ask, |ask, (name, value)| ask.header(name, value));
        ask.send().await.status(200);
        let get = client.get_object().bucket("bucket").key("a b+c").response_content_type("image/png");
        let get = get.presigned(lifetime()).await.expect("presigned");
        let got = s.get(&target(get.uri())).anonymous().send().await.status(200).has("content-type", "image/png");
        assert_eq!(got.has("x-amz-meta-a", "1").text(), "content");
    });
}
