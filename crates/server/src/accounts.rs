//! What the accounts need of the rest of the server: documents of OpenID Connect providers, and somebody who writes down
//! when keys were last used.

use std::time::Duration;

use async_trait::async_trait;
use larder_http::{FetchLimits, Fetcher};
use larder_identity::{Fetch, FetchError, Identity};
use larder_jobs::{Progress, Worker, WorkerError};

/// How often uses of keys are written down.
const FLUSH_EVERY: Duration = Duration::from_secs(120);

/// Gets the documents of OpenID Connect providers.
pub(crate) struct ProviderDocuments(Fetcher);

impl ProviderDocuments {
    pub(crate) fn new() -> Self {
        Self(Fetcher::new())
    }
}

#[async_trait]
impl Fetch for ProviderDocuments {
    async fn get(&self, url: &str, limit: usize) -> Result<Vec<u8>, FetchError> {
        let refused = |reason: String| FetchError { reason };
        let request = http::Request::get(url).body(bytes::Bytes::new()).map_err(|error| refused(error.to_string()))?;
        if !may_ask(request.uri()) {
            return Err(refused(format!("{url} is not encrypted; only a provider on this machine is asked over http")));
        }
        let limits = FetchLimits { body: limit, ..FetchLimits::default() };
        let answer = self.0.send(request, limits).await.map_err(|error| refused(error.to_string()))?;
        if answer.status() != http::StatusCode::OK {
            return Err(refused(format!("{url} answered {}", answer.status())));
        }
        Ok(answer.into_body().into())
    }
}

/// Whether nobody on the way can change what a provider says.
fn may_ask(url: &http::Uri) -> bool {
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    url.scheme_str() == Some("https") || is_here
}

/// Writes down when keys and roles were last used.
pub(crate) struct UseRecorder(pub(crate) Identity);

#[async_trait]
impl Worker for UseRecorder {
    fn name(&self) -> &'static str {
        "last-used"
    }

    async fn run_once(&self) -> Result<Progress, WorkerError> {
        self.0.flush_last_used().await?;
        Ok(Progress::IdleFor(FLUSH_EVERY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_elsewhere_is_asked_over_tls_alone() {
        for (url, may) in [
            ("https://login.example.com/keys", true),
            ("http://login.example.com/keys", false),
            ("http://localhost:8080/keys", true),
            ("http://127.0.0.1/keys", true),
            ("http://[::1]:8080/keys", true),
            ("http://localhost.example.com/keys", false),
            ("http://10.0.0.1/keys", false),
        ] {
            assert_eq!(may_ask(&url.parse().expect("a URL")), may, "{url}");
        }
    }
}
