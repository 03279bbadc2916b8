//! A keyring whose root key is in a KMS that is reached over HTTP: a small one, which listens here.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use larder_env::{SeededRng, SystemClock};
use larder_keyring::{Keyring, KeyringError, KeyringParts, KeyringSettings, RootKeySource};
use larder_root_kms::RemoteKms;
use larder_store::memory::MemoryMetaStore;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const KEY: &str = "arn:aws:kms:eu-north-1:111122223333:key/1234abcd";
const PLAINTEXT: [u8; 32] = [0x5a; 32];
const CIPHERTEXT: &[u8] = b"of the KMS";

/// What was asked of the KMS, and the errors that it answers first.
#[derive(Default)]
struct Log {
    asked: Vec<(String, Value)>,
    errors: VecDeque<(u16, &'static str)>,
}

type Shared = Arc<Mutex<Log>>;

async fn listen() -> (String, Shared) {
    let log = Shared::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let served = Arc::clone(&log);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let log = Arc::clone(&served);
            tokio::spawn(async move {
                // Fails when the client goes away.
                let _ = serve(stream, &log).await;
            });
        }
    });
    (endpoint, log)
}

async fn serve(stream: TcpStream, log: &Shared) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut target, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let lower = line.trim().to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length: ") {
                length = value.parse().expect("a number");
            }
            if lower.starts_with("x-amz-target: ") {
                target = line.trim()[14..].to_owned();
            }
            if lower.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let (status, answer) = respond(log, target, serde_json::from_slice(&body).expect("JSON"));
        let text = answer.to_string();
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\n\r\n",
            text.len()
        );
        stream.write_all(format!("{head}{text}").as_bytes()).await?;
    }
}

fn respond(log: &Shared, target: String, request: Value) -> (u16, Value) {
    let mut log = log.lock().expect("not poisoned");
    log.asked.push((target.clone(), request.clone()));
    if let Some((status, code)) = log.errors.pop_front() {
        return (status, json!({"__type": code, "message": "as the test says"}));
    }
    let (plaintext, ciphertext) = (STANDARD.encode(PLAINTEXT), STANDARD.encode(CIPHERTEXT));
    match target.as_str() {
        "TrentService.GenerateDataKey" => {
            (200, json!({"KeyId": KEY, "Plaintext": plaintext, "CiphertextBlob": ciphertext}))
        }
        "TrentService.Decrypt" if request["CiphertextBlob"] == ciphertext => {
            (200, json!({"KeyId": KEY, "Plaintext": plaintext, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}))
        }
        _ => (400, json!({"__type": "InvalidCiphertextException", "message": null})),
    }
}

async fn config() -> SdkConfig {
    let credentials = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let provider =
        aws_smithy_http_client::tls::Provider::Rustls(aws_smithy_http_client::tls::rustls_provider::CryptoMode::AwsLc);
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new("eu-north-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(aws_smithy_http_client::Builder::new().tls_provider(provider).build_https())
        .load()
        .await
}

struct World {
    folder: tempfile::TempDir,
    parts: KeyringParts,
    endpoint: String,
    log: Shared,
}

impl World {
    async fn new() -> Self {
        let (endpoint, log) = listen().await;
        let (clock, rng) = (Arc::new(SystemClock::new()), Arc::new(SeededRng::new(1)));
        let parts = KeyringParts { meta: Arc::new(MemoryMetaStore::new()), clock, rng };
        Self { folder: tempfile::tempdir().expect("a folder"), parts, endpoint, log }
    }

    async fn open(&self) -> Result<Keyring, KeyringError> {
        let kms = RemoteKms::over(&config().await, Some(&self.endpoint));
        let source = RootKeySource::Kms { kms: Arc::new(kms), key_id: KEY.to_owned() };
        let settings = KeyringSettings { data: self.folder.path().to_owned(), source, previous: None };
        Ok(Keyring::open(settings, None, self.parts.clone()).await?.0)
    }

    fn asked(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.log.lock().expect("not poisoned").asked)
    }

    fn answer_first(&self, status: u16, code: &'static str) {
        self.log.lock().expect("not poisoned").errors.push_back((status, code));
    }
}

#[tokio::test]
async fn a_root_key_is_made_and_decrypted_by_the_kms() {
    let world = World::new().await;
    let first = world.open().await.expect("made");
    let context = json!({"larder:keyring": first.id().to_string()});
    let asked = world.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].0, "TrentService.GenerateDataKey");
    assert_eq!(asked[0].1, json!({"KeyId": KEY, "KeySpec": "AES_256", "EncryptionContext": context}));

    let again = world.open().await.expect("opened");
    assert_eq!(again.identity_secret().expose(), first.identity_secret().expose());
    let asked = world.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].0, "TrentService.Decrypt");
    let ciphertext = STANDARD.encode(CIPHERTEXT);
    assert_eq!(asked[0].1, json!({"KeyId": KEY, "CiphertextBlob": ciphertext, "EncryptionContext": context}));
}

#[tokio::test]
async fn what_passes_is_tried_again_and_a_refusal_is_not() {
    let world = World::new().await;
    world.open().await.expect("made");
    world.asked();
    world.answer_first(500, "KMSInternalException");
    world.open().await.expect("at the second try");
    assert_eq!(world.asked().len(), 2);

    world.answer_first(400, "DisabledException");
    let error = world.open().await.expect_err("disabled");
    let KeyringError::Kms { source, .. } = &error else { panic!("{error}") };
    assert_eq!(source.to_string(), "DisabledException: as the test says");
    assert_eq!(world.asked().len(), 1);
}
