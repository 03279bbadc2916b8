//! Requests and answers over a real connection.

mod support;

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use larder_http::{Limits, Response, ResponseBody};
use support::{Client, describe, limits, serve, text};
use tokio::io::AsyncWriteExt;

#[tokio::test]
async fn a_connection_serves_many_requests_and_each_has_its_id() {
    let server = serve(limits(), None, describe).await;
    let mut client = Client::connect(server.address).await;
    let first = client.ask("GET /a%2Fb/?x=%20&y HTTP/1.1\r\nhost: h\r\n\r\n").await;
    assert_eq!((first.status, first.text()), (200, "GET /a%2Fb/?x=%20&y 0"));
    assert_eq!(first.header("server"), Some("Larder"));
    assert_eq!(first.header("date"), Some("Sun, 06 Nov 1994 08:49:37 GMT"), "from the clock of the server");
    let second = client.ask("PUT /k HTTP/1.1\r\nhost: h\r\ncontent-length: 5\r\n\r\nhello").await;
    assert_eq!(second.text(), "PUT /k 5");
    assert_ne!(first.header("x-amz-request-id").expect("an id"), second.header("x-amz-request-id").expect("an id"));
    assert_eq!(first.header("x-amz-id-2").expect("an id"), second.header("x-amz-id-2").expect("an id"));

    let logged = server.log.recv().expect("the first request");
    assert_eq!((logged.status.as_u16(), logged.bytes_in, logged.aborted), (200, 0, false));
    assert_eq!(&*logged.target, "/a%2Fb/?x=%20&y");
    let logged = server.log.recv().expect("the second request");
    assert_eq!((logged.bytes_in, logged.bytes_out), (5, 8));
    assert_eq!(Some(logged.request_id.as_str()), second.header("x-amz-request-id"));
}

#[tokio::test]
async fn long_bodies_stream_in_and_out() {
    const LENGTH: usize = 3_000_000;
    let echo = |request: larder_http::Request, _| async {
        let body = support::read_body(request.into_body()).await.expect("a body");
        let chunks: Vec<_> = body.chunks(70_001).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        Response::new(ResponseBody::sized(body.len() as u64, stream::iter(chunks)))
    };
    let server = serve(limits(), None, echo).await;
    let sent: Vec<u8> = (0..LENGTH).map(|index| (index % 251) as u8).collect();

    let mut client = Client::connect(server.address).await;
    client.send(&format!("PUT / HTTP/1.1\r\nhost: h\r\ncontent-length: {LENGTH}\r\n\r\n")).await;
    client.stream.write_all(&sent).await.expect("sent");
    assert!(client.answer(false).await.body == sent, "with a length");

    client.send("PUT / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n").await;
    for chunk in sent.chunks(100_000) {
        client.send(&format!("{:x}\r\n", chunk.len())).await;
        client.stream.write_all(chunk).await.expect("sent");
        client.send("\r\n").await;
    }
    client.send("0\r\n\r\n").await;
    assert!(client.answer(false).await.body == sent, "in chunks");
}

#[tokio::test]
async fn an_answer_to_head_has_the_length_but_no_body() {
    let server = serve(limits(), None, describe).await;
    let mut client = Client::connect(server.address).await;
    client.send("HEAD /k HTTP/1.1\r\nhost: h\r\n\r\n").await;
    assert_eq!(client.answer(true).await.header("content-length"), Some("9"));
    // A body would be taken for the next answer's head.
    assert_eq!(client.ask("GET /k HTTP/1.1\r\nhost: h\r\n\r\n").await.text(), "GET /k 0");
    assert!(!server.log.recv().expect("HEAD").aborted);
}

#[tokio::test]
async fn a_panic_costs_one_request() {
    let server = serve(limits(), None, |request, context| async move {
        assert!(request.uri().path() != "/panic", "this panic is part of the test");
        describe(request, context).await
    })
    .await;
    let mut client = Client::connect(server.address).await;
    let answer = client.ask("GET /panic HTTP/1.1\r\nhost: h\r\n\r\n").await;
    assert_eq!(answer.status, 500);
    assert!(answer.header("x-amz-request-id").is_some());
    assert_eq!(client.ask("GET /ok HTTP/1.1\r\nhost: h\r\n\r\n").await.status, 200, "on the same connection");
    assert_eq!(Client::connect(server.address).await.ask("GET /ok HTTP/1.1\r\nhost: h\r\n\r\n").await.status, 200);
}

#[tokio::test]
async fn a_client_that_sends_all_before_it_reads_gets_the_refusal() {
    const LENGTH: usize = 8 * 1024 * 1024;
    let server = serve(limits(), None, |_, _| async { text(403, "denied".to_owned()) }).await;
    let mut client = Client::connect(server.address).await;
    client.send(&format!("PUT /k HTTP/1.1\r\nhost: h\r\ncontent-length: {LENGTH}\r\n\r\n")).await;
    client.stream.write_all(&vec![0; LENGTH]).await.expect("the connection is not reset");
    let answer = client.answer(false).await;
    assert_eq!((answer.status, answer.text()), (403, "denied"));
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(client.rest().await.is_empty(), "then the connection ends");
}

#[tokio::test]
async fn after_a_short_unread_body_the_connection_is_used_again() {
    let server = serve(limits(), None, |_, _| async { text(403, "denied".to_owned()) }).await;
    let mut client = Client::connect(server.address).await;
    client.send("PUT /k HTTP/1.1\r\nhost: h\r\ncontent-length: 10000\r\n\r\n").await;
    let answer = client.answer(false).await;
    assert_eq!((answer.status, answer.header("connection")), (403, None));
    client.send(&"x".repeat(10_000)).await;
    assert_eq!(client.ask("GET /k HTTP/1.1\r\nhost: h\r\n\r\n").await.status, 403);
}

#[tokio::test]
async fn a_client_is_told_to_continue_only_when_its_body_is_wanted() {
    let server = serve(limits(), None, |request, context| async move {
        if request.uri().path() == "/denied" { text(403, String::new()) } else { describe(request, context).await }
    })
    .await;
    let mut client = Client::connect(server.address).await;
    client.send("PUT /wanted HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n").await;
    assert_eq!(client.head().await.as_deref(), Some("HTTP/1.1 100 Continue"));
    assert_eq!(client.ask("ab").await.text(), "PUT /wanted 2");
    client.send("PUT /denied HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n").await;
    let answer = client.answer(false).await;
    assert_eq!((answer.status, answer.header("connection")), (403, Some("close")));
}

/// botocore expects an invitation to send nothing, and takes the answer for one to its next request.
#[tokio::test]
async fn after_an_expectation_without_a_body_the_connection_is_closed() {
    let server = serve(limits(), None, describe).await;
    let mut client = Client::connect(server.address).await;
    client.send("PUT /empty HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 0\r\n\r\n").await;
    let answer = client.answer(false).await;
    assert_eq!((answer.status, answer.text(), answer.header("connection")), (200, "PUT /empty 0", Some("close")));
    assert!(client.rest().await.is_empty());
}

#[tokio::test]
async fn a_request_names_one_host() {
    let server = serve(limits(), None, describe).await;
    for (fields, version, expected) in [
        ("host: h\r\n", "1.1", 200),
        ("", "1.1", 400),
        ("host: h\r\nhost: other\r\n", "1.1", 400),
        ("host: h\r\nhost: other\r\n", "1.0", 400),
        ("", "1.0", 200),
    ] {
        let mut client = Client::connect(server.address).await;
        let answer = client.ask(&format!("GET /k HTTP/{version}\r\n{fields}\r\n")).await;
        assert_eq!(answer.status, expected, "{fields:?} {version}");
    }
}

#[tokio::test]
async fn a_body_that_stalls_fails_with_the_answer_of_the_handler() {
    let limits = Limits { body_idle: Duration::from_millis(50), ..limits() };
    let server = serve(limits, None, describe).await;
    let mut client = Client::connect(server.address).await;
    let answer = client.ask("PUT /k HTTP/1.1\r\nhost: h\r\ncontent-length: 10\r\n\r\nabc").await;
    assert_eq!((answer.status, answer.text()), (400, "the client stopped sending the request body"));
    assert_eq!(answer.header("connection"), Some("close"));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_shorter_body() {
    let server = serve(limits(), None, describe).await;
    for (request, expected) in [
        ("content-length: 10\r\n\r\nabc", "the connection ended within the request body"),
        ("transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n", "the connection ended within the request body"),
        ("transfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n", "the request body is not validly chunked"),
    ] {
        let mut client = Client::connect(server.address).await;
        client.send(&format!("PUT /k HTTP/1.1\r\nhost: h\r\n{request}")).await;
        client.stream.shutdown().await.expect("half closed");
        let answer = client.answer(false).await;
        assert_eq!((answer.status, answer.text()), (400, expected), "{request}");
    }
}

#[tokio::test]
async fn an_answer_that_fails_half_way_is_seen_to_be_broken() {
    let server = serve(limits(), None, |request, _| async move {
        let chunks = stream::iter([Ok(Bytes::from_static(b"abc")), Err(io::Error::other("a bad disk"))]);
        Response::new(match request.uri().path() {
            "/sized" => ResponseBody::sized(6, chunks),
            "/short" => ResponseBody::sized(6, stream::iter([Ok(Bytes::from_static(b"abc"))])),
            _ => ResponseBody::unsized_stream(chunks),
        })
    })
    .await;
    for path in ["/sized", "/short"] {
        let mut client = Client::connect(server.address).await;
        client.send(&format!("GET {path} HTTP/1.1\r\nhost: h\r\n\r\n")).await;
        let head = client.head().await;
        assert!(head.is_none_or(|head| head.contains("content-length: 6")), "the length is stated");
        assert!(client.rest().await.len() < 6, "and not met");
        assert!(server.log.recv().expect("logged").aborted);
    }
    let mut client = Client::connect(server.address).await;
    client.send("GET /chunked HTTP/1.1\r\nhost: h\r\n\r\n").await;
    assert!(!client.rest().await.ends_with(b"0\r\n\r\n"), "the last chunk is missing");
}
