//! A signed request to a server, and its answer.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use aws_lc_rs::digest::{SHA256, digest};
use http::{Request, Uri, header};
use larder_admin_api::messages::Failure;
use larder_admin_api::{CONTENT_TYPE, TARGET_PREFIX};
use larder_env::{Clock, SystemClock};
use larder_http::{FetchLimits, Fetcher};
use larder_sigv4::{Signer, SignerKey, SigningKey};
use serde::Serialize;
use serde::de::DeserializeOwned;

const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:9000";
const SERVICE: &str = "larder";

/// Which server.
#[derive(clap::Args)]
pub(crate) struct Target {
    /// Where the server is
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL", default_value = DEFAULT_ENDPOINT, global = true)]
    endpoint_url: String,
    /// The region that the server says it is
    #[arg(long, value_name = "NAME", env = "AWS_REGION", default_value = "us-east-1", global = true)]
    region: String,
    /// PEM file of the certificates to trust in the place of the system's
    #[arg(long, value_name = "FILE", env = "AWS_CA_BUNDLE", global = true)]
    ca_bundle: Option<PathBuf>,
}

/// A server and the credentials to ask it with.
pub(crate) struct Connection {
    endpoint: Uri,
    region: String,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    runtime: tokio::runtime::Runtime,
    fetcher: Fetcher,
}

impl Connection {
    /// Reads the credentials. Nothing is sent yet.
    pub(crate) fn open(target: Target) -> Result<Self> {
        let endpoint: Uri =
            target.endpoint_url.parse().with_context(|| format!("{} is no URL", target.endpoint_url))?;
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let needed = |name: &str| {
            variable(name).ok_or_else(|| {
                anyhow!(
                    "{name} is not set; export the root keys that `larder serve` printed or keeps in its data folder"
                )
            })
        };
        let fetcher = match target.ca_bundle.filter(|path| !path.as_os_str().is_empty()) {
            Some(path) => Fetcher::trusting_file(&path)?,
            None => Fetcher::new(),
        };
        Ok(Self {
            endpoint,
            region: target.region,
            access_key_id: needed("AWS_ACCESS_KEY_ID")?,
            secret_access_key: needed("AWS_SECRET_ACCESS_KEY")?,
            session_token: variable("AWS_SESSION_TOKEN"),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
            fetcher,
        })
    }

    /// Asks for an operation and waits for the answer.
    pub(crate) fn ask<T: DeserializeOwned>(&self, operation: &str, message: &impl Serialize) -> Result<T> {
        let body = serde_json::to_vec(message).context("cannot write the request")?;
        let request = self.signed(operation, body)?;
        let answer = self.runtime.block_on(self.fetcher.send(request, FetchLimits::default()))?;
        if answer.status().is_success() {
            return serde_json::from_slice(answer.body()).context("the server's answer is not understood");
        }
        match serde_json::from_slice::<Failure>(answer.body()) {
            Ok(failure) => bail!("{}: {}", failure.kind, failure.message),
            Err(_) => bail!("the server answered {}; is {} a Larder server?", answer.status(), self.endpoint),
        }
    }

    fn signed(&self, operation: &str, body: Vec<u8>) -> Result<Request<bytes::Bytes>> {
        let now = SystemClock::new().now().to_jiff();
        let authority = self.endpoint.authority().context("the endpoint names no host")?.as_str();
        let mut request = Request::post(format!("{}://{authority}/", self.endpoint.scheme_str().unwrap_or("http")))
            .header(header::HOST, authority)
            .header(header::CONTENT_TYPE, CONTENT_TYPE)
            .header("x-amz-target", format!("{TARGET_PREFIX}{operation}"))
            .body(bytes::Bytes::new())?;
        let day = now.strftime("%Y%m%d").to_string();
        let key = SigningKey::derive(&self.secret_access_key, &day, &self.region, SERVICE);
        let signer = Signer {
            access_key_id: &self.access_key_id,
            key: SignerKey::Hmac(&key),
            security_token: self.session_token.as_deref(),
            region: &self.region,
            service: SERVICE,
        };
        let hash = hex::encode(digest(&SHA256, &body));
        signer.sign("POST", "/", "", request.headers_mut(), &hash, now)?;
        Ok(request.map(|_| body.into()))
    }
}
