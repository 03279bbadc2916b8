//! The flags of `larder serve`. They are kept as text: the server checks values of every source alike.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use larder_server::{Layer, Settings};

/// Read when no file is named, if it is there.
const DEFAULT_FILE: &str = "larder.toml";

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// File of settings [default: ./larder.toml, if there is one]
    #[arg(long, value_name = "FILE", env = "LARDER_CONFIG")]
    config: Option<PathBuf>,
    /// Address to serve; port 0 takes a free one [env: LARDER_LISTEN] [default: 127.0.0.1:9000]
    #[arg(long, value_name = "IP:PORT")]
    listen: Option<String>,
    /// Folder that holds everything; made when it is not there [env: LARDER_DATA] [default: ./larder-data]
    #[arg(long, value_name = "FOLDER")]
    data: Option<String>,
    /// Region that the server says it is [env: LARDER_REGION] [default: us-east-1]
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
    /// Name under which buckets are reached as bucket.NAME; may be repeated
    /// [env: LARDER_DOMAINS, with commas] [default: localhost, s3.localhost]
    #[arg(long = "domain", value_name = "NAME")]
    domains: Vec<String>,
    /// Address or network of a proxy that is believed when X-Forwarded-For says where a request comes from; may be
    /// repeated [env: LARDER_TRUSTED_PROXIES, with commas] [default: none]
    #[arg(long = "trusted-proxy", value_name = "NETWORK")]
    trusted_proxies: Vec<String>,
    /// Root access key id; without it keys are made at the first start and kept in the data folder
    /// [env: LARDER_ROOT_ACCESS_KEY_ID]
    #[arg(long, value_name = "ID")]
    root_access_key_id: Option<String>,
    /// Root secret access key. Others on this machine can see flags: prefer the variable
    /// [env: LARDER_ROOT_SECRET_ACCESS_KEY]
    #[arg(long, value_name = "SECRET")]
    root_secret_access_key: Option<String>,
    /// Id, ARN or alias of the key of a KMS that speaks AWS's protocol, which then seals the root key: root.key.kms in the data
    /// folder. Region and credentials are found as every AWS SDK finds them [env: LARDER_ROOT_KMS_KEY_ID]
    #[arg(long, value_name = "KEY")]
    root_kms_key_id: Option<String>,
    /// Where that KMS is [env: LARDER_ROOT_KMS_ENDPOINT] [default: AWS's, or what AWS_ENDPOINT_URL_KMS says]
    #[arg(long, value_name = "URL")]
    root_kms_endpoint: Option<String>,
    /// TLS certificate chain (PEM); read again on SIGHUP [env: LARDER_TLS_CERTIFICATE]
    #[arg(long, value_name = "FILE")]
    tls_certificate: Option<String>,
    /// Private key of the TLS certificate (PEM) [env: LARDER_TLS_KEY]
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
    /// Log lines for people (human) or programs (json) [env: LARDER_LOG_FORMAT] [default: human]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<String>,
    /// error, warn, info, debug, trace, or a filter such as info,larder_http=debug
    /// [env: LARDER_LOG_LEVEL] [default: info]
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
    /// Log every request [env: LARDER_ACCESS_LOG] [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    access_log: Option<String>,
    /// Tell whoever asks the server's figures (/-/metrics); otherwise only who sends the token in LARDER_METRICS_TOKEN, and nobody
    /// without one [env: LARDER_PUBLIC_METRICS] [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    public_metrics: Option<String>,
    /// Accept the signatures of before 2014 too [env: LARDER_SIGV2] [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    sigv2: Option<String>,
    /// Make buckets as AWS did before April 2023: ACLs count and public access is not blocked
    /// [env: LARDER_LEGACY_BUCKET_DEFAULTS] [default: false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    legacy_bucket_defaults: Option<String>,
    /// full, or relaxed for scratch data: faster, but power loss may damage it [env: LARDER_DURABILITY] [default: full]
    #[arg(long, value_name = "LEVEL")]
    durability: Option<String>,
    /// Connections at once; further ones wait [env: LARDER_MAX_CONNECTIONS] [default: 4096]
    #[arg(long, value_name = "COUNT")]
    max_connections: Option<String>,
    /// Bytes up to which an object lies beside its metadata instead of in a file
    /// [env: LARDER_INLINE_LIMIT] [default: 65536]
    #[arg(long, value_name = "BYTES")]
    inline_limit: Option<String>,
    /// MiB of the file system that are left free; near them writes that need space are refused
    /// [env: LARDER_RESERVE_MIB] [default: 2%, from 48 to 256]
    #[arg(long, value_name = "MIB")]
    reserve_mib: Option<String>,
    /// What AWS's figures of how often KMS may be called are multiplied by, or unlimited
    /// [env: LARDER_KMS_QUOTA_SCALE] [default: 1]
    #[arg(long, value_name = "FACTOR")]
    kms_quota_scale: Option<String>,
    /// AES256, or none for scratch data: what becomes of objects that neither the request nor the bucket wants encrypted
    /// [env: LARDER_DEFAULT_ENCRYPTION] [default: AES256]
    #[arg(long, value_name = "KIND")]
    default_encryption: Option<String>,
    /// Take customers' keys (SSE-C) over connections without TLS
    /// [env: LARDER_SSE_C_OVER_HTTP] [default: true on a loopback address, else false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    sse_c_over_http: Option<String>,
    /// Hours from the end of one look at everything that is stored (larder scrub) to the next; 0 looks only when asked to
    /// [env: LARDER_SCRUB_INTERVAL_HOURS] [default: 168]
    #[arg(long, value_name = "HOURS")]
    scrub_interval_hours: Option<String>,
    /// MiB that such a look reads a second; 0 is as fast as it goes [env: LARDER_SCRUB_RATE_MIB] [default: 16]
    #[arg(long, value_name = "MIB")]
    scrub_rate_mib: Option<String>,
    /// How long requests in progress may take when the server is told to stop
    /// [env: LARDER_DRAIN_SECONDS] [default: 30]
    #[arg(long, value_name = "SECONDS")]
    drain_seconds: Option<String>,
}

const EXAMPLES: &str = "\
A flag wins over a variable, a variable over the file. The file spells settings as the flags do, with underscores:
  listen = \"0.0.0.0:9000\"
  domains = [\"s3.example.com\"]

All data is encrypted under the root key: the file root.key in the data folder, made at the first start; or 64 hexadecimal
digits in LARDER_ROOT_KEY; or the systemd credential larder-root-key; or root.key.kms, sealed by a KMS (--root-kms-key-id).
LARDER_PREVIOUS_ROOT_KEY is the root key of before, for a start that changes to another. Whoever loses the root key loses
the data: larder admin keys backup FILE

Examples:
  larder serve
  larder serve --data /srv/larder --listen 0.0.0.0:9000 --domain s3.example.com \\
               --tls-certificate fullchain.pem --tls-key privkey.pem
  LARDER_ROOT_ACCESS_KEY_ID=test LARDER_ROOT_SECRET_ACCESS_KEY=testtest larder serve --durability relaxed";

/// The settings of a server whose flags are `flags` and whose file is `config`.
pub(crate) fn settings(config: Option<&Path>, flags: Layer) -> Result<Settings> {
    let path = config.unwrap_or(Path::new(DEFAULT_FILE));
    let file = Layer::file(path)?;
    if config.is_some() && file.is_none() {
        bail!("there is no file {}", path.display());
    }
    // Names and values that are not UTF-8 are no setting's.
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let environment = Layer::environment(variables);
    let mut settings = Settings::resolve([flags, environment].into_iter().chain(file))?;
    settings.keys.credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    Ok(settings)
}

impl Arguments {
    /// What the flags, the environment and the file say, the first having the last word.
    pub(crate) fn settings(mut self) -> Result<Settings> {
        let config = self.config.take();
        settings(config.as_deref(), self.into_flags())
    }

    fn into_flags(self) -> Layer {
        let one = |value: Option<String>| value.into_iter().collect();
        Layer::flags([
            ("listen", one(self.listen)),
            ("data", one(self.data)),
            ("region", one(self.region)),
            ("domains", self.domains),
            ("trusted_proxies", self.trusted_proxies),
            ("root_access_key_id", one(self.root_access_key_id)),
            ("root_secret_access_key", one(self.root_secret_access_key)),
            ("root_kms_key_id", one(self.root_kms_key_id)),
            ("root_kms_endpoint", one(self.root_kms_endpoint)),
            ("tls_certificate", one(self.tls_certificate)),
            ("tls_key", one(self.tls_key)),
            ("log_format", one(self.log_format)),
            ("log_level", one(self.log_level)),
            ("access_log", one(self.access_log)),
            ("public_metrics", one(self.public_metrics)),
            ("sigv2", one(self.sigv2)),
            ("legacy_bucket_defaults", one(self.legacy_bucket_defaults)),
            ("durability", one(self.durability)),
            ("max_connections", one(self.max_connections)),
            ("inline_limit", one(self.inline_limit)),
            ("reserve_mib", one(self.reserve_mib)),
            ("kms_quota_scale", one(self.kms_quota_scale)),
            ("default_encryption", one(self.default_encryption)),
            ("sse_c_over_http", one(self.sse_c_over_http)),
            ("scrub_interval_hours", one(self.scrub_interval_hours)),
            ("scrub_rate_mib", one(self.scrub_rate_mib)),
            ("drain_seconds", one(self.drain_seconds)),
        ])
    }
}
