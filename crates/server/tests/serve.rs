//! A whole server, started and stopped.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

use larder_crypto::SecretKey;
use larder_env::{SystemClock, SystemRng};
use larder_identity::{CreateAccount, Identity, IdentityParts, OperatorSettings};
use larder_server::{
    Durability, KeyringError, KeyringMade, KeysError, KeysOrigin, Layer, RootKeyPlace, RootKeys, RunningServer, Server,
    Settings, StartError, TlsFiles,
};
use larder_store_local::{LocalOptions, LocalStore};

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

fn why_not(refused: Result<RunningServer, StartError>) -> KeyringError {
    match refused {
        Err(StartError::Keys(KeysError::Keyring(error))) => error,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it starts"),
    }
}

#[tokio::test]
async fn without_its_root_key_a_server_does_not_start() {
    let data = tempfile::tempdir().expect("a folder");
    let file = data.path().join("root.key");
    let first = start(data.path()).await;
    assert_eq!(first.welcome().keyring.root_key, RootKeyPlace::File(file.clone()));
    assert!(first.welcome().keyring.root_key_made);
    first.shutdown().await;
    let text = std::fs::read_to_string(&file).expect("made");

    std::fs::remove_file(&file).expect("there");
    let error = why_not(Server::start(settings(data.path())).await);
    assert!(matches!(error, KeyringError::RootKeyMissing { path } if path == file));
    assert!(!file.exists(), "none is made");

    let root_key = Settings::resolve([Layer::environment([("LARDER_ROOT_KEY".to_owned(), "17".repeat(32))])]);
    let wrong = Settings { keys: root_key.expect("a key").keys, ..settings(data.path()) };
    assert!(matches!(why_not(Server::start(wrong).await), KeyringError::WrongRootKey { .. }));

    std::fs::write(&file, text).expect("put back");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("ours");
    assert!(matches!(why_not(Server::start(settings(data.path())).await), KeyringError::File(_)));
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("ours");
    let again = start(data.path()).await;
    assert_eq!(again.welcome().keyring.keyring, KeyringMade::Opened);
    again.shutdown().await;
}

/// A folder of a version without keyring: its users' secrets are sealed under `root.key` itself.
#[tokio::test]
async fn a_folder_of_before_there_were_keyrings_opens() {
    let data = tempfile::tempdir().expect("a folder");
    let secret = {
        let store = LocalStore::open(data.path(), LocalOptions::default()).expect("a store");
        let parts = IdentityParts {
            meta: store.meta(),
            clock: Arc::new(SystemClock::new()),
            rng: Arc::new(SystemRng),
            secret: SecretKey::from_slice(&[0x17; 32]).expect("32 bytes"),
            fetch: None,
        };
        let opened = Identity::open(data.path(), OperatorSettings::default(), parts).await.expect("accounts");
        let request =
            CreateAccount { name: "a".to_owned(), email: "a@example.com".to_owned(), ..CreateAccount::default() };
        let made = opened.0.create_account(request).await.expect("made");
        store.close().await;
        made.root_key
    };
    let refused = Server::start(settings(data.path())).await;
    assert!(matches!(why_not(refused), KeyringError::RootKeyMissing { .. }));
    let file = data.path().join("root.key");
    let text = |byte: &str| format!("# as it was\nversion = 1\nkey = \"{}\"\n", byte.repeat(32));
    std::fs::write(&file, text("18")).expect("written");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("ours");
    let refused = Server::start(settings(data.path())).await;
    assert!(matches!(why_not(refused), KeyringError::WrongRootKey { .. }), "and nothing is made under it");
    std::fs::write(&file, text("17")).expect("written");
    for how in [KeyringMade::MadeForEarlierData, KeyringMade::Opened] {
        let server = start(data.path()).await;
        assert_eq!(server.welcome().keyring.keyring, how);
        server.shutdown().await;
    }
    // Under another root key too, what was sealed before opens.
    let change = [("LARDER_ROOT_KEY", "19"), ("LARDER_PREVIOUS_ROOT_KEY", "17")];
    let keys = Settings::resolve([Layer::environment(change.map(|(name, byte)| (name.to_owned(), byte.repeat(32))))]);
    let changed = Settings { keys: keys.expect("keys").keys, ..settings(data.path()) };
    let server = Server::start(changed).await.expect("a server");
    assert_eq!(server.welcome().keyring.keyring, KeyringMade::Resealed);
    server.shutdown().await;
    let store = LocalStore::open(data.path(), LocalOptions::default()).expect("a store");
    let old = SecretKey::from_slice(&[0x17; 32]).expect("32 bytes");
    assert!(larder_identity::opens_under(&*store.meta(), &old).await.expect("read"), "{}", secret.id);
}
