//! Connections: limits, closing, TLS.

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use larder_http::{Drained, Limits, Request, RequestContext, Tls, TlsError};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use support::{Client, FOREVER, Server, describe, limits, serve, text};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_rustls::TlsConnector;

const GET: &str = "GET /k HTTP/1.1\r\nhost: h\r\n\r\n";

#[tokio::test]
async fn a_head_that_trickles_in_too_slowly_ends_the_connection() {
    let limits = Limits { head: Duration::from_millis(100), linger: Duration::from_millis(100), ..limits() };
    let server = serve(limits, None, describe).await;
    let mut client = Client::connect(server.address).await;
    client.send("GET /k HTTP/1.1\r\nhos").await;
    client.rest().await;
    assert!(server.log.try_recv().is_err(), "no request came of it");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = serve(limits(), None, describe).await;
    let long = format!("x-long: {}\r\n", "x".repeat(100_000));
    let many: String = (0..300).map(|index| format!("x-{index}: 1\r\n")).collect();
    for fields in [long, many] {
        let mut client = Client::connect(server.address).await;
        // Also behind a request that was answered.
        assert_eq!(client.ask(GET).await.status, 200);
        client.send(&format!("GET /k HTTP/1.1\r\nhost: h\r\n{fields}\r\n")).await;
        let refused = client.answer(false).await;
        assert_eq!(refused.status, 431);
        assert_eq!(refused.header("x-amz-request-id").map(str::len), Some(16), "every answer has an id");
        assert_eq!(refused.header("connection"), Some("close"));
    }
    let most: String = (0..200).map(|index| format!("x-amz-meta-{index}: {}\r\n", "v".repeat(200))).collect();
    let mut client = Client::connect(server.address).await;
    assert_eq!(client.ask(&format!("GET /k HTTP/1.1\r\nhost: h\r\n{most}\r\n")).await.status, 200);
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let server = serve(Limits { connections: 1, ..limits() }, None, describe).await;
    let mut first = Client::connect(server.address).await;
    assert_eq!(first.ask(GET).await.status, 200);
    let mut second = Client::connect(server.address).await;
    second.send(GET).await;
    assert_eq!(first.ask(GET).await.status, 200);
    assert_eq!(server.log.try_iter().count(), 2, "the second connection is not served yet");
    drop(first);
    assert_eq!(second.answer(false).await.status, 200);
}

/// A handler that reports a request and answers when it is told to.
fn gated(
    reached: mpsc::UnboundedSender<()>,
    gate: Arc<tokio::sync::Semaphore>,
) -> impl Fn(Request, RequestContext) -> support::Answering + Send + Sync + 'static {
    move |_, _| {
        let (reached, gate) = (reached.clone(), Arc::clone(&gate));
        Box::pin(async move {
            let _ = reached.send(());
            let _open = gate.acquire().await;
            text(200, "late".to_owned())
        })
    }
}

/// A server whose answers wait for the gate, which is closed, and that says when each request has come.
async fn serve_gated() -> (Server, Arc<tokio::sync::Semaphore>, mpsc::UnboundedReceiver<()>) {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let (reached, reaches) = mpsc::unbounded_channel();
    let server = serve(limits(), None, gated(reached, Arc::clone(&gate))).await;
    (server, gate, reaches)
}

#[tokio::test]
async fn a_drain_lets_requests_finish_and_takes_no_new_ones() {
    let (server, gate, mut reaches) = serve_gated().await;
    let mut idle = Client::connect(server.address).await;
    let mut busy = Client::connect(server.address).await;
    busy.send(GET).await;
    reaches.recv().await.expect("the request is being handled");

    let draining = tokio::spawn(server.serving.shutdown(FOREVER));
    assert!(idle.rest().await.is_empty(), "an idle connection ends at once");
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens any more");
    gate.add_permits(1);
    assert_eq!(busy.answer(false).await.text(), "late");
    assert_eq!(draining.await.expect("drained"), Drained { aborted: 0 });
}

#[tokio::test]
async fn a_drain_does_not_wait_for_ever() {
    let (server, _gate, mut reaches) = serve_gated().await;
    let mut busy = Client::connect(server.address).await;
    busy.send(GET).await;
    reaches.recv().await.expect("the request is being handled");
    assert_eq!(server.serving.shutdown(Duration::from_millis(20)).await, Drained { aborted: 1 });
    assert!(busy.head().await.is_none());
}

#[tokio::test]
async fn what_is_open_is_counted_and_a_request_that_nobody_waits_for_is_logged() {
    let (server, gate, mut reaches) = serve_gated().await;
    let load = || (server.load.connections(), server.load.requests());
    assert_eq!(load(), (0, 0));
    let mut patient = Client::connect(server.address).await;
    patient.send(GET).await;
    let mut impatient = Client::connect(server.address).await;
    impatient.send(GET).await;
    for _ in 0..2 {
        reaches.recv().await.expect("the request is being handled");
    }
    assert_eq!(load(), (2, 2));
    drop(impatient);
    // The server notices when it writes.
    gate.add_permits(2);
    assert_eq!(patient.answer(false).await.text(), "late");
    drop(patient);
    let drained = server.serving.shutdown(FOREVER).await;
    assert_eq!((drained, server.load.connections(), server.load.requests()), (Drained { aborted: 0 }, 0, 0));
    assert_eq!(server.log.try_iter().count(), 2);
}

#[tokio::test]
async fn a_request_that_is_cut_off_before_its_answer_is_logged() {
    let (server, _gate, mut reaches) = serve_gated().await;
    let mut busy = Client::connect(server.address).await;
    busy.send(GET).await;
    reaches.recv().await.expect("the request is being handled");
    server.serving.shutdown(Duration::ZERO).await;
    let logged = server.log.recv().expect("logged");
    assert_eq!((logged.status.as_u16(), logged.aborted, logged.answered_after), (499, true, logged.duration));
    assert_eq!(server.load.requests(), 0);
}

#[tokio::test]
async fn dropping_a_server_stops_it() {
    let server = serve(limits(), None, describe).await;
    let mut client = Client::connect(server.address).await;
    assert_eq!(client.ask(GET).await.status, 200);
    drop(server.serving);
    assert!(client.rest().await.is_empty());
}

#[tokio::test]
async fn a_client_may_end_its_side_before_the_answer() {
    let server = serve(limits(), None, describe).await;
    let mut client = Client::connect(server.address).await;
    client.send(GET).await;
    client.stream.shutdown().await.expect("half closed");
    assert_eq!(client.answer(false).await.text(), "GET /k 0");
}

/// Writes a new self-signed certificate for `localhost` and its key to `folder`.
fn make_certificate(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    fs::write(folder.join("certificate.pem"), made.cert.pem()).expect("written");
    fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).expect("written");
    made.cert.der().clone()
}

async fn connect_tls(
    address: std::net::SocketAddr,
    trusted: &CertificateDer<'static>,
) -> std::io::Result<Client<tokio_rustls::client::TlsStream<TcpStream>>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = TcpStream::connect(address).await?;
    Ok(Client::over(TlsConnector::from(Arc::new(config)).connect(name, stream).await?))
}

#[tokio::test]
async fn tls_serves_with_a_certificate_that_can_be_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = make_certificate(folder.path());
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    let tls = Arc::new(Tls::load(&certificate, &key).expect("a certificate and its key"));
    let version = |_, context: RequestContext| async move { text(200, context.tls.expect("TLS").version.to_owned()) };
    let server = serve(limits(), Some(Arc::clone(&tls)), version).await;

    let mut client = connect_tls(server.address, &old).await.expect("a handshake");
    assert_eq!(client.ask(GET).await.text(), "TLSv1.3");
    let mut plain = Client::connect(server.address).await;
    plain.send(GET).await;
    assert!(!plain.rest().await.starts_with(b"HTTP"), "no answer without TLS");

    let new = make_certificate(folder.path());
    tls.reload().expect("the new pair");
    assert!(connect_tls(server.address, &old).await.is_err(), "the old certificate is out of use");
    connect_tls(server.address, &new).await.expect("a handshake with the new one");
    assert_eq!(client.ask(GET).await.text(), "TLSv1.3", "the old connection goes on");

    fs::write(&key, "no key").expect("written");
    assert!(matches!(tls.reload(), Err(TlsError::Pem { .. })));
    connect_tls(server.address, &new).await.expect("a bad file changes nothing");
}

#[test]
fn files_that_are_no_pair_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    make_certificate(folder.path());
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    let other = folder.path().join("other");
    fs::create_dir(&other).expect("a folder");
    make_certificate(&other);
    assert!(matches!(Tls::load(&certificate, &other.join("key.pem")), Err(TlsError::Unusable(_))));
    assert!(matches!(Tls::load(&key, &key), Err(TlsError::NoCertificate { .. })));
    assert!(matches!(Tls::load(&certificate, &certificate), Err(TlsError::Pem { .. })));
    assert!(matches!(Tls::load(&folder.path().join("none"), &key), Err(TlsError::Pem { .. })));
}
