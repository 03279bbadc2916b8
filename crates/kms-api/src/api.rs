//! From a request whose signature was verified to its answer.

use bytes::Bytes;
use http::Response;
use larder_access::{GlobalContext, RequestFacts};
use larder_http::Asked;
use larder_identity::{Caller, Identity};
use larder_kms::{DataKeyPairSpec, Kms, KmsError, KmsErrorKind, RequestClass};
use larder_policy::Principal;
use larder_types::{AccountId, Region};

use crate::operations::Answer;
use crate::operations::table::{self, Operation, Quota};
use crate::protocol::{self, Code, Fault, Input, Service};
use crate::quotas;
use crate::request::Request;

/// A request whose signature, if it has one, was verified.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Who makes it; [`Caller::anonymous`] when it is not signed.
    pub caller: &'a Caller,
    /// What it says by its headers and its connection.
    pub facts: &'a RequestFacts<'a>,
    /// The region that it is signed for.
    pub region: &'a Region,
    /// Its id, which the answer shows.
    pub request_id: &'a str,
    /// Where its operation is noted.
    pub asked: &'a Asked,
    /// `X-Amz-Target`.
    pub target: Option<&'a str>,
    /// The body, whole: at most [`MAX_BODY_BYTES`](crate::MAX_BODY_BYTES).
    pub body: &'a [u8],
}

/// KMS and Service Quotas.
#[derive(Clone, Debug)]
pub struct KmsApi {
    kms: Kms,
    identity: Identity,
}

impl KmsApi {
    /// The two services over these keys and accounts.
    #[must_use]
    pub fn new(kms: Kms, identity: Identity) -> Self {
        Self { kms, identity }
    }

    /// Answers a request. Never fails: refusals and failures are answers too.
    pub async fn answer(&self, service: Service, call: &Call<'_>) -> Response<Bytes> {
        match self.run(service, call).await {
            Ok(output) => protocol::success(output.as_ref(), call.request_id),
            Err(fault) => protocol::failure(service, &fault, call.request_id),
        }
    }

    async fn run(&self, service: Service, call: &Call<'_>) -> Answer {
        let unknown = || Fault::new(Code::UNKNOWN_OPERATION, "");
        let name = protocol::operation(service, call.target).ok_or_else(unknown)?;
        let account = account(call.caller)?;
        let own = GlobalContext { caller: call.caller, facts: call.facts, resource_account: Some(account) };
        let Call { caller, region, .. } = *call;
        match service {
            Service::Kms => {
                let operation = table::find(name).ok_or_else(unknown)?;
                call.asked.note(service.as_str(), operation.name);
                let input = Input::parse(call.body)?;
                let (kms, identity) = (&self.kms, &self.identity);
                let request = Request { kms, identity, caller, account, region, input, own };
                request.count(operation)?;
                (operation.run)(&request).await
            }
            Service::ServiceQuotas => {
                let (name, run) = quotas::find(name).ok_or_else(unknown)?;
                call.asked.note(service.as_str(), name);
                let input = Input::parse(call.body)?;
                let request = quotas::Request { kms: &self.kms, caller, account, region, input, own };
                run(&request).await.map_err(quotas::own_code)
            }
        }
    }
}

/// The caller's account.
fn account(caller: &Caller) -> Result<AccountId, Fault> {
    match &caller.principal {
        Principal::Anonymous => Err(Fault::new(Code::MISSING_AUTHENTICATION_TOKEN, "Missing Authentication Token")),
        principal => principal.account().ok_or_else(|| {
            Fault::new(Code::UNRECOGNIZED_CLIENT, "The security token included in the request is invalid.")
        }),
    }
}

impl Request<'_> {
    /// Counts the request against the quota of its operation.
    fn count(&self, operation: &Operation) -> Result<(), Fault> {
        let class = match operation.quota {
            Quota::None => return Ok(()),
            Quota::Class(class) => class,
            Quota::OfKey(member) => {
                let named = self.input.peek(member);
                let key = named.and_then(|named| self.kms.find(self.region, self.account, named).ok());
                key.map_or(RequestClass::Symmetric, |key| RequestClass::cryptographic(key.spec()))
            }
            Quota::OfPair => {
                let spec = self.input.peek("KeyPairSpec").and_then(DataKeyPairSpec::parse);
                spec.map_or(RequestClass::Symmetric, RequestClass::data_key_pair)
            }
        };
        self.take(self.region, class)
    }
}

impl From<KmsError> for Fault {
    fn from(error: KmsError) -> Self {
        if error.kind == KmsErrorKind::Internal {
            tracing::error!(error = &error as &dyn std::error::Error, "a request about keys failed");
            return Self::new(Code::INTERNAL, "An internal error occurred. Try again later.");
        }
        let status = if error.kind == KmsErrorKind::KeyUnavailable { 500 } else { 400 };
        Self::new(Code { name: error.kind.code(), status }, error.message)
    }
}
