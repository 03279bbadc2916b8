use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use larder_env::SeededRng;
use larder_http::{Asked, HostId, RequestBody, RequestId, ResponseBody};
use larder_metrics::Metrics;
use larder_types::Timestamp;

use super::*;
use crate::metrics::MetricsAccess;

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
        metrics: MetricsPage { metrics: Metrics::new(Arc::default(), Vec::new()), access: MetricsAccess::Everybody },
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
        asked: Asked::default(),
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
    assert_eq!(ask(&front, get("/-/metrics").header(AUTHORIZATION, "Bearer any")), 200);
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
        let scope = format!("AWS4-HMAC-SHA256 Credential=AKID/20261127/us-east-1/{service}/aws4_request, Signature=0");
        http::Request::builder().uri("/").header(AUTHORIZATION, scope)
    };
    for (service, status) in
        [("s3", 418), ("iam", 419), ("sts", 419), ("larder", 420), ("kms", 421), ("servicequotas", 421), ("ec2", 418)]
    {
        assert_eq!(ask(&front, signed(service)), status, "{service}");
    }
    let presigned = "/?Action=GetCallerIdentity&X-Amz-Credential=AKID%2F20261127%2Fus-east-1%2Fsts%2Faws4_request";
    assert_eq!(ask(&front, http::Request::builder().uri(presigned)), 419);
}
