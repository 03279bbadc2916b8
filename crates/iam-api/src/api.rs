//! From a request whose signature was verified to its answer.

use bytes::Bytes;
use http::Response;
use larder_http::Asked;
use larder_identity::{AccountState, Caller, Identity};
use larder_policy::{Context, Principal};
use larder_types::AccountId;

use crate::authorize;
use crate::operations::table::{self, Operation};
use crate::operations::{Codes, Done, Run, sts};
use crate::protocol::{self, Code, Fault, Input, Outcome, Params, Service};
use crate::request::Request;

/// A request whose signature, if it has one, was verified.
#[derive(Clone, Copy)]
pub struct QueryCall<'a> {
    /// Who makes it; [`Caller::anonymous`] when it is not signed.
    pub caller: &'a Caller,
    /// The values of the global condition keys (`aws:SourceIp`, `aws:MultiFactorAuthPresent`, `aws:PrincipalTag` ...). The
    /// keys of IAM and STS are added here.
    pub context: &'a dyn Context,
    /// Its id, which the answer shows.
    pub request_id: &'a str,
    /// Where its operation is noted.
    pub asked: &'a Asked,
    /// The query string as it was sent, without the `?`.
    pub query: &'a str,
    /// The body, whole: at most [`MAX_FORM_BYTES`](crate::MAX_FORM_BYTES).
    pub body: &'a [u8],
}

/// IAM and STS.
#[derive(Clone, Debug)]
pub struct IamApi {
    identity: Identity,
}

impl IamApi {
    /// The two services over these accounts.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self { identity }
    }

    /// The service that a request without a signature is for, so that it can be answered in that service's words; `None` when
    /// it is no request in this protocol. Only AssumeRoleWithWebIdentity will not be refused.
    #[must_use]
    pub fn service_of_unsigned(query: &str, body: &[u8]) -> Option<Service> {
        let params = Params::parse(query, body).ok()?;
        params.get("Action")?;
        let version = params.get("Version")?;
        [Service::Iam, Service::Sts].into_iter().find(|service| service.version() == version)
    }

    /// Answers a request. Never fails: refusals and failures are answers too.
    pub async fn answer(&self, service: Service, call: &QueryCall<'_>) -> Response<Bytes> {
        let params = match Params::parse(call.query, call.body) {
            Ok(params) => params,
            Err(fault) => return protocol::failure(service, &fault, call.request_id),
        };
        let outcome = match action(service, &params) {
            Ok(action) => {
                if let Some(name) = known(service, action) {
                    call.asked.note(service.as_str(), name);
                }
                self.run(service, action, &params, call).await.map(|result| (action, result))
            }
            Err(fault) => Err(fault),
        };
        match outcome {
            Ok((action, result)) => protocol::success(service, action, result, call.request_id),
            Err(fault) => protocol::failure(service, &fault, call.request_id),
        }
    }

    async fn run(&self, service: Service, action: &str, params: &Params, call: &QueryCall<'_>) -> Outcome {
        let input = Input::new(params);
        match service {
            Service::Iam => self.iam(action, input, call).await,
            Service::Sts => {
                let (identity, caller, context) = (&self.identity, call.caller, call.context);
                sts::run(action, &sts::Call { identity, caller, input, context }).await.map(Some)
            }
        }
    }

    async fn iam(&self, action: &str, input: Input<'_>, call: &QueryCall<'_>) -> Outcome {
        let account = authenticated(call.caller)?;
        let Some(operation) = table::find(action) else {
            return Err(if table::is_missing(action) {
                Fault::new(Code::NotImplemented, format!("{action} is not implemented by this server."))
            } else {
                Fault::unknown_action(action, Service::Iam)
            });
        };
        let (caller, context, identity) = (call.caller, call.context, &self.identity);
        let request = Request { action: operation.name, caller, account, input, context, identity };
        match operation.run {
            Run::Read(run) => {
                let directory = self.identity.directory();
                let state = directory.account(account).ok_or_else(gone)?;
                authorize(operation, &request, state)?;
                run(&request, state).map(Some)
            }
            Run::Change(run) => {
                let done = self.change(&request, |request, change, state| {
                    authorize(operation, request, state)?;
                    run(request, change, state)
                });
                Ok(match done.await? {
                    Done::Nothing => None,
                    Done::Answer(xml) => Some(xml),
                })
            }
            Run::EnableDevice(read) => {
                let Codes { who, serial, codes } = self.codes(operation, &request, read)?;
                let codes = [codes[0].as_str(), codes[1].as_str()];
                self.identity.enable_mfa_device(account, &who, &serial, codes).await?;
                Ok(None)
            }
            Run::ResyncDevice(read) => {
                let Codes { who, serial, codes } = self.codes(operation, &request, read)?;
                let codes = [codes[0].as_str(), codes[1].as_str()];
                self.identity.resync_mfa_device(account, &who, &serial, codes).await?;
                Ok(None)
            }
        }
    }

    fn codes(
        &self,
        operation: &Operation,
        request: &Request<'_>,
        read: fn(&Request<'_>, &AccountState) -> Result<Codes, Fault>,
    ) -> Result<Codes, Fault> {
        let directory = self.identity.directory();
        let state = directory.account(request.account).ok_or_else(gone)?;
        authorize(operation, request, state)?;
        read(request, state)
    }

    /// Changes the caller's account. The permission is decided on the same state that is changed.
    async fn change(
        &self,
        request: &Request<'_>,
        edit: impl Fn(&Request<'_>, &larder_identity::Change<'_>, &mut AccountState) -> Result<Done, Fault> + Sync,
    ) -> Result<Done, Fault> {
        self.identity.change_or_refuse(request.account, |state, change| edit(request, change, state)).await
    }
}

/// The operation that a request names, in the version of the API that it states.
fn action(service: Service, params: &Params) -> Result<&str, Fault> {
    let action = params.get("Action").filter(|action| !action.is_empty());
    let action =
        action.ok_or_else(|| Fault::new(Code::MissingAction, "The request must contain the parameter Action."))?;
    let version = params.get("Version").unwrap_or("NO_VERSION_SPECIFIED");
    // The name goes into the answer's elements, so nothing may pass that is not a name.
    if version != service.version() || !action.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Fault::new(
            Code::InvalidAction,
            format!("Could not find operation {action} for version {version}"),
        ));
    }
    Ok(action)
}

/// The name of an operation that there is.
fn known(service: Service, action: &str) -> Option<&'static str> {
    match service {
        Service::Iam => table::find(action).map(|operation| operation.name),
        Service::Sts => sts::find(action).map(|(name, _)| *name),
    }
}

/// The caller's account, if the caller may use IAM at all.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html>
fn authenticated(caller: &Caller) -> Result<AccountId, Fault> {
    let without_mfa = caller.session.as_ref().is_some_and(|session| session.mfa_at.is_none());
    let limited = match &caller.principal {
        // GetSessionToken's credentials can call IAM only when a code was given for them.
        Principal::Root { .. } | Principal::User { .. } => without_mfa,
        Principal::AssumedRole { .. } => false,
        Principal::Anonymous => {
            return Err(Fault::new(Code::MissingAuthenticationToken, "Request is missing Authentication Token"));
        }
        Principal::FederatedUser { .. } | Principal::WebIdentity { .. } | Principal::Service { .. } => true,
    };
    caller.principal.account().filter(|_| !limited).ok_or_else(gone)
}

fn authorize(operation: &Operation, request: &Request<'_>, state: &AccountState) -> Result<(), Fault> {
    authorize::require(request, operation.target, state)
}

/// AWS's words for credentials that are good for nothing here.
fn gone() -> Fault {
    Fault::new(Code::InvalidClientTokenId, "The security token included in the request is invalid")
}
