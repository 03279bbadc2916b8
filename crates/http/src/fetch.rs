//! Requests that the server, or its command line, makes of others: small documents over HTTP or HTTPS.
//!
//! Redirects are answers like any other and are not followed: what a name leads to is for whoever asked to decide.

use std::path::Path;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response, Uri};
use http_body_util::Full;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls_pki_types::CertificateDer;

use crate::TlsError;
use crate::body::next_bytes;

/// Why a request got no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The URL is none, or is not of the scheme `http` or `https`.
    #[error("{url} is no http or https URL")]
    NotAUrl {
        /// What was given.
        url: String,
    },
    /// The other side cannot be reached, or broke off.
    #[error("cannot reach {host}")]
    Unreachable {
        /// Whom it was sent to.
        host: String,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No whole answer came in time.
    #[error("{host} did not answer within {} seconds", within.as_secs())]
    TimedOut {
        /// Whom it was sent to.
        host: String,
        /// The time it had.
        within: Duration,
    },
    /// The answer is larger than was allowed.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// Whom it was sent to.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
}

/// What one request may take.
#[derive(Clone, Copy, Debug)]
pub struct FetchLimits {
    /// From the first byte sent to the last received.
    pub within: Duration,
    /// The answer's body, in bytes.
    pub body: usize,
}

impl Default for FetchLimits {
    /// 10 seconds, 1 MiB.
    fn default() -> Self {
        Self { within: Duration::from_secs(10), body: 1024 * 1024 }
    }
}

/// Makes requests. Trusts the certificate authorities that the operating system trusts.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

impl Fetcher {
    /// Reads the operating system's certificate authorities. Without any only `http` can be used.
    #[must_use]
    pub fn new() -> Self {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "a certificate authority of this system cannot be read");
        }
        Self::trusting(found.certs)
    }

    /// Trusts the certificates in a PEM file and no others.
    ///
    /// # Errors
    /// [`TlsError`] when the file cannot be read or holds none.
    pub fn trusting_file(path: &Path) -> Result<Self, TlsError> {
        crate::tls::read_chain(path).map(Self::trusting)
    }

    fn trusting(certificates: Vec<CertificateDer<'static>>) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(certificates);
        let tls = rustls::ClientConfig::builder_with_provider(default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("the provider has its own versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        Self { client: Client::builder(TokioExecutor::new()).pool_max_idle_per_host(1).build(connector) }
    }

    /// Makes a request and reads the answer whole, whatever its status.
    ///
    /// # Errors
    /// [`FetchError`].
    pub async fn send(&self, request: Request<Bytes>, limits: FetchLimits) -> Result<Response<Bytes>, FetchError> {
        let host = host_of(request.uri())?;
        let exchange = self.exchange(request.map(Full::new), &host, limits.body);
        match tokio::time::timeout(limits.within, exchange).await {
            Ok(outcome) => outcome,
            Err(_) => Err(FetchError::TimedOut { host, within: limits.within }),
        }
    }

    async fn exchange(
        &self,
        request: Request<Full<Bytes>>,
        host: &str,
        limit: usize,
    ) -> Result<Response<Bytes>, FetchError> {
        let unreachable = |source: Box<dyn std::error::Error + Send + Sync>| FetchError::Unreachable {
            host: host.to_owned(),
            source,
        };
        let (head, mut body) =
            self.client.request(request).await.map_err(|error| unreachable(error.into()))?.into_parts();
        let mut whole = BytesMut::new();
        while let Some(data) = next_bytes(&mut body).await {
            let data = data.map_err(|error| unreachable(error.into()))?;
            if whole.len() + data.len() > limit {
                return Err(FetchError::TooLarge { host: host.to_owned(), limit });
            }
            whole.extend_from_slice(&data);
        }
        Ok(Response::from_parts(head, whole.freeze()))
    }
}

impl Default for Fetcher {
    fn default() -> Self {
        Self::new()
    }
}

fn host_of(uri: &Uri) -> Result<String, FetchError> {
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    match uri.authority() {
        Some(authority) if is_web => Ok(authority.to_string()),
        _ => Err(FetchError::NotAUrl { url: uri.to_string() }),
    }
}
