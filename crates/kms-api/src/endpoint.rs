//! From a request on the wire to [`KmsApi`] and back.

use std::sync::Arc;

use bytes::Bytes;
use larder_access::{Authenticator, RequestFacts};
use larder_http::{Handler, Request, RequestContext, Response, ResponseBody};

use crate::api::{Call, KmsApi};
use crate::protocol::{self, MAX_BODY_BYTES, Service};
use crate::refusal;

/// KMS and Service Quotas over HTTP: receives requests, finds out who sent them, and has them answered.
pub struct KmsEndpoint {
    api: KmsApi,
    authenticator: Arc<Authenticator>,
}

impl KmsEndpoint {
    /// Answers what `authenticator` lets through.
    #[must_use]
    pub fn new(api: KmsApi, authenticator: Arc<Authenticator>) -> Self {
        Self { api, authenticator }
    }

    async fn answer(&self, request: Request, context: &RequestContext) -> http::Response<Bytes> {
        let (path, query) = context.path_and_query();
        let named = larder_access::service(request.method(), path, query, request.headers());
        let service = match named {
            larder_access::Service::ServiceQuotas => Service::ServiceQuotas,
            _ => Service::Kms,
        };
        let request_id = context.request_id.as_str();
        let received = match self.authenticator.receive(request, context, named, MAX_BODY_BYTES).await {
            Ok(received) => received,
            Err(error) => return protocol::failure(service, &refusal::fault(error), request_id),
        };
        let (head, sender) = (&received.head, &received.sender);
        let facts = RequestFacts::new(&head.headers, context, &sender.region);
        let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let call = Call {
            caller: &sender.caller,
            facts: &facts,
            region: &sender.region,
            request_id,
            asked: &context.asked,
            // Only what is posted names an operation.
            target: target.filter(|_| head.method == http::Method::POST),
            body: &received.body,
        };
        self.api.answer(service, &call).await
    }
}

#[async_trait::async_trait]
impl Handler for KmsEndpoint {
    async fn handle(&self, request: Request, context: RequestContext) -> Response {
        self.answer(request, &context).await.map(ResponseBody::from)
    }
}
