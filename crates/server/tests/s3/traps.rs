//! Mistakes that S3 servers have shipped with. (Memory is in `memory.rs`; unsigned headers are in `presigned.rs` and
//! `signatures.rs`.)

use larder_wire::operation::SUBRESOURCES;

use crate::harness::{Body, TestServer, noise, run};

#[test]
fn an_unknown_subresource_is_never_the_bucket_or_the_object() {
    run(async |s| {
        s.bucket("bucket").await;
        s.delete("/bucket?metadataConfiguration").send().await.refused(501, "NotImplemented");
        s.delete("/bucket?somethingNobodyKnows").send().await.refused(501, "NotImplemented");
        s.head("/bucket").send().await.status(200);
        s.put("/bucket/key", "content").send().await.ok();
        s.put("/bucket/key?renameObject", "")
            .header("x-amz-rename-source", "/bucket/x")
            .send()
            .await
            .refused(501, "NotImplemented");
        s.put("/bucket/key?somethingNobodyKnows", "").send().await.refused(501, "NotImplemented");
        s.delete("/bucket/key?somethingNobodyKnows=1").send().await.refused(501, "NotImplemented");
        assert_eq!(s.read("/bucket/key").await, "content");
    });
}

#[test]
fn no_subresource_with_any_method_changes_the_bucket_or_the_object() {
    run(async |s| {
        s.bucket("bucket").await;
        s.bucket("empty").await;
        s.put("/bucket/key", "content").header("x-amz-meta-a", "1").send().await.ok();
        let etag = s.head("/bucket/key").send().await.ok().header("etag").to_owned();
        for (name, _) in SUBRESOURCES {
            for method in ["GET", "HEAD", "PUT", "POST", "DELETE"] {
                for query in [(*name).to_owned(), format!("{name}="), format!("{name}=x&x-id=PutObject")] {
                    for target in ["/bucket/key", "/bucket", "/empty", "/bucket/other"] {
                        let answer = s.ask(method, &format!("{target}?{query}")).send().await;
                        assert!(answer.status != 500, "{method} {target}?{query}: {}", answer.text());
                    }
                }
            }
            for bucket in ["/bucket", "/empty"] {
                let head = s.head(bucket).send().await;
                assert_eq!(head.status, 200, "{name}");
            }
            let got = s.get("/bucket/key").send().await.status(200).has("etag", &etag).has("x-amz-meta-a", "1");
            assert_eq!(got.text(), "content", "{name}");
            assert_eq!(s.keys("bucket").await, ["key"], "{name}");
            assert!(s.keys("empty").await.is_empty(), "{name}");
        }
    });
}

#[test]
fn a_body_shorter_than_declared_leaves_no_object() {
    run(async |s| {
        s.bucket("bucket").await;
        for size in [100, 200_000] {
            for body in [Body::Signed, Body::As("UNSIGNED-PAYLOAD".to_owned()), Body::SignedChunks(65_536, vec![])] {
                let (head, whole) = s.put("/bucket/key", noise(size, 1)).sent_as(body).wire();
                for cut in [0, 1, size / 2, whole.len() - 1] {
                    let answer = crate::harness::exchange_cut(s.address, head.clone(), whole[..cut].to_vec()).await;
                    if let Some(answer) = answer {
                        answer.refused(400, "IncompleteBody");
                    }
                    s.assert_missing("/bucket/key").await;
                }
            }
        }
        // The frame ends too early for the length that it says.
        let (more, less) = (
            s.put("/bucket/key", "content").header("x-amz-meta-a", "1").sent_as(Body::UnsignedChunks(8192, vec![])),
            s.put("/bucket/key", "content").sent_as(Body::UnsignedChunks(8192, vec![])),
        );
        let longer = more.tampered(|body| *body = b"8\r\ncontent!\r\n0\r\n\r\n".to_vec()).send().await;
        longer.refused(400, "IncompleteBody");
        let shorter = less.tampered(|body| *body = b"6\r\nconten\r\n0\r\n\r\n".to_vec()).send().await;
        shorter.refused(400, "IncompleteBody");
        s.assert_missing("/bucket/key").await;
        assert!(s.keys("bucket").await.is_empty());
        s.delete("/bucket").send().await.status(204);
    });
}

#[test]
fn a_length_must_be_told() {
    run(async |s| {
        s.bucket("bucket").await;
        let none = s.put("/bucket/key", "").declared_length(None).send().await;
        none.refused(411, "MissingContentLength");
        let negative =
            s.put("/bucket/key", "").declared_length(None).unsigned_header("content-length", "-1").send().await;
        assert_eq!(negative.status, 400);
        let chunked = s.put("/bucket/key", "x").declared_length(None).unsigned_header("transfer-encoding", "chunked");
        let chunked = chunked.tampered(|body| *body = b"1\r\nx\r\n0\r\n\r\n".to_vec()).send().await;
        assert!(matches!(chunked.status, 411 | 501), "{}", chunked.text());
        let undeclared = s.put("/bucket/key", "x").sent_as(Body::As("STREAMING-UNSIGNED-PAYLOAD-TRAILER".to_owned()));
        undeclared.send().await.refused(411, "MissingContentLength");
        let too_large = s.put("/bucket/key", "").declared_length(Some(5 * 1024 * 1024 * 1024 + 1)).send().await;
        too_large.refused(400, "EntityTooLarge").says("MaxSizeAllowed", "5368709120");
        s.assert_missing("/bucket/key").await;
    });
}

#[test]
fn nothing_of_a_body_is_read_before_the_signature_is_checked() {
    run(async |s| {
        s.bucket("bucket").await;
        // The body never comes; the answer does.
        for ask in [s.put("/bucket/key", "").signed_by("AKIAUNKNOWN"), s.put("/bucket/key", "").anonymous()] {
            let (head, _) = ask.declared_length(Some(1_000_000)).wire();
            let mut connection = crate::harness::Connection::open(s.address).await;
            connection.send(&head).await;
            let (answer, _) = connection.head().await;
            assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
        }
    });
}

#[test]
fn expect_continue() {
    run(async |s| {
        s.bucket("bucket").await;
        let content = noise(100_000, 1);
        let (head, body) = s.put("/bucket/key", &content).header("expect", "100-continue").wire();
        let mut connection = crate::harness::Connection::open(s.address).await;
        connection.send(&head).await;
        let (answer, _) = connection.head().await;
        assert!(answer.starts_with("HTTP/1.1 100 "), "{answer}");
        connection.send(&body).await;
        let (answer, _) = connection.head().await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(s.get("/bucket/key").send().await.ok().body == content);
        // Who may not is told so before sending anything.
        let (head, _) = s.put("/bucket/key", &content).header("expect", "100-continue").anonymous().wire();
        let mut connection = crate::harness::Connection::open(s.address).await;
        connection.send(&head).await;
        let (answer, _) = connection.head().await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    });
}

/// Asserts what every answer has.
async fn identified(s: &TestServer, method: &str, target: &str) {
    let answer = s.ask(method, target).send().await;
    assert_eq!(answer.header("x-amz-request-id").len(), 16, "{method} {target}");
    assert!(!answer.header("x-amz-id-2").is_empty(), "{method} {target}");
    if method == "HEAD" || matches!(answer.status, 204 | 304) {
        assert!(answer.body.is_empty(), "{method} {target}");
    }
}

#[test]
fn every_answer_says_which_it_is() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "x").send().await.ok();
        for method in ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"] {
            for target in [
                "/",
                "/bucket",
                "/bucket/",
                "/bucket/key",
                "/nowhere",
                "/nowhere/key",
                "/bucket/none",
                "//",
                "/bucket?acl",
                "/bucket/%zz",
                "*",
            ] {
                if matches!((method, target), ("DELETE", _)) && target.starts_with("/bucket") {
                    continue;
                }
                identified(s, method, target).await;
            }
        }
        let ids: Vec<String> = futures_util::future::join_all((0..20).map(|_| s.head("/bucket").send()))
            .await
            .iter()
            .map(|answer| answer.header("x-amz-request-id").to_owned())
            .collect();
        let mut unique = ids.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), ids.len());
    });
}
