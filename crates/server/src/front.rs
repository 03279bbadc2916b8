//! What every request meets first: the health checks, then the service that its signature names.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use http::header::{AUTHORIZATION, HOST};
use http::{Method, StatusCode};
use larder_access::{Service, service};
use larder_http::{Handler, Request, RequestContext, Response};

use crate::metrics::{MetricsPage, bearer};
use crate::plain::plain;

/// Whether the server takes requests.
#[derive(Debug, Default)]
pub(crate) struct Readiness(AtomicBool);

impl Readiness {
    pub(crate) fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Relaxed);
    }
}

/// Answers `/-/live`, `/-/ready` and `/-/metrics`, and hands everything else to the service it is for.
pub(crate) struct Front {
    pub(crate) s3: Arc<dyn Handler>,
    /// IAM and STS.
    pub(crate) iam: Arc<dyn Handler>,
    /// KMS and Service Quotas.
    pub(crate) kms: Arc<dyn Handler>,
    pub(crate) admin: Arc<dyn Handler>,
    pub(crate) readiness: Arc<Readiness>,
    pub(crate) metrics: MetricsPage,
    /// Says whether a host names a bucket.
    pub(crate) is_bucket_host: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

impl Front {
    /// What an operator's tools ask of the server itself; `None` when the request is for a service.
    fn check<'a>(&self, request: &'a Request) -> Option<&'a str> {
        // No bucket is called "-": its name has at least three characters. Under `bucket.domain` it begins a key.
        let check = request.uri().path().strip_prefix("/-/")?;
        let headers = request.headers();
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let is_key = host.is_some_and(|host| (self.is_bucket_host)(host));
        let is_signed = headers.contains_key(AUTHORIZATION) && bearer(headers).is_none();
        (!is_key && !is_signed).then_some(check)
    }

    async fn answer(&self, check: &str, request: &Request, context: &RequestContext) -> Response {
        let is_read = [Method::GET, Method::HEAD].contains(request.method());
        let is_ready = self.readiness.0.load(Ordering::Relaxed);
        let note = |operation| context.asked.note(Service::Larder.as_str(), operation);
        let (status, text) = match check {
            _ if !is_read => (StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n"),
            "live" => {
                note("Live");
                (StatusCode::OK, "live\n")
            }
            "ready" => {
                note("Ready");
                if is_ready { (StatusCode::OK, "ready\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "stopping\n") }
            }
            "metrics" => {
                note("Metrics");
                return self.metrics.answer(request.headers()).await;
            }
            _ => (StatusCode::NOT_FOUND, "there are /-/live, /-/ready and /-/metrics\n"),
        };
        plain(status, text.to_owned())
    }
}

#[async_trait]
impl Handler for Front {
    async fn handle(&self, request: Request, context: RequestContext) -> Response {
        if let Some(check) = self.check(&request) {
            return self.answer(check, &request, &context).await;
        }
        let (path, query) = context.path_and_query();
        let handler = match service(request.method(), path, query, request.headers()) {
            Service::S3 => &self.s3,
            Service::Iam | Service::Sts => &self.iam,
            Service::Kms | Service::ServiceQuotas => &self.kms,
            Service::Larder => &self.admin,
        };
        handler.handle(request, context).await
    }

    fn misunderstood(&self, status: StatusCode, context: &RequestContext) -> Response {
        self.s3.misunderstood(status, context)
    }

    fn panicked(&self, context: &RequestContext) -> Response {
        self.s3.panicked(context)
    }
}

#[cfg(test)]
mod tests;
