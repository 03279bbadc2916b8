//! What every request meets first: the health checks, then the service that its signature names.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, StatusCode};
use larder_access::{Service, service};
use larder_http::{Handler, Request, RequestContext, Response, ResponseBody};

/// Whether the server takes requests.
#[derive(Debug, Default)]
pub(crate) struct Readiness(AtomicBool);

impl Readiness {
    pub(crate) fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Relaxed);
    }
}

/// Answers `/-/live` and `/-/ready`, and hands everything else to the service it is for.
pub(crate) struct Front {
    pub(crate) s3: Arc<dyn Handler>,
    /// IAM and STS.
    pub(crate) iam: Arc<dyn Handler>,
    /// KMS and Service Quotas.
    pub(crate) kms: Arc<dyn Handler>,
    pub(crate) admin: Arc<dyn Handler>,
    pub(crate) readiness: Arc<Readiness>,
    /// Says whether a host names a bucket.
    pub(crate) is_bucket_host: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

impl Front {
    fn health(&self, request: &Request) -> Option<Response> {
        // No bucket is called "-": its name has at least three characters. Under `bucket.domain` it begins a key.
        let check = request.uri().path().strip_prefix("/-/")?;
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let is_key = host.is_some_and(|host| (self.is_bucket_host)(host));
        if is_key || request.headers().contains_key(AUTHORIZATION) {
            return None;
        }
        let is_read = [Method::GET, Method::HEAD].contains(request.method());
        let is_ready = self.readiness.0.load(Ordering::Relaxed);
        let (status, text) = match check {
            _ if !is_read => (StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n"),
            "live" => (StatusCode::OK, "live\n"),
            "ready" if is_ready => (StatusCode::OK, "ready\n"),
            "ready" => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
            _ => (StatusCode::NOT_FOUND, "there are /-/live and /-/ready\n"),
        };
        let mut response = Response::new(ResponseBody::from(text.to_owned()));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Some(response)
    }
}

#[async_trait]
impl Handler for Front {
    async fn handle(&self, request: Request, context: RequestContext) -> Response {
        if let Some(response) = self.health(&request) {
            return response;
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
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use larder_env::SeededRng;
    use larder_http::{HostId, RequestBody, RequestId};
    use larder_types::Timestamp;

    use super::*;

    /// Answers with a status by which it is known.
    struct Known(u16);

    #[async_trait]
    impl Handler for Known {
        async fn handle(&self, _: Request, _: RequestContext) -> Response {
            let mut response = Response::new(ResponseBody::Empty);
            *response.status_mut() = StatusCode::from_u16(self.0).expect("a status");
            response
        }
    }

    fn front(readiness: &Arc<Readiness>) -> Front {
        Front {
            s3: Arc::new(Known(418)),
            iam: Arc::new(Known(419)),
            kms: Arc::new(Known(421)),
            admin: Arc::new(Known(420)),
            readiness: Arc::clone(readiness),
            is_bucket_host: Box::new(|host: &str| host == "bucket.localhost"),
        }
    }

    fn ask(front: &Front, request: http::request::Builder) -> u16 {
        let request = request.body(RequestBody::empty()).expect("a request");
        let rng = SeededRng::new(1);
        let context = RequestContext {
            request_id: RequestId::generate(&rng),
            host_id: HostId::generate(&rng),
            peer: ([127, 0, 0, 1], 1).into(),
            client: [127, 0, 0, 1].into(),
            secure: false,
            tls: None,
            received_at: Timestamp::from_millis(0),
            target: request.uri().path_and_query().map_or("/", |target| target.as_str()).into(),
        };
        match pin!(front.handle(request, context)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(response) => response.status().as_u16(),
            Poll::Pending => panic!("nothing here waits"),
        }
    }

    #[test]
    fn health_checks_are_answered_and_all_else_is_s3s() {
        let readiness = Arc::new(Readiness::default());
        let front = front(&readiness);
        let get = |path: &str| http::Request::builder().uri(path);
        assert_eq!(ask(&front, get("/-/live")), 200);
        assert_eq!(ask(&front, get("/-/ready")), 503);
        readiness.set(true);
        assert_eq!(ask(&front, get("/-/ready")), 200);
        assert_eq!(ask(&front, get("/-/ready").method("PUT")), 405);
        assert_eq!(ask(&front, get("/-/other")), 404);
        assert_eq!(ask(&front, get("/-/live").header(HOST, "127.0.0.1:9000")), 200);
        for s3s in [
            get("/"),
            get("/bucket/-/live"),
            get("/-/live").header(HOST, "bucket.localhost"),
            get("/-/live").header(AUTHORIZATION, "AWS4-HMAC-SHA256 ..."),
        ] {
            assert_eq!(ask(&front, s3s), 418);
        }
    }

    #[test]
    fn the_scope_of_the_signature_chooses_the_service() {
        let front = front(&Arc::default());
        let signed = |service: &str| {
            let scope =
                format!("AWS4-HMAC-SHA256 Credential=AKID/20261127/us-east-1/{service}/aws4_request, Signature=0");
            http::Request::builder().uri("/").header(AUTHORIZATION, scope)
        };
        for (service, status) in [
            ("s3", 418),
            ("iam", 419),
            ("sts", 419),
            ("larder", 420),
            ("kms", 421),
            ("servicequotas", 421),
            ("ec2", 418),
        ] {
            assert_eq!(ask(&front, signed(service)), status, "{service}");
        }
        let presigned = "/?Action=GetCallerIdentity&X-Amz-Credential=AKID%2F20261127%2Fus-east-1%2Fsts%2Faws4_request";
        assert_eq!(ask(&front, http::Request::builder().uri(presigned)), 419);
    }
}
