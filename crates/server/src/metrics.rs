//! `/-/metrics`: the server's figures, for those who may have them.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use larder_http::{Load, Response};
use larder_jobs::Scrubber;
use larder_metrics::{Metrics, ProcessSource, Readings, Source};
use larder_store_local::Monitor;
use zeroize::Zeroizing;

use crate::plain::plain;

/// Who is told the server's figures.
#[derive(Clone, Debug, Default)]
pub enum MetricsAccess {
    /// Nobody.
    #[default]
    Nobody,
    /// Whoever sends this token.
    Token(MetricsToken),
    /// Whoever asks.
    Everybody,
}

/// What whoever asks for figures sends as `Authorization: Bearer`. Wiped from memory with the last clone.
#[derive(Clone)]
pub struct MetricsToken(Arc<Zeroizing<String>>);

impl MetricsToken {
    /// Characters that a token has at least, so that it cannot be found by trying.
    pub const SHORTEST: usize = 16;

    /// A token of printable ASCII characters without spaces.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_token = text.len() >= Self::SHORTEST && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_token.then(|| Self(Arc::new(Zeroizing::new(text.to_owned()))))
    }

    /// Whether it is this one, in a time that does not tell how much of it is right.
    #[must_use]
    pub fn is(&self, text: &[u8]) -> bool {
        larder_crypto::equal(self.0.as_bytes(), text)
    }
}

impl fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsToken(...)")
    }
}

/// Answers requests for the figures.
pub(crate) struct MetricsPage {
    pub(crate) metrics: Metrics,
    pub(crate) access: MetricsAccess,
}

impl MetricsPage {
    pub(crate) async fn answer(&self, headers: &HeaderMap) -> Response {
        match &self.access {
            MetricsAccess::Nobody => {
                let text = "the server was started without LARDER_METRICS_TOKEN and without --public-metrics\n";
                plain(StatusCode::FORBIDDEN, text.to_owned())
            }
            MetricsAccess::Token(token) if !bearer(headers).is_some_and(|sent| token.is(sent)) => {
                let text = "send the server's LARDER_METRICS_TOKEN as Authorization: Bearer\n";
                let mut response = plain(StatusCode::UNAUTHORIZED, text.to_owned());
                response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                response
            }
            MetricsAccess::Token(_) | MetricsAccess::Everybody => {
                let mut response = plain(StatusCode::OK, self.metrics.text().await);
                let content_type = HeaderValue::from_static(larder_metrics::CONTENT_TYPE);
                response.headers_mut().insert(CONTENT_TYPE, content_type);
                response
            }
        }
    }
}

/// The token that a request carries.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.as_bytes().split_at_checked(b"Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
}

/// All that has figures, but for requests.
pub(crate) fn sources(
    process: ProcessSource,
    connections: OpenConnections,
    store: Monitor,
    scrubber: Arc<Scrubber>,
) -> Vec<Box<dyn Source>> {
    vec![
        Box::new(Program),
        Box::new(process),
        Box::new(connections),
        Box::new(DataFolder(store)),
        Box::new(Scrubs(scrubber)),
    ]
}

/// The program itself.
struct Program;

#[async_trait]
impl Source for Program {
    async fn read(&self, readings: &mut Readings) {
        readings.text("larder_build", "The version of Larder", "version", env!("CARGO_PKG_VERSION"));
    }
}

/// What is open.
pub(crate) struct OpenConnections {
    pub(crate) load: Load,
    pub(crate) most: usize,
}

#[async_trait]
impl Source for OpenConnections {
    async fn read(&self, readings: &mut Readings) {
        let Self { load, most } = self;
        readings.gauge("larder_http_connections", "Connections that are open", load.connections() as f64);
        readings.gauge(
            "larder_http_connections_limit",
            "Connections that may be open; further ones wait",
            *most as f64,
        );
        readings.gauge("larder_http_requests_in_flight", "Requests that have not ended", load.requests() as f64);
    }
}

/// The data folder.
struct DataFolder(Monitor);

#[async_trait]
impl Source for DataFolder {
    async fn read(&self, readings: &mut Readings) {
        let stats = self.0.stats();
        for (name, help, value) in [
            ("larder_store_commits", "Commits of metadata", stats.commits),
            ("larder_store_conflicts", "Commits that another one preceded", stats.conflicts),
            ("larder_store_commit_groups", "Groups of commits that were written together", stats.groups),
            ("larder_store_journal_syncs", "Syncs of the metadata's journal", stats.syncs),
            ("larder_store_commit_bytes", "Bytes of keys and values committed", stats.commit_bytes),
            ("larder_store_blobs_written", "Blobs written", stats.blobs_sealed),
            ("larder_store_blobs_deleted", "Blobs deleted", stats.blobs_deleted),
            ("larder_store_blob_written_bytes", "Bytes of blobs written", stats.blob_bytes_written),
            ("larder_store_blob_read_bytes", "Bytes of blobs read", stats.blob_bytes_read),
            ("larder_store_blob_syncs", "Syncs of blobs and of the directories that name them", stats.blob_syncs),
        ] {
            readings.counter(name, help, value as f64);
        }
        if let Ok(free) = self.0.free_bytes() {
            readings.gauge("larder_store_free_bytes", "Bytes that may be written until the store is full", free as f64);
        }
        let read_only = f64::from(u8::from(self.0.read_only().is_some()));
        readings.gauge(
            "larder_store_read_only",
            "1 after a failure, until the next start: writes are refused",
            read_only,
        );
    }
}

/// The last look at all that is stored, or the one under way.
struct Scrubs(Arc<Scrubber>);

#[async_trait]
impl Source for Scrubs {
    async fn read(&self, readings: &mut Readings) {
        let state = self.0.state().await;
        readings.gauge("larder_scrub_running", "1 while a scrub is under way", f64::from(u8::from(state.running)));
        readings.gauge("larder_scrub_read_bytes", "Bytes that the scrub read", state.report.bytes as f64);
        readings.gauge("larder_scrub_damaged", "Damage that the scrub found", state.report.damaged as f64);
        readings.gauge("larder_scrub_left_over", "What the scrub found left over", state.report.left_over as f64);
        if let Some(finished) = state.finished {
            let seconds = finished.as_millis() as f64 / 1e3;
            let help = "When the last scrub of this run ended, in seconds since 1970";
            readings.gauge("larder_scrub_finished_timestamp_seconds", help, seconds);
        }
    }
}
