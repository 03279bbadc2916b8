//! A server of its own for each test, and clients that speak to it.
//!
//! The server's clock stands still until a test moves it, so nothing here depends on how fast the machine is.

mod account;
mod actor;
mod answer;
mod ask;
pub(crate) mod digest;
mod exchange;
mod form;
mod keys;
mod mfa;
mod policy;
mod sdk;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use larder_env::{Clock, SimulatedClock, SystemClock};
use larder_server::{Durability, Overrides, RootKeys, RunningServer, Server, Settings};

pub(crate) use account::Account;
pub(crate) use actor::Actor;
pub(crate) use answer::{Answer, inner};
pub(crate) use ask::{Ask, Body};
pub(crate) use exchange::{Connection, exchange, exchange_cut};
pub(crate) use form::Form;
pub(crate) use keys::Keys;
pub(crate) use mfa::Device;
pub(crate) use policy::{Statement, allow, deny, policy};
pub(crate) use sdk::sdk;

/// The root access key id of every server here.
pub(crate) const ACCESS_KEY_ID: &str = "LARDERTESTKEY0000001";
/// Its secret.
pub(crate) const SECRET: &str = "a-secret-for-tests-with-forty-characters";
/// The region of every server here whose test sets no other.
pub(crate) const REGION: &str = "us-east-1";

/// A running server and its clock.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    region: String,
    clock: Arc<SimulatedClock>,
}

/// Runs a test against a server of its own, which is shut down and removed afterwards.
pub(crate) fn run(test: impl AsyncFnOnce(&TestServer)) {
    run_with(|_| {}, test);
}

/// As [`run`], with settings of its own.
pub(crate) fn run_with(adjust: impl FnOnce(&mut Settings), test: impl AsyncFnOnce(&TestServer)) {
    let data = tempfile::tempdir().expect("a folder");
    run_in(data.path(), adjust, test);
}

/// As [`run_with`], on what an earlier server left in a folder.
pub(crate) fn run_in(data: &Path, adjust: impl FnOnce(&mut Settings), test: impl AsyncFnOnce(&TestServer)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut settings = Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: data.to_owned(),
            root_keys: Some(RootKeys::parse(ACCESS_KEY_ID, SECRET.to_owned()).expect("keys")),
            durability: Durability::Relaxed,
            drain: Duration::from_secs(5),
            ..Settings::default()
        };
        adjust(&mut settings);
        // The SDK signs with the system's time. What S3 shows is in whole seconds.
        let now = larder_types::Timestamp::from_millis(SystemClock::new().now().as_seconds() * 1000);
        let clock = Arc::new(SimulatedClock::new(now));
        let overrides = Overrides { clock: Some(Arc::clone(&clock) as Arc<dyn Clock>), ..Overrides::default() };
        let region = settings.region.to_string();
        let running: RunningServer = Server::start_with(settings, overrides).await.expect("a server");
        let server = TestServer { address: running.local_addr(), region, clock };
        test(&server).await;
        running.shutdown().await;
    });
}

impl TestServer {
    /// A signed request; `target` is sent as it stands.
    pub(crate) fn ask(&self, method: &str, target: &str) -> Ask<'_> {
        Ask::new(self, method, target)
    }

    /// `GET`, signed.
    pub(crate) fn get(&self, target: &str) -> Ask<'_> {
        self.ask("GET", target)
    }

    /// `HEAD`, signed.
    pub(crate) fn head(&self, target: &str) -> Ask<'_> {
        self.ask("HEAD", target)
    }

    /// `DELETE`, signed.
    pub(crate) fn delete(&self, target: &str) -> Ask<'_> {
        self.ask("DELETE", target)
    }

    /// `PUT`, signed.
    pub(crate) fn put(&self, target: &str, body: impl AsRef<[u8]>) -> Ask<'_> {
        self.ask("PUT", target).body(body)
    }

    /// `POST`, signed.
    pub(crate) fn post(&self, target: &str, body: impl AsRef<[u8]>) -> Ask<'_> {
        self.ask("POST", target).body(body)
    }

    /// Makes a bucket.
    pub(crate) async fn bucket(&self, name: &str) {
        self.put(&format!("/{name}"), "").send().await.ok();
    }

    /// Makes a bucket with versioning enabled.
    pub(crate) async fn versioned_bucket(&self, name: &str) {
        self.bucket(name).await;
        self.versioning(name, "Enabled").await;
    }

    /// Makes a bucket with object lock, and so with versioning.
    pub(crate) async fn locking_bucket(&self, name: &str) {
        self.put(&format!("/{name}"), "").header("x-amz-bucket-object-lock-enabled", "true").send().await.ok();
    }

    /// Sets a bucket's versioning.
    pub(crate) async fn versioning(&self, name: &str, status: &str) {
        let document = format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
        self.put(&format!("/{name}?versioning"), document).send().await.ok();
    }

    /// The bytes of an object.
    pub(crate) async fn read(&self, target: &str) -> String {
        self.get(target).send().await.ok().text().to_owned()
    }

    /// Asserts that there is no object.
    pub(crate) async fn assert_missing(&self, target: &str) {
        self.get(target).send().await.refused(404, "NoSuchKey");
    }

    /// The keys of a bucket.
    pub(crate) async fn keys(&self, bucket: &str) -> Vec<String> {
        self.get(&format!("/{bucket}?list-type=2")).send().await.ok().all("Key")
    }

    /// The server's time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now().to_jiff()
    }

    /// Moves the server's time forward.
    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Moves the server's time forward by less than a second.
    pub(crate) fn advance_millis(&self, millis: u64) {
        self.clock.advance(Duration::from_millis(millis));
    }

    /// The server's address as a `Host` header.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// The server's time, moved by some seconds, as a header holds it (RFC 9110).
    pub(crate) fn http_date(&self, plus_seconds: i64) -> String {
        let moved = self.now() + jiff::SignedDuration::from_secs(plus_seconds);
        moved.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// The server's time, moved by some seconds, as XML holds it (ISO 8601).
    pub(crate) fn iso_date(&self, plus_seconds: i64) -> String {
        let moved = self.now() + jiff::SignedDuration::from_secs(plus_seconds);
        moved.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// The target with the query of a presigned request. `headers` are those that must be sent with it.
    pub(crate) fn presign(&self, method: &str, target: &str, headers: &[(&str, &str)], expires_seconds: u32) -> String {
        Keys::root().presign(self, method, target, headers, expires_seconds)
    }
}

/// A key as a path or query holds it.
pub(crate) fn encoded(key: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const SET: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');
    utf8_percent_encode(key, SET).to_string()
}

/// Bytes that look like nothing and are always the same.
pub(crate) fn noise(length: usize, seed: u64) -> Vec<u8> {
    use larder_env::Rng;
    let mut bytes = vec![0; length];
    larder_env::SeededRng::new(seed).fill(&mut bytes);
    bytes
}
