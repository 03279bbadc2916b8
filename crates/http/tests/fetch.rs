//! Requests that the server makes of others.

mod support;

use bytes::Bytes;
use http::Request;
use larder_http::{FetchError, FetchLimits, Fetcher};

use support::{FOREVER, limits, serve, text};

fn get(url: &str) -> Request<Bytes> {
    Request::get(url).body(Bytes::new()).expect("a request")
}

fn allowing(body: usize) -> FetchLimits {
    FetchLimits { within: FOREVER, body }
}

#[tokio::test]
async fn an_answer_is_read_whole_and_no_further_than_allowed() {
    let server = serve(limits(), None, |_, context| async move { text(418, context.target.to_string()) }).await;
    let url = format!("http://{}/keys?x=1", server.address);
    let fetcher = Fetcher::new();
    let answer = fetcher.send(get(&url), allowing(9)).await.expect("an answer");
    assert_eq!((answer.status().as_u16(), &answer.body()[..]), (418, &b"/keys?x=1"[..]));
    let refused = fetcher.send(get(&url), allowing(8)).await;
    assert!(matches!(refused, Err(FetchError::TooLarge { limit: 8, .. })), "{refused:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = serve(limits(), None, |_, _| async move {
        let mut response = text(302, String::new());
        response.headers_mut().insert("location", "http://127.0.0.1:1/elsewhere".parse().expect("a value"));
        response
    })
    .await;
    let answer = Fetcher::new().send(get(&format!("http://{}/", server.address)), allowing(9)).await;
    assert_eq!(answer.expect("an answer").status().as_u16(), 302);
}

#[tokio::test]
async fn what_cannot_be_reached_is_named() {
    let fetcher = Fetcher::new();
    let closed =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port");
    match fetcher.send(get(&format!("http://{closed}/")), allowing(9)).await {
        Err(FetchError::Unreachable { host, .. }) => assert_eq!(host, closed.to_string()),
        other => panic!("{other:?}"),
    }
    for url in ["ftp://127.0.0.1/", "/only/a/path"] {
        let refused = fetcher.send(get(url), allowing(9)).await;
        assert!(matches!(refused, Err(FetchError::NotAUrl { .. })), "{url}");
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    let tls = larder_http::Tls::load(&certificate, &key).expect("usable");
    let server = serve(limits(), Some(tls.into()), |_, _| async move { text(200, String::new()) }).await;
    let refused = Fetcher::new().send(get(&format!("https://localhost:{}/", server.address.port())), allowing(9)).await;
    assert!(matches!(refused, Err(FetchError::Unreachable { .. })), "{refused:?}");
}
