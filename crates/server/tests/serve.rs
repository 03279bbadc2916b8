//! A whole server, started and stopped.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;

use larder_server::{Durability, KeysOrigin, RootKeys, RunningServer, Server, Settings, StartError, TlsFiles};

fn settings(data: &Path) -> Settings {
    Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data: data.to_owned(),
        durability: Durability::Relaxed,
        ..Settings::default()
    }
}

async fn start(data: &Path) -> RunningServer {
    Server::start(settings(data)).await.expect("a server")
}

/// The whole answer to a request on a connection of its own.
async fn ask(address: SocketAddr, target: &str, host: &str) -> String {
    let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let exchange = move || {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    };
    tokio::task::spawn_blocking(exchange).await.expect("no panic")
}

#[tokio::test]
async fn a_server_answers_health_checks_and_s3() {
    let data = tempfile::tempdir().expect("a folder");
    let server = start(data.path()).await;
    let address = server.local_addr();
    assert_eq!(server.welcome().endpoint, format!("http://{address}"));
    for check in ["live", "ready"] {
        let answer = ask(address, &format!("/-/{check}"), "localhost").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(&format!("{check}\n")), "{answer}");
    }
    let answer = ask(address, "/", "localhost").await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert!(answer.contains("x-amz-request-id: ") && answer.contains("<Code>AccessDenied</Code>"), "{answer}");
    let answer = ask(address, "/-/live", "bucket.localhost").await;
    assert!(!answer.starts_with("HTTP/1.1 200 "), "a key of a bucket that is not there: {answer}");
    server.shutdown().await;
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[tokio::test]
async fn keys_are_shown_by_the_start_that_made_them_and_stay() {
    let data = tempfile::tempdir().expect("a folder");
    let first = start(data.path()).await;
    let made = first.welcome().clone();
    assert_eq!(made.keys, KeysOrigin::Made(data.path().join("root-credentials.toml")));
    assert!(made.new_secret.is_some());
    first.shutdown().await;

    let second = start(data.path()).await;
    assert_eq!(second.welcome().access_key_id, made.access_key_id);
    assert_eq!(second.welcome().keys, KeysOrigin::File(data.path().join("root-credentials.toml")));
    assert!(second.welcome().new_secret.is_none());
    second.shutdown().await;

    let root_keys = RootKeys::parse("test", "testtest".to_owned()).ok();
    let third = Server::start(Settings { root_keys, ..settings(data.path()) }).await.expect("a server");
    assert_eq!(&*third.welcome().access_key_id, "test");
    assert_eq!(third.welcome().keys, KeysOrigin::Settings);
    third.shutdown().await;
}

#[tokio::test]
async fn what_cannot_be_served_is_an_error_that_says_why() {
    let data = tempfile::tempdir().expect("a folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let refused = Server::start(Settings { listen: address, ..settings(&data.path().join("new")) }).await;
    let Err(error @ StartError::Bind { .. }) = refused else { panic!("the address is in use") };
    assert_eq!(error.to_string(), format!("cannot listen on {address}"));
    assert!(!data.path().join("new").exists(), "a mistyped address leaves no folder");

    let missing = data.path().join("none.pem");
    let tls = Some(TlsFiles { certificate: missing.clone(), key: missing });
    let refused = Server::start(Settings { tls, ..settings(data.path()) }).await;
    assert!(matches!(refused, Err(StartError::Tls(_))));

    let server = start(data.path()).await;
    let refused = Server::start(settings(data.path())).await;
    assert!(matches!(refused, Err(StartError::Store(_))), "two servers do not share a folder");
    server.shutdown().await;
}
