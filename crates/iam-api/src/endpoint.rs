//! From a request on the wire to [`IamApi`] and back.

use std::sync::Arc;

use bytes::Bytes;
use larder_access::{Authenticator, GlobalContext, RequestFacts};
use larder_http::{Handler, Request, RequestContext, Response, ResponseBody};

use crate::protocol::failure;
use crate::{IamApi, MAX_FORM_BYTES, QueryCall, Service, refusal};

/// IAM and STS over HTTP: receives requests, finds out who sent them, and has them answered.
pub struct IamEndpoint {
    api: IamApi,
    authenticator: Arc<Authenticator>,
}

impl IamEndpoint {
    /// Over these accounts, whose signatures `authenticator` verifies.
    #[must_use]
    pub fn new(api: IamApi, authenticator: Arc<Authenticator>) -> Self {
        Self { api, authenticator }
    }

    async fn answer(&self, request: Request, context: &RequestContext) -> http::Response<Bytes> {
        let (path, query) = context.path_and_query();
        let named = larder_access::service(request.method(), path, query, request.headers());
        let service = if named == larder_access::Service::Iam { Service::Iam } else { Service::Sts };
        let request_id = context.request_id.as_str();
        let received = match self.authenticator.receive(request, context, named, MAX_FORM_BYTES).await {
            Ok(received) => received,
            Err(error) => return failure(service, &refusal::fault(error), request_id),
        };
        let caller = &*received.sender.caller;
        // Nobody's scope says which service an unsigned request is for; its version does.
        let service = match received.sender.signing {
            Some(_) => service,
            None => IamApi::service_of_unsigned(query, &received.body).unwrap_or(service),
        };
        let facts = RequestFacts::new(&received.head.headers, context, self.authenticator.region());
        let keys = GlobalContext { caller, facts: &facts, resource_account: caller.principal.account() };
        let call = QueryCall { caller, context: &keys, request_id, asked: &context.asked, query, body: &received.body };
        self.api.answer(service, &call).await
    }
}

#[async_trait::async_trait]
impl Handler for IamEndpoint {
    async fn handle(&self, request: Request, context: RequestContext) -> Response {
        self.answer(request, &context).await.map(ResponseBody::from)
    }
}
