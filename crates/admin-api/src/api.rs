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
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::quotas::Decision;
use crate::refusal::{AdminError, answer};
use crate::upkeep::Upkeep;
use crate::{TARGET_PREFIX, accounts, keys, quotas, upkeep};

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
        let operation = target.and_then(|target| target.strip_prefix(TARGET_PREFIX));
        match operation {
            Some("CreateAccount") => {
                self.authorize("larder:CreateAccount", &received, context)?;
                done(&accounts::create(self, parse(&received.body)?).await?)
            }
            Some("ListAccounts") => {
                self.authorize("larder:ListAccounts", &received, context)?;
                done(&accounts::list(self, parse(&received.body)?))
            }
            Some("DeleteAccount") => {
                self.authorize("larder:DeleteAccount", &received, context)?;
                done(&accounts::delete(self, parse(&received.body)?).await?)
            }
            Some("ListKeys") => {
                self.authorize("larder:ListKeys", &received, context)?;
                done(&keys::list(self, parse(&received.body)?))
            }
            Some("RotateMasterKey") => {
                self.authorize("larder:RotateMasterKey", &received, context)?;
                done(&keys::rotate_master(self, parse(&received.body)?).await?)
            }
            Some("RotateRootKey") => {
                self.authorize("larder:RotateRootKey", &received, context)?;
                done(&keys::rotate_root(self, parse(&received.body)?).await?)
            }
            Some("ReadKeyring") => {
                self.authorize("larder:ReadKeyring", &received, context)?;
                done(&keys::read(self, parse(&received.body)?).await)
            }
            Some("ListQuotaRequests") => {
                self.authorize("larder:ListQuotaRequests", &received, context)?;
                done(&quotas::list(self, parse(&received.body)?))
            }
            Some("ApproveQuotaRequest") => {
                self.authorize("larder:ApproveQuotaRequest", &received, context)?;
                done(&quotas::decide(self, parse(&received.body)?, Decision::Approve).await?)
            }
            Some("DenyQuotaRequest") => {
                self.authorize("larder:DenyQuotaRequest", &received, context)?;
                done(&quotas::decide(self, parse(&received.body)?, Decision::Deny).await?)
            }
            Some(operation) => self.keep_up(operation, &received, context).await,
            None => {
                let message = "X-Amz-Target names no operation of this server";
                Err(AdminError::new(StatusCode::NOT_FOUND, "UnknownOperationException", message))
            }
        }
    }

    /// Scrubs and backups.
    async fn keep_up(
        &self,
        operation: &str,
        received: &Received,
        context: &RequestContext,
    ) -> Result<Response, AdminError> {
        let body = &received.body;
        match operation {
            "StartScrub" => {
                self.authorize("larder:StartScrub", received, context)?;
                done(&upkeep::start_scrub(self, parse(body)?).await?)
            }
            "GetScrub" => {
                self.authorize("larder:GetScrub", received, context)?;
                done(&upkeep::get_scrub(self, parse(body)?).await)
            }
            "BeginBackup" => {
                self.authorize("larder:Backup", received, context)?;
                done(&upkeep::begin_backup(self, parse(body)?).await?)
            }
            "KeepBackup" => {
                self.authorize("larder:Backup", received, context)?;
                done(&upkeep::keep_backup(self, parse(body)?).await?)
            }
            "EndBackup" => {
                self.authorize("larder:Backup", received, context)?;
                done(&upkeep::end_backup(self, parse(body)?).await?)
            }
            _ => {
                let message = "X-Amz-Target names no operation of this server";
                Err(AdminError::new(StatusCode::NOT_FOUND, "UnknownOperationException", message))
            }
        }
    }

    /// Refuses everyone but whom the operator's account lets.
    fn authorize(&self, action: &'static str, received: &Received, context: &RequestContext) -> Result<(), AdminError> {
        context.asked.note(Service::Larder.as_str(), action.strip_prefix("larder:").unwrap_or(action));
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

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, AdminError> {
    // Where and of what kind, but not the error's text: it repeats values of the wrong type, which may be secrets.
    serde_json::from_slice(body).map_err(|error: serde_json::Error| {
        let (kind, line, column) = (error.classify(), error.line(), error.column());
        let message = format!("the request is not understood: {kind:?} error at line {line}, column {column}");
        AdminError::new(StatusCode::BAD_REQUEST, "SerializationException", message)
    })
}

fn done(message: &impl Serialize) -> Result<Response, AdminError> {
    Ok(answer(StatusCode::OK, message))
}

#[async_trait::async_trait]
impl Handler for AdminApi {
    async fn handle(&self, request: Request, context: RequestContext) -> Response {
        self.respond(request, &context).await.unwrap_or_else(AdminError::into_response)
    }
}
