//! Building a server from its settings, and taking it down.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use larder_env::{Clock, Rng, SystemClock, SystemRng};
use larder_http::{Limits, Listener, Load, RequestLog, RequestLogEntry, Service, Serving, Tls, TlsError, TracingLog};
use larder_identity::{Identity, IdentityError, KeysOrigin, Secret};
use larder_jobs::{Jobs, ScrubSchedule};
use larder_keyring::Origin as KeyringOrigin;
use larder_metrics::{Metrics, ProcessSource, RequestMetrics};
use larder_s3_api::{EncryptionSettings, NewBuckets};
use larder_store_local::{LocalStore, OpenError};
use larder_types::Region;

use crate::front::Readiness;
use crate::keys::KeysError;
use crate::metrics::{self, MetricsAccess, MetricsPage, OpenConnections};
use crate::opening::{Opened, Opening};
use crate::services::Parts;
use crate::settings::Settings;

/// How long background work that is in progress may take when the server stops. What is cut off is done after the next start.
const JOBS_GRACE: Duration = Duration::from_secs(5);

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder does not open.
    #[error("the data folder does not open")]
    Store(#[from] OpenError),
    /// The account or its keys cannot be had.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The keyring does not open.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The keys of the KMS cannot be read.
    #[error("the keys of the KMS cannot be read")]
    Kms(#[source] larder_store::StoreError),
    /// What an earlier run left undone cannot be found out.
    #[error("cannot recover what the last run left undone")]
    Recovery(#[from] larder_engine::Error),
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address cannot be bound.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// A part of the start panicked; the panic itself is on the standard error.
    #[error("opening the data folder panicked")]
    Panicked,
}

/// What a test puts in the place of the real thing.
#[derive(Default)]
pub struct Overrides {
    /// Tells the time.
    pub clock: Option<Arc<dyn Clock>>,
    /// Gives random bytes, also those of keys.
    pub rng: Option<Arc<dyn Rng>>,
    /// What a client may take of the server; `max_connections` still comes from the settings.
    pub limits: Option<Limits>,
}

/// What an operator wants to know of a server that started.
#[derive(Clone, Debug)]
pub struct Welcome {
    /// Where clients on this machine reach it, such as `http://127.0.0.1:9000`.
    pub endpoint: String,
    /// The region it says it is.
    pub region: Region,
    /// The folder that holds everything.
    pub data: PathBuf,
    /// The root access key id.
    pub access_key_id: Arc<str>,
    /// Where the root keys are from.
    pub keys: KeysOrigin,
    /// Where the root key is from, which the keyring is sealed under.
    pub keyring: KeyringOrigin,
    /// The root secret, when it was made by this start: the one time that it is shown.
    pub new_secret: Option<Arc<Secret>>,
}

/// The server.
#[derive(Debug)]
pub struct Server;

impl Server {
    /// Opens everything and serves it.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running.
    pub async fn start(settings: Settings) -> Result<RunningServer, StartError> {
        Self::start_with(settings, Overrides::default()).await
    }

    /// As [`Server::start`], with some parts replaced.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running.
    pub async fn start_with(settings: Settings, overrides: Overrides) -> Result<RunningServer, StartError> {
        let clock = overrides.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let rng = overrides.rng.unwrap_or_else(|| Arc::new(SystemRng));
        let tls = settings.tls.as_ref().map(|files| Tls::load(&files.certificate, &files.key).map(Arc::new));
        let tls = tls.transpose()?;
        // Bound before the data is opened, so that a mistyped address changes nothing; served only when all is ready.
        let listener = Listener::bind(settings.listen)
            .await
            .map_err(|source| StartError::Bind { address: settings.listen, source })?;
        if settings.is_exposed() {
            tracing::warn!(listen = %settings.listen, "connections from other machines are not encrypted; set tls_certificate and tls_key");
        }

        let encryption = encryption(&settings);
        let new_buckets = if settings.legacy_bucket_defaults { NewBuckets::LEGACY } else { NewBuckets::CURRENT };
        let Settings { data, region, domains, trusted_proxies: proxies, sigv2, max_connections, drain, .. } = settings;
        let opening = Opening {
            data: data.clone(),
            region: region.clone(),
            root_keys: settings.root_keys,
            keys: settings.keys,
            durability: settings.durability,
            inline_limit: settings.inline_limit,
            reserve_mib: settings.reserve_mib,
            kms_quota_scale: settings.kms_quota_scale,
            scrubs: ScrubSchedule { interval: settings.scrub_interval, rate_mib: settings.scrub_rate_mib },
            clock: Arc::clone(&clock),
            rng: Arc::clone(&rng),
        };
        let process = ProcessSource::new(clock.now());
        let opened = opening.open().await?;
        let jobs = opened.start_jobs(Arc::clone(&clock), Arc::clone(&rng));
        let Opened { store, engine, identity, keyring, kms, sse, scrubber, keeper, root_keys, keyring_origin } = opened;

        let (readiness, load) = (Arc::default(), Load::default());
        let logs = Arc::new(Logs::new(settings.access_log, &settings.metrics));
        let connections = OpenConnections { load: load.clone(), most: max_connections };
        let metrics = Metrics::new(logs.requests(), metrics::sources(process, connections, store.monitor(), scrubber));
        let parts = Parts {
            engine,
            identity: identity.clone(),
            keyring,
            kms,
            sse,
            keeper,
            encryption,
            clock: Arc::clone(&clock),
            region: region.clone(),
            domains,
            sigv2,
            new_buckets,
            metrics: MetricsPage { metrics, access: settings.metrics },
        };
        let front = parts.serve(Arc::clone(&readiness));
        let local_addr = listener.local_addr();
        let welcome = Welcome {
            endpoint: endpoint(local_addr, tls.is_some()),
            region,
            data,
            access_key_id: Arc::clone(&identity.root().access_key_id),
            new_secret: matches!(root_keys, KeysOrigin::Made(_)).then(|| Arc::clone(&identity.root().secret)),
            keys: root_keys,
            keyring: keyring_origin,
        };
        let limits = Limits { connections: max_connections, ..overrides.limits.unwrap_or_default() };
        let handler = Arc::new(front);
        let serving =
            listener.serve(Service { handler, log: logs, clock, rng, limits, proxies, tls: tls.clone(), load });
        readiness.set(true);
        Ok(RunningServer { local_addr, welcome, serving, jobs, identity, store, readiness, tls, drain })
    }
}

/// A server that serves. Dropping it cuts everything off, which loses nothing that was acknowledged.
pub struct RunningServer {
    local_addr: SocketAddr,
    welcome: Welcome,
    serving: Serving,
    jobs: Jobs,
    identity: Identity,
    store: LocalStore,
    readiness: Arc<Readiness>,
    tls: Option<Arc<Tls>>,
    drain: Duration,
}

impl RunningServer {
    /// The address that it serves.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// What to tell whoever started it.
    #[must_use]
    pub fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// Reads the TLS certificate again. A failure is logged, and the one in use stays in use.
    pub fn reload(&self) {
        let Some(tls) = &self.tls else { return };
        match tls.reload() {
            Ok(()) => tracing::info!("the TLS certificate was read again"),
            Err(error) => tracing::error!(%error, "the TLS certificate stays as it was"),
        }
    }

    /// Stops: no new requests, those in progress have the settings' `drain_seconds`, then background work, then the store.
    pub async fn shutdown(self) {
        self.readiness.set(false);
        tracing::info!("stopping");
        let drained = self.serving.shutdown(self.drain).await;
        let stopped = self.jobs.stop(JOBS_GRACE).await;
        if let Err(error) = self.identity.flush_last_used().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "when keys were last used is forgotten");
        }
        self.store.close().await;
        tracing::info!(cut_off_connections = drained.aborted, cut_off_workers = stopped.aborted, "stopped");
    }
}

/// All that are told of requests.
struct Logs {
    lines: Option<TracingLog>,
    metrics: Option<Arc<RequestMetrics>>,
}

impl Logs {
    /// Lines if they are wanted, and metrics if anybody may read them.
    fn new(lines: bool, metrics: &MetricsAccess) -> Self {
        let is_told = !matches!(metrics, MetricsAccess::Nobody);
        Self { lines: lines.then_some(TracingLog), metrics: is_told.then(Arc::default) }
    }

    fn requests(&self) -> Arc<RequestMetrics> {
        self.metrics.clone().unwrap_or_default()
    }
}

impl RequestLog for Logs {
    fn record(&self, entry: &RequestLogEntry) {
        if let Some(lines) = &self.lines {
            lines.record(entry);
        }
        if let Some(metrics) = &self.metrics {
            metrics.record(entry);
        }
    }
}

fn encryption(settings: &Settings) -> EncryptionSettings {
    EncryptionSettings {
        by_default: settings.default_encryption,
        customer_keys_in_clear: settings.takes_customer_keys_in_clear(),
    }
}

/// Where a client on this machine reaches what listens on `address`.
fn endpoint(address: SocketAddr, encrypted: bool) -> String {
    let scheme = if encrypted { "https" } else { "http" };
    let reachable = match address.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    // A certificate names hosts, seldom addresses.
    let host = match (encrypted, reachable.is_loopback()) {
        (true, true) => format!("localhost:{}", address.port()),
        _ => SocketAddr::new(reachable, address.port()).to_string(),
    };
    format!("{scheme}://{host}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_an_address_that_a_client_can_use() {
        for (address, encrypted, expected) in [
            ("127.0.0.1:9000", false, "http://127.0.0.1:9000"),
            ("0.0.0.0:80", false, "http://127.0.0.1:80"),
            ("[::]:80", false, "http://127.0.0.1:80"),
            ("[::1]:80", false, "http://[::1]:80"),
            ("10.1.2.3:443", true, "https://10.1.2.3:443"),
            ("0.0.0.0:443", true, "https://localhost:443"),
        ] {
            assert_eq!(endpoint(address.parse().expect("an address"), encrypted), expected);
        }
    }
}
