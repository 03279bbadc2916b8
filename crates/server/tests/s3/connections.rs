//! What goes beyond one request: several on a connection, and a server that is started again.

use crate::harness::{Connection, noise, run, run_in};

/// The head of a request on a connection that stays open.
fn kept(head: Vec<u8>) -> Vec<u8> {
    String::from_utf8(head).expect("a text").replace("connection: close\r\n", "").into_bytes()
}

/// Reads one answer: its status line and its body.
async fn answer(connection: &mut Connection, begun: &mut Vec<u8>) -> (String, Vec<u8>) {
    let (head, rest) = connection.head_after(std::mem::take(begun)).await;
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |text| text.parse().unwrap_or(0));
    let mut body = rest;
    connection.read_to(&mut body, length).await;
    *begun = body.split_off(length);
    (head.lines().next().unwrap_or_default().to_owned(), body)
}

#[test]
fn many_requests_on_one_connection() {
    run(async |s| {
        s.bucket("bucket").await;
        let mut connection = Connection::open(s.address).await;
        let mut begun = Vec::new();
        for round in 1..=3 {
            let content = noise(1000 * round, 1);
            for (ask, status) in [
                (s.put("/bucket/key", &content), "HTTP/1.1 200 OK"),
                (s.get("/bucket/none"), "HTTP/1.1 404 Not Found"),
                (s.get("/bucket/key"), "HTTP/1.1 200 OK"),
            ] {
                let (head, body) = ask.wire();
                connection.send(&kept(head)).await;
                connection.send(&body).await;
                let (line, body) = answer(&mut connection, &mut begun).await;
                assert_eq!(line, status);
                assert!(body.is_empty() || body == content || body.starts_with(b"<?xml"));
            }
        }
        // Sent before the answers to the first are read.
        let (first, _) = s.get("/bucket/key").wire();
        let (second, _) = s.get("/bucket/none").wire();
        connection.send(&[kept(first), kept(second)].concat()).await;
        assert_eq!(answer(&mut connection, &mut begun).await.0, "HTTP/1.1 200 OK");
        assert_eq!(answer(&mut connection, &mut begun).await.0, "HTTP/1.1 404 Not Found");
    });
}

#[test]
fn a_refused_body_does_not_become_the_next_request() {
    run(async |s| {
        s.bucket("bucket").await;
        s.put("/bucket/key", "x").send().await.ok();
        let (smuggled, _) = s.delete("/bucket/key").wire();
        let (head, body) = s.put("/bucket/other", &smuggled).signed_by("AKIAUNKNOWN").wire();
        let mut connection = Connection::open(s.address).await;
        connection.send(&kept(head)).await;
        connection.send(&body).await;
        let answers = String::from_utf8_lossy(&connection.rest().await).into_owned();
        assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{answers}");
        assert_eq!(s.read("/bucket/key").await, "x");
    });
}

#[test]
fn a_server_that_is_started_again_has_everything() {
    let data = tempfile::tempdir().expect("a folder");
    let large = noise(3_000_000, 1);
    let (mut first, mut upload) = (String::new(), String::new());
    run_in(
        data.path(),
        |_| {},
        async |s| {
            s.versioned_bucket("bucket").await;
            first = s.put("/bucket/key", "1").send().await.ok().header("x-amz-version-id").to_owned();
            s.put("/bucket/key", "2").header("x-amz-meta-a", "1").header("x-amz-tagging", "k=v").send().await.ok();
            s.put("/bucket/large", &large).send().await.ok();
            s.delete("/bucket/gone").send().await.ok();
            upload = crate::multipart::begin(s, "/bucket/parts").await;
            crate::multipart::part(s, "/bucket/parts", &upload, 1, b"part").await;
        },
    );
    run_in(
        data.path(),
        |_| {},
        async |s| {
            assert_eq!(s.keys("bucket").await, ["key", "large"]);
            assert_eq!(s.read(&format!("/bucket/key?versionId={first}")).await, "1");
            let got = s.get("/bucket/key").send().await.ok().has("x-amz-meta-a", "1").has("x-amz-tagging-count", "1");
            assert_eq!(got.text(), "2");
            assert!(s.get("/bucket/large").send().await.ok().body == large);
            s.get("/bucket/gone").send().await.refused(404, "NoSuchKey").has("x-amz-delete-marker", "true");
            let tag = crate::harness::digest::etag(b"part");
            let document = crate::multipart::manifest(&[(1, &tag)]);
            s.post(&format!("/bucket/parts?uploadId={upload}"), document).send().await.status(200);
            assert_eq!(s.read("/bucket/parts").await, "part");
            let second = s.put("/bucket/key", "3").send().await.ok();
            assert_ne!(second.header("x-amz-version-id"), first);
            assert_eq!(s.read("/bucket/key").await, "3", "later than what was there before");
        },
    );
}
