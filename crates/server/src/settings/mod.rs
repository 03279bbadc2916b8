//! What an operator can set: by flag, by `LARDER_*` variable or in `larder.toml`. A flag wins over a variable, a variable over
//! the file, the file over the default. Every error names the setting and where its value came from.

mod layer;
mod value;

#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use larder_crypto::SecretKey;
use larder_http::TrustedProxies;
use larder_identity::RootKeys;
use larder_store_local::Durability;
use larder_types::Region;

use crate::metrics::MetricsAccess;
pub use layer::Layer;
use layer::Layers;

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Its value is wrong, or does not go with the others.
    #[error("{origin}: {reason}")]
    Invalid {
        /// The setting and where its value came from, such as `--listen` or `listen in larder.toml`.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The file of settings cannot be read.
    #[error("cannot read the settings in {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The file of settings is not a TOML document.
    #[error("{}, line {line}: {reason}", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it; never shows the line, which may hold a secret.
        reason: String,
    },
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// Where TLS reads its certificate chain and private key (PEM).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// Where the root key comes from: `root.key` in the data folder, made at the first start, unless one of these says otherwise.
#[derive(Debug, Default)]
pub struct KeySettings {
    /// `root_key`: the root key itself, 64 hexadecimal digits. There is no flag for it, which others on the machine could see.
    pub root_key: Option<SecretKey>,
    /// `previous_root_key`: the root key of before, to change from it to the one of now.
    pub previous: Option<SecretKey>,
    /// `root_kms_key_id` and `root_kms_endpoint`: a KMS that seals the root key.
    pub kms: Option<KmsSettings>,
    /// The folder of credentials that systemd passed (`$CREDENTIALS_DIRECTORY`), which may hold the root key. No setting of its
    /// own: whoever starts the server fills it in.
    pub credentials: Option<PathBuf>,
}

/// A KMS that seals the root key. Region and credentials are found as every AWS SDK finds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KmsSettings {
    /// Id, ARN or alias of its key.
    pub key_id: String,
    /// Where it is, unless it is Amazon's, or the one that AWS's own variables and profiles name.
    pub endpoint: Option<String>,
}

/// Everything that can be set, checked.
#[derive(Debug)]
pub struct Settings {
    /// `listen`: the address to serve; port 0 takes a free one. Default `127.0.0.1:9000`.
    pub listen: SocketAddr,
    /// `data`: the folder that holds everything. Default `./larder-data`.
    pub data: PathBuf,
    /// `region`: the region that the server says it is. Default `us-east-1`.
    pub region: Region,
    /// `domains`: names under which buckets are reached as `bucket.name`. Default `localhost` and `s3.localhost`.
    pub domains: Vec<String>,
    /// `trusted_proxies`: addresses and networks of proxies that are believed when `X-Forwarded-For` and `X-Forwarded-Proto`
    /// say where a request comes from. Default none.
    pub trusted_proxies: TrustedProxies,
    /// `root_access_key_id` and `root_secret_access_key`: without them keys are made at the first start and kept.
    pub root_keys: Option<RootKeys>,
    /// Where the root key comes from.
    pub keys: KeySettings,
    /// `tls_certificate` and `tls_key`: without them connections are not encrypted.
    pub tls: Option<TlsFiles>,
    /// `log_format`: `human` (the default) or `json`.
    pub log_format: LogFormat,
    /// `log_level`: `error`, `warn`, `info` (the default), `debug`, `trace`, or a filter such as `info,larder_http=debug`.
    pub log_level: String,
    /// `access_log`: whether every request is logged, at level info. Default no.
    pub access_log: bool,
    /// `metrics_token` or `public_metrics`: who is told the server's figures. Default nobody.
    pub metrics: MetricsAccess,
    /// `sigv2`: whether the signatures of before 2014 are accepted too. Default no.
    pub sigv2: bool,
    /// `legacy_bucket_defaults`: whether new buckets are as AWS made them before April 2023: ACLs count, public access is not
    /// blocked. Default no.
    pub legacy_bucket_defaults: bool,
    /// `durability`: `full` (the default), or `relaxed` for scratch data, which power loss may damage.
    pub durability: Durability,
    /// `max_connections`: connections at once; further ones wait. Default 4096.
    pub max_connections: usize,
    /// `inline_limit`: bytes up to which an object lies beside its metadata instead of in a file. Default 65536, at most 1 MiB.
    pub inline_limit: usize,
    /// `reserve_mib`: MiB of the file system that are left free; near them writes that need space are refused. Default 2%, from 48 to
    /// 256 MiB, and a quarter of a very small one.
    pub reserve_mib: Option<u64>,
    /// `kms_quota_scale`: what AWS's figures of how often KMS may be called are multiplied by; infinity for `unlimited`. Default 1.
    pub kms_quota_scale: f64,
    /// `default_encryption`: whether objects are encrypted that neither the request nor the bucket says it of; `AES256` or `none`.
    /// Default `AES256`, as with AWS.
    pub default_encryption: bool,
    /// `sse_c_over_http`: whether customers' keys (SSE-C) are taken over connections that are not encrypted. Default only where
    /// no other machine can connect.
    pub sse_c_over_http: Option<bool>,
    /// `scrub_interval_hours`: from the end of one look at everything that is stored to the start of the next; 0 looks only when
    /// asked to. Default 168, a week. The first one begins an hour after the start.
    pub scrub_interval: Duration,
    /// `scrub_rate_mib`: MiB that such a look reads a second; 0 is as fast as it goes. Default 16.
    pub scrub_rate_mib: u64,
    /// `drain_seconds`: how long requests in progress may take when the server is told to stop. Default 30.
    pub drain: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9000)),
            data: PathBuf::from("larder-data"),
            region: Region::parse(Region::US_EAST_1).expect("a region's name"),
            domains: vec!["localhost".to_owned(), "s3.localhost".to_owned()],
            trusted_proxies: TrustedProxies::default(),
            root_keys: None,
            keys: KeySettings::default(),
            tls: None,
            log_format: LogFormat::Human,
            log_level: "info".to_owned(),
            access_log: false,
            metrics: MetricsAccess::default(),
            sigv2: false,
            legacy_bucket_defaults: false,
            durability: Durability::Full,
            max_connections: 4096,
            inline_limit: 64 * 1024,
            reserve_mib: None,
            kms_quota_scale: 1.0,
            default_encryption: true,
            sse_c_over_http: None,
            scrub_interval: Duration::from_secs(168 * 60 * 60),
            scrub_rate_mib: 16,
            drain: Duration::from_secs(30),
        }
    }
}

impl Settings {
    /// What `layers` say together, the first that says something having the word, over the defaults.
    ///
    /// # Errors
    /// [`SettingsError`] for the first value that cannot be used.
    pub fn resolve(layers: impl IntoIterator<Item = Layer>) -> Result<Self, SettingsError> {
        let layers = Layers::new(layers);
        let default = Self::default();
        Ok(Self {
            listen: layers.get("listen", value::address)?.unwrap_or(default.listen),
            data: layers.get("data", value::path)?.unwrap_or(default.data),
            region: layers.get("region", value::region)?.unwrap_or(default.region),
            domains: layers.list("domains", value::domain)?.unwrap_or(default.domains),
            trusted_proxies: layers
                .list("trusted_proxies", value::network)?
                .map_or(default.trusted_proxies, TrustedProxies),
            root_keys: root_keys(&layers)?,
            keys: keys(&layers)?,
            tls: tls(&layers)?,
            log_format: layers.get("log_format", value::log_format)?.unwrap_or(default.log_format),
            log_level: layers.get("log_level", value::log_level)?.unwrap_or(default.log_level),
            access_log: layers.get("access_log", value::switch)?.unwrap_or(default.access_log),
            metrics: metrics(&layers)?,
            sigv2: layers.get("sigv2", value::switch)?.unwrap_or(default.sigv2),
            legacy_bucket_defaults: layers
                .get("legacy_bucket_defaults", value::switch)?
                .unwrap_or(default.legacy_bucket_defaults),
            durability: layers.get("durability", value::durability)?.unwrap_or(default.durability),
            max_connections: layers
                .get("max_connections", |text| value::number(text, 1..=1_000_000))?
                .unwrap_or(default.max_connections),
            inline_limit: layers
                .get("inline_limit", |text| value::number(text, 0..=1024 * 1024))?
                .unwrap_or(default.inline_limit),
            reserve_mib: layers
                .get("reserve_mib", |text| value::number(text, 1..=1_000_000_000))?
                .map(|mib| mib as u64),
            kms_quota_scale: layers.get("kms_quota_scale", value::scale)?.unwrap_or(default.kms_quota_scale),
            default_encryption: layers
                .get("default_encryption", value::default_encryption)?
                .unwrap_or(default.default_encryption),
            sse_c_over_http: layers.get("sse_c_over_http", value::switch)?,
            scrub_interval: layers
                .get("scrub_interval_hours", |text| value::number(text, 0..=87_600))?
                .map_or(default.scrub_interval, |hours| Duration::from_secs(hours as u64 * 60 * 60)),
            scrub_rate_mib: layers
                .get("scrub_rate_mib", |text| value::number(text, 0..=1_000_000))?
                .map_or(default.scrub_rate_mib, |rate| rate as u64),
            drain: layers
                .get("drain_seconds", |text| value::number(text, 0..=86_400))?
                .map_or(default.drain, |seconds| Duration::from_secs(seconds as u64)),
        })
    }

    /// Whether customers' keys are taken over connections that are not encrypted.
    #[must_use]
    pub fn takes_customer_keys_in_clear(&self) -> bool {
        self.sse_c_over_http.unwrap_or_else(|| self.listen.ip().is_loopback())
    }

    /// Whether clients on other machines can reach the server, and everybody between can read along.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        self.tls.is_none() && !self.listen.ip().is_loopback()
    }
}

fn root_keys(layers: &Layers) -> Result<Option<RootKeys>, SettingsError> {
    let any = |text: &str| Ok(text.to_owned());
    let Some((id, secret)) = layers.both("root_access_key_id", "root_secret_access_key", any)? else { return Ok(None) };
    RootKeys::parse(&id, secret).map(Some).map_err(|error| {
        let name = match error {
            larder_identity::InvalidKeys::AccessKeyId => "root_access_key_id",
            larder_identity::InvalidKeys::SecretAccessKey => "root_secret_access_key",
        };
        layers.invalid(name, error.to_string())
    })
}

fn keys(layers: &Layers) -> Result<KeySettings, SettingsError> {
    let root_key = layers.get("root_key", value::root_key)?;
    let key_id = layers.get("root_kms_key_id", value::kms_key_id)?;
    let endpoint = layers.get("root_kms_endpoint", value::kms_endpoint)?;
    if endpoint.is_some() && key_id.is_none() {
        return Err(layers.invalid("root_kms_endpoint", "root_kms_key_id has to be set too".to_owned()));
    }
    if root_key.is_some() && key_id.is_some() {
        let reason = "root_key is set too, and the root key comes from one place".to_owned();
        return Err(layers.invalid("root_kms_key_id", reason));
    }
    Ok(KeySettings {
        root_key,
        previous: layers.get("previous_root_key", value::root_key)?,
        kms: key_id.map(|key_id| KmsSettings { key_id, endpoint }),
        credentials: None,
    })
}

fn metrics(layers: &Layers) -> Result<MetricsAccess, SettingsError> {
    let token = layers.get("metrics_token", value::metrics_token)?;
    let public = layers.get("public_metrics", value::switch)?.unwrap_or_default();
    match (token, public) {
        (None, false) => Ok(MetricsAccess::Nobody),
        (None, true) => Ok(MetricsAccess::Everybody),
        (Some(token), false) => Ok(MetricsAccess::Token(token)),
        (Some(_), true) => {
            let reason = "metrics_token is set too, and with this nobody needs it".to_owned();
            Err(layers.invalid("public_metrics", reason))
        }
    }
}

fn tls(layers: &Layers) -> Result<Option<TlsFiles>, SettingsError> {
    let files = layers.both("tls_certificate", "tls_key", value::path)?;
    Ok(files.map(|(certificate, key)| TlsFiles { certificate, key }))
}
