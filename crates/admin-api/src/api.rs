//! The way of one request: receive, authorise, carry out.

use std::sync::Arc;

use http::{Method, StatusCode};
use larder_access::{Authenticator, CallerPolicies, GlobalContext, Received, RequestFacts, Service};
use larder_engine::Engine;
use larder_http::{Handler, Request, RequestContext, Response};
use larder_identity::Identity;
use larder_keyring::Keyring;
use larder_kms::Kms;
use larder_policy::{Query, evaluate};

use crate::TARGET_PREFIX;
use crate::operations::OPERATIONS;
use crate::refusal::AdminError;
use crate::upkeep::Upkeep;

/// Largest body of a request, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// Answers operators.
pub struct AdminApi {
    pub(crate) identity: Identity,
    pub(crate) keyring: Keyring,
    pub(crate) engine: Arc<Engine>,
    pub(crate) kms: Kms,
    pub(crate) upkeep: Arc<dyn Upkeep>,
    authenticator: Arc<Authenticator>,
}

impl AdminApi {
    /// Over the accounts of `identity`, the keys of `keyring`, the quotas of `kms` and the buckets of `engine`, which `upkeep` looks
    /// after.
    #[must_use]
    pub fn new(
        identity: Identity,
        keyring: Keyring,
        kms: Kms,
        engine: Arc<Engine>,
        upkeep: Arc<dyn Upkeep>,
        authenticator: Arc<Authenticator>,
    ) -> Self {
        Self { identity, keyring, kms, engine, upkeep, authenticator }
    }

    async fn respond(&self, request: Request, context: &RequestContext) -> Result<Response, AdminError> {
        let received = self.authenticator.receive(request, context, Service::Larder, MAX_BODY).await?;
        if received.head.method != Method::POST {
            let message = "administrative requests are sent with POST";
            return Err(AdminError::new(StatusCode::METHOD_NOT_ALLOWED, "UnknownOperationException", message));
        }
        let target = received.head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let name = target.and_then(|target| target.strip_prefix(TARGET_PREFIX));
        let Some(operation) = OPERATIONS.iter().find(|operation| Some(operation.name) == name) else {
            let message = "X-Amz-Target names no operation of this server";
            return Err(AdminError::new(StatusCode::NOT_FOUND, "UnknownOperationException", message));
        };
        context.asked.note(Service::Larder.as_str(), operation.name);
        self.authorize(operation.action, &received, context)?;
        (operation.run)(self, &received.body).await
    }

    /// Refuses everyone but whom the operator's account lets.
    fn authorize(&self, action: &str, received: &Received, context: &RequestContext) -> Result<(), AdminError> {
        let caller = &*received.sender.caller;
        let operator = self.identity.owner().account;
        let facts = RequestFacts::new(&received.head.headers, context, self.authenticator.region());
        let conditions = GlobalContext { caller, facts: &facts, resource_account: Some(operator) };
        let query = Query {
            principal: &caller.principal,
            action,
            resource: "*",
            resource_account: operator,
            context: &conditions,
        };
        let decision = evaluate(&query, &CallerPolicies::of(caller).documents());
        if decision.allowed {
            return Ok(());
        }
        tracing::debug!(principal = ?caller.principal, action, reason = ?decision.reason, "denied");
        let message = format!("{action} is for the root user of the server's first account, or whom its policies let");
        Err(AdminError::new(StatusCode::FORBIDDEN, "AccessDeniedException", message))
    }
}

#[async_trait::async_trait]
impl Handler for AdminApi {
    async fn handle(&self, request: Request, context: RequestContext) -> Response {
        self.respond(request, &context).await.unwrap_or_else(AdminError::into_response)
    }
}
