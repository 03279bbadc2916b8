//! Which server to talk to, and as whom: what the AWS CLI reads, read the same way.
//!
//! Flags come first, then environment variables, then the profile in `~/.aws/config` and `~/.aws/credentials`. The official
//! SDK finds credentials (variables, profiles, role chains, SSO, processes, containers and instances); what it lacks is here:
//! asking for an MFA code, the addressing style, a certificate authority of one's own, and a bucket's region.

mod addressing;
mod bucket_region;
mod inactivity;
mod known_endpoint;
mod mfa;
mod profile;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_config::profile::ProfileSet;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation, StalledStreamProtectionConfig};
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::service_config::ServiceConfigKey;

pub use addressing::Addressing;
use known_endpoint::KnownEndpoint;
pub use mfa::AskCode;

/// Where nothing says which, and what every server that knows no regions takes.
const DEFAULT_REGION: &str = "us-east-1";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// What flags say about a connection; everything else is read from the environment.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `--endpoint-url`
    pub endpoint: Option<String>,
    /// `--profile`
    pub profile: Option<String>,
    /// `--region`
    pub region: Option<String>,
    /// `--ca-bundle`
    pub ca_bundle: Option<PathBuf>,
    /// Whether the profile's endpoint outweighs the environment's: for a second server, which the environment is not about.
    pub profile_endpoint: bool,
    /// `--no-sign-request`
    pub anonymous: bool,
    /// `--addressing-style`; `None` asks the profile.
    pub addressing: Option<Addressing>,
    /// How long to wait for a connection; `None` is ten seconds, and zero is no limit.
    pub connect_timeout: Option<Duration>,
    /// How long nothing may move on a request's way, there or back; `None` is a minute, and zero is no limit.
    pub read_timeout: Option<Duration>,
}

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The files under `~/.aws` cannot be read.
    #[error("cannot read the AWS settings: {0}")]
    Profiles(String),
    /// A profile was named and is not there.
    #[error("there is no profile `{0}`")]
    NoProfile(String),
    /// The file of certificates cannot be read.
    #[error("cannot read the certificates in {}: {error}", path.display())]
    CaBundle {
        /// The file.
        path: PathBuf,
        /// Why.
        error: String,
    },
    /// Not a URL.
    #[error("`{0}` is no endpoint: it has to begin with http:// or https://")]
    Endpoint(String),
}

/// A client of one server, as one caller.
#[derive(Clone)]
pub struct Connection {
    config: aws_sdk_s3::Config,
    client: Client,
    endpoint: Option<String>,
    region: String,
    body_is_safe: bool,
}

impl Connection {
    /// Reads settings and makes a client. Nothing is sent, and no credentials are looked for, before they are needed.
    ///
    /// # Errors
    /// When what was asked for is not there.
    pub async fn open(settings: &Settings, ask: Arc<dyn AskCode>) -> Result<Self, ConnectError> {
        let profiles = profile::load(settings.profile.as_deref()).await?;
        let http = http_client(settings, &profiles)?;
        let region = region(settings, &profiles);
        let shared = shared_config(settings, &profiles, &region, http, ask).await;
        let endpoint = endpoint(settings, &profiles, &shared)?;
        let addressing = settings.addressing.or_else(|| profile::addressing(&profiles)).unwrap_or_default();
        let mut builder = aws_sdk_s3::config::Builder::from(&shared)
            .force_path_style(addressing.uses_path(endpoint.as_deref()))
            // Checksums are given with each request, made while the content is read; the SDK need not read it again.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        if let Some(endpoint) = &endpoint {
            builder = builder.endpoint_url(endpoint).endpoint_resolver(KnownEndpoint::default());
        }
        if settings.anonymous {
            builder = builder.allow_no_auth();
        }
        let config = builder.build();
        let client = Client::from_conf(config.clone());
        let body_is_safe = addressing::body_is_safe(endpoint.as_deref());
        Ok(Self { config, client, endpoint, region, body_is_safe })
    }

    /// The client.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The endpoint, unless it is Amazon's.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// The region requests are signed for.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Whether a signature may leave out the body; see the bodies of uploads.
    #[must_use]
    pub fn body_is_safe(&self) -> bool {
        self.body_is_safe
    }

    /// Whether both are the same server, so that it can copy between buckets by itself.
    #[must_use]
    pub fn is_same_server(&self, other: &Self) -> bool {
        self.endpoint == other.endpoint
    }
}

fn region(settings: &Settings, profiles: &ProfileSet) -> String {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let given = settings.region.clone().or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"));
    given.or_else(|| profiles.get("region").map(str::to_owned)).unwrap_or_else(|| DEFAULT_REGION.to_owned())
}

async fn shared_config(
    settings: &Settings,
    profiles: &ProfileSet,
    region: &str,
    http: SharedHttpClient,
    ask: Arc<dyn AskCode>,
) -> SdkConfig {
    // The SDK's limit for reading is left out: `inactivity` says why.
    let timeouts = TimeoutConfig::builder().disable_read_timeout();
    let timeouts = match settings.connect_timeout.unwrap_or(CONNECT_TIMEOUT) {
        Duration::ZERO => timeouts.disable_connect_timeout(),
        limit => timeouts.connect_timeout(limit),
    };
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .region(Region::new(region.to_owned()))
        // Each request is tried again by `Requests`, which also learns from it how many the server bears.
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(timeouts.build())
        .profile_name(profiles.selected_profile().to_owned());
    if settings.anonymous {
        return loader.no_credentials().load().await;
    }
    if let Some(profile) = &settings.profile {
        // As in the AWS CLI, a profile that was asked for outweighs keys in the environment.
        loader = loader.credentials_provider(profile::credentials(profile, region, http));
    }
    let shared = loader.load().await;
    match mfa::needed(settings, profiles) {
        Some(role) => {
            let provider = SharedCredentialsProvider::new(mfa::Provider::new(role, &shared, ask));
            shared.into_builder().credentials_provider(provider).build()
        }
        None => shared,
    }
}

fn endpoint(settings: &Settings, profiles: &ProfileSet, shared: &SdkConfig) -> Result<Option<String>, ConnectError> {
    let for_s3 = || {
        let key = ServiceConfigKey::builder().service_id("s3").env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
        shared.service_config().zip(key.ok()).and_then(|(config, key)| config.load_config(key))
    };
    let of_profile = || profiles.get("endpoint_url").filter(|_| settings.profile_endpoint).map(str::to_owned);
    let found = settings
        .endpoint
        .clone()
        .or_else(of_profile)
        .or_else(for_s3)
        .or_else(|| shared.endpoint_url().map(str::to_owned));
    match found.filter(|text| !text.is_empty()) {
        Some(text) if text.starts_with("http://") || text.starts_with("https://") => {
            Ok(Some(text.trim_end_matches('/').to_owned()))
        }
        Some(text) => Err(ConnectError::Endpoint(text)),
        None => Ok(None),
    }
}

fn http_client(settings: &Settings, profiles: &ProfileSet) -> Result<SharedHttpClient, ConnectError> {
    let mut trusted = TrustStore::default();
    let variable = std::env::var_os("AWS_CA_BUNDLE").filter(|value| !value.is_empty()).map(PathBuf::from);
    let bundle = settings.ca_bundle.clone().or(variable).or_else(|| profiles.get("ca_bundle").map(PathBuf::from));
    if let Some(path) = bundle {
        trusted = TrustStore::empty().with_native_roots(true).with_pem_certificate(read_certificates(&path)?);
    }
    let unusable = |error: &dyn std::fmt::Display| ConnectError::CaBundle {
        path: settings.ca_bundle.clone().unwrap_or_default(),
        error: error.to_string(),
    };
    let context = TlsContext::builder().with_trust_store(trusted).build().map_err(|error| unusable(&error))?;
    let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
    let client = aws_smithy_http_client::Builder::new().tls_provider(provider).tls_context(context).build_https();
    Ok(match settings.read_timeout.unwrap_or(READ_TIMEOUT) {
        Duration::ZERO => client,
        limit => inactivity::limited(client, limit),
    })
}

/// The SDK takes certificates on trust until a connection is made, and then panics at what is none; so look first.
fn read_certificates(path: &Path) -> Result<Vec<u8>, ConnectError> {
    let error = |error: String| ConnectError::CaBundle { path: path.to_owned(), error };
    let pem = std::fs::read(path).map_err(|cause| error(cause.to_string()))?;
    let begins = |mark: &[u8]| pem.windows(mark.len()).filter(|window| *window == mark).count();
    let (begin, end) = (begins(b"-----BEGIN CERTIFICATE-----"), begins(b"-----END CERTIFICATE-----"));
    if begin == 0 || begin != end {
        return Err(error("it holds no PEM certificates".to_owned()));
    }
    Ok(pem)
}
