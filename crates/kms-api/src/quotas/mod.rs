//! Service Quotas: what the quotas of KMS are, and asking the operator to raise them. Other services have none here.
//! <https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/Welcome.html>

mod increases;
mod show;

use std::future::Future;
use std::pin::Pin;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use larder_access::{CallerPolicies, GlobalContext};
use larder_identity::Caller;
use larder_kms::{Kms, QuotaError};
use larder_policy::{Context, Query, Values, evaluate};
use larder_types::{AccountId, Region};

use crate::denial;
use crate::operations::Answer;
use crate::protocol::{Code, Fault, Input, Output, rules};

/// The code of the one service that has quotas, and its name.
const SERVICE_CODE: &str = "kms";
const SERVICE_NAME: &str = "AWS Key Management Service (AWS KMS)";

type Run = for<'a> fn(&'a Request<'_>) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

macro_rules! table {
    ($($name:literal => $run:path,)*) => {
        &[$(($name, |request| Box::pin($run(request)))),*]
    };
}

static TABLE: &[(&str, Run)] = table! {
    "GetAWSDefaultServiceQuota" => show::get_default,
    "GetRequestedServiceQuotaChange" => increases::get,
    "GetServiceQuota" => show::get,
    "ListAWSDefaultServiceQuotas" => show::list_defaults,
    "ListRequestedServiceQuotaChangeHistory" => increases::list,
    "ListRequestedServiceQuotaChangeHistoryByQuota" => increases::list_by_quota,
    "ListServiceQuotas" => show::list,
    "ListServices" => show::list_services,
    "RequestServiceQuotaIncrease" => increases::request,
};

/// The operation of a name: its name, and what runs it.
pub(crate) fn find(name: &str) -> Option<&'static (&'static str, Run)> {
    TABLE.iter().find(|(known, _)| *known == name)
}

/// The names of all operations.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

/// A request.
pub(crate) struct Request<'a> {
    pub(crate) kms: &'a Kms,
    pub(crate) caller: &'a Caller,
    pub(crate) account: AccountId,
    pub(crate) region: &'a Region,
    pub(crate) input: Input,
    pub(crate) own: GlobalContext<'a>,
}

/// The global condition keys and `servicequotas:service`.
struct Keys<'a> {
    own: &'a GlobalContext<'a>,
    service: Option<&'a str>,
}

impl Context for Keys<'_> {
    fn get(&self, key: &str, suffix: Option<&str>) -> Option<Values<'_>> {
        match key {
            "servicequotas:service" => self.service.map(|service| Values::One(service.into())),
            _ => self.own.get(key, suffix),
        }
    }
}

impl Request<'_> {
    /// Requires the permission for an action, on one quota or on nothing in particular.
    fn allow(&self, action: &str, quota: Option<&str>) -> Result<(), Fault> {
        let action = format!("servicequotas:{action}");
        let service = self.input.peek("ServiceCode");
        let resource = quota.map_or_else(|| "*".to_owned(), |quota| self.arn(service.unwrap_or_default(), quota));
        let query = Query {
            principal: &self.caller.principal,
            action: &action,
            resource: &resource,
            resource_account: self.account,
            context: &Keys { own: &self.own, service },
        };
        let decision = evaluate(&query, &CallerPolicies::of(self.caller).documents());
        if decision.allowed {
            return Ok(());
        }
        tracing::debug!(action, resource, reason = ?decision.reason, "denied");
        Err(denial::of_own(self.caller, &action, &resource, &decision.reason, || true))
    }

    fn arn(&self, service: &str, quota: &str) -> String {
        format!("arn:aws:servicequotas:{}:{}:{service}/{quota}", self.region, self.account)
    }

    /// The service that the request names, and whether it is the one that has quotas.
    fn service(&self) -> Result<&str, Fault> {
        self.input.required("ServiceCode", &rules::SERVICE_CODE)
    }

    /// A page of a list: the members, and the token of the next one. The token is the number of those shown.
    fn page<'b, T>(&self, all: &'b [T]) -> Result<(&'b [T], Option<String>), Fault> {
        let size = self.input.number("MaxResults", 1..=100)?.unwrap_or(100) as usize;
        let token = self.input.text("NextToken", &rules::NEXT_TOKEN)?.filter(|token| !token.is_empty());
        let read = |token: &str| -> Option<usize> {
            let bytes = STANDARD.decode(token).ok()?;
            std::str::from_utf8(&bytes).ok()?.parse().ok().filter(|shown| *shown <= all.len())
        };
        let shown = match token {
            Some(token) => read(token).ok_or_else(|| {
                Fault::new(Code::INVALID_PAGINATION_TOKEN, "The request failed because the token is invalid.")
            })?,
            None => 0,
        };
        let end = all.len().min(shown + size);
        Ok((&all[shown..end], (end < all.len()).then(|| STANDARD.encode(end.to_string()))))
    }
}

fn list(name: &str, items: impl IntoIterator<Item = Output>, next: Option<String>) -> Output {
    Output::new().list(name, items).maybe("NextToken", next)
}

fn no_such_resource() -> Fault {
    Fault::new(Code::NO_SUCH_RESOURCE, "The request failed because the specified service or quota does not exist.")
}

impl From<QuotaError> for Fault {
    fn from(error: QuotaError) -> Self {
        match error {
            QuotaError::NoSuchResource => no_such_resource(),
            QuotaError::IllegalArgument(message) => Self::new(Code::ILLEGAL_ARGUMENT, message),
            QuotaError::AlreadyPending => Self::new(Code::RESOURCE_ALREADY_EXISTS, error.to_string()),
            QuotaError::Decided => Self::new(Code::ILLEGAL_ARGUMENT, error.to_string()),
            QuotaError::Kms(error) => error.into(),
        }
    }
}

/// A refusal in the codes that Service Quotas has.
pub(crate) fn own_code(fault: Fault) -> Fault {
    let code = match fault.code {
        Code::VALIDATION | Code::UNSUPPORTED_OPERATION => Code::ILLEGAL_ARGUMENT,
        Code::INTERNAL => Code::SERVICE,
        code => code,
    };
    Fault { code, ..fault }
}
