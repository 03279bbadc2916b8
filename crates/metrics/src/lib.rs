//! What monitoring systems are told, in the text format of Prometheus, version 0.0.4:
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>
//!
//! Two kinds of figures come together here: [`RequestMetrics`] counts requests as they end, without a lock on their way; all else is
//! read from its [`Source`] when somebody asks. No label holds anything that a client chose, so the number of series is
//! bounded by the number of operations, and nothing about users or their data is told.

mod durations;
mod process;
mod reading;
mod requests;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;

pub use process::ProcessSource;
pub use prometheus_text::CONTENT_TYPE;
pub use reading::Readings;
pub use requests::RequestMetrics;

/// Something with figures of its own.
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// Tells them as they are now. Does not block.
    async fn read(&self, readings: &mut Readings);
}

/// All figures of a server.
pub struct Metrics {
    requests: Arc<RequestMetrics>,
    sources: Vec<Box<dyn Source>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("sources", &self.sources.len()).finish_non_exhaustive()
    }
}

impl Metrics {
    /// Those of requests and of these sources.
    #[must_use]
    pub fn new(requests: Arc<RequestMetrics>, sources: Vec<Box<dyn Source>>) -> Self {
        Self { requests, sources }
    }

    /// The figures as they are now, as [`CONTENT_TYPE`].
    pub async fn text(&self) -> String {
        let mut readings = Readings::default();
        for source in &self.sources {
            source.read(&mut readings).await;
        }
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Arc::clone(&self.requests)));
        registry.register_collector(Box::new(readings));
        let mut text = String::new();
        prometheus_text::encode(&mut text, &registry).expect("a string takes whatever is written to it");
        text
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use http::{Method, StatusCode};
    use larder_env::SeededRng;
    use larder_http::{OperationName, RequestId, RequestLog, RequestLogEntry};
    use larder_types::Timestamp;

    use super::*;

    struct Two;

    #[async_trait]
    impl Source for Two {
        async fn read(&self, readings: &mut Readings) {
            readings.counter("larder_things", "Things that came", 7.0);
            readings.gauge("larder_level_ratio", "How full it is", 0.5);
            readings.text("larder_build", "The version", "version", "1 \"quoted\"");
        }
    }

    fn entry(asked: Option<OperationName>, status: u16) -> RequestLogEntry {
        RequestLogEntry {
            request_id: RequestId::generate(&SeededRng::new(1)),
            peer: ([127, 0, 0, 1], 1).into(),
            method: Method::GET,
            target: "/".into(),
            asked,
            status: StatusCode::from_u16(status).expect("a status"),
            bytes_in: 3,
            bytes_out: 10,
            received_at: Timestamp::from_millis(0),
            answered_after: Duration::from_micros(150),
            duration: Duration::from_millis(2),
            aborted: status == 499,
        }
    }

    fn text(metrics: &Metrics) -> String {
        match pin!(metrics.text()).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(text) => text,
            Poll::Pending => panic!("nothing here waits"),
        }
    }

    #[test]
    fn all_is_told_in_the_text_format() {
        let requests = Arc::new(RequestMetrics::default());
        let metrics = Metrics::new(Arc::clone(&requests), vec![Box::new(Two)]);
        let get = OperationName { service: "s3", operation: "GetObject" };
        for status in [200, 200, 404, 499] {
            requests.record(&entry(Some(get), status));
        }
        requests.record(&entry(None, 400));
        let text = text(&metrics);
        let has = |lines: &str| assert!(text.contains(lines), "{lines}\nis not in\n{text}");
        has("# HELP larder_http_requests_total Requests that ended, by the status of their answer\n\
             # TYPE larder_http_requests_total counter\n\
             larder_http_requests_total{service=\"s3\",operation=\"GetObject\",code=\"200\"} 2\n\
             larder_http_requests_total{service=\"s3\",operation=\"GetObject\",code=\"404\"} 1\n\
             larder_http_requests_total{service=\"s3\",operation=\"GetObject\",code=\"499\"} 1\n\
             larder_http_requests_total{service=\"unknown\",operation=\"unknown\",code=\"400\"} 1\n");
        has("larder_http_response_start_seconds_sum{service=\"s3\",operation=\"GetObject\"} 0.0006\n");
        has("larder_http_response_start_seconds_bucket{service=\"s3\",operation=\"GetObject\",le=\"0.0001\"} 0\n\
             larder_http_response_start_seconds_bucket{service=\"s3\",operation=\"GetObject\",le=\"0.00025\"} 4\n");
        has("larder_http_request_duration_seconds_bucket{service=\"s3\",operation=\"GetObject\",le=\"+Inf\"} 4\n");
        has("larder_http_response_bytes_total{service=\"s3\",operation=\"GetObject\"} 40\n");
        has("larder_http_requests_aborted_total{service=\"s3\",operation=\"GetObject\"} 1\n");
        has("# TYPE larder_things_total counter\nlarder_things_total 7.0\n");
        has("# TYPE larder_level_ratio gauge\nlarder_level_ratio 0.5\n");
        has("larder_build_info{version=\"1 \\\"quoted\\\"\"} 1\n");
    }
}
