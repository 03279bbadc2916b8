//! RequestServiceQuotaIncrease, and what became of requests. The operator decides.

use std::sync::Arc;

use larder_kms::QuotaRequest;

use super::show::quota_of;
use super::{Request, SERVICE_CODE, SERVICE_NAME, list as page_of, no_such_resource};
use crate::operations::Answer;
use crate::protocol::named::{AppliedLevel, Named, RequestStatus};
use crate::protocol::{Fault, Output, rules};

pub(super) async fn request(request: &Request<'_>) -> Answer {
    let input = &request.input;
    let service = request.service()?;
    let code = input.required("QuotaCode", &rules::QUOTA_CODE)?;
    let desired = input.decimal("DesiredValue")?.ok_or_else(|| input.missing("DesiredValue"))?;
    if !(0.0..=1e10).contains(&desired) {
        return Err(Fault::invalid("The desired value must be between 0 and 10000000000."));
    }
    input.truth("SupportCaseAllowed")?;
    let context = input.text("ContextId", &rules::ANY)?;
    request.allow("RequestServiceQuotaIncrease", Some(code))?;
    if service != SERVICE_CODE {
        return Err(no_such_resource());
    }
    if context.is_some() {
        return Err(Fault::invalid("The quota is not applied to a resource."));
    }
    let requester = request.caller.principal.arn();
    let asked = request.kms.request_quota_increase(request.account, request.region, code, desired, &requester).await?;
    Ok(Some(Output::new().with("RequestedQuota", shown(request, &asked)?)))
}

pub(super) async fn get(request: &Request<'_>) -> Answer {
    let id = request.input.required("RequestId", &rules::REQUEST_ID)?;
    request.allow("GetRequestedServiceQuotaChange", None)?;
    let found = request.kms.quota_request(id)?;
    if !is_own(request, &found) {
        return Err(no_such_resource());
    }
    Ok(Some(Output::new().with("RequestedQuota", shown(request, &found)?)))
}

pub(super) async fn list(request: &Request<'_>) -> Answer {
    let service = request.input.text("ServiceCode", &rules::SERVICE_CODE)?;
    history(request, "ListRequestedServiceQuotaChangeHistory", service, None)
}

pub(super) async fn list_by_quota(request: &Request<'_>) -> Answer {
    let service = request.service()?;
    let code = request.input.required("QuotaCode", &rules::QUOTA_CODE)?;
    history(request, "ListRequestedServiceQuotaChangeHistoryByQuota", Some(service), Some(code))
}

fn history(request: &Request<'_>, action: &str, service: Option<&str>, code: Option<&str>) -> Answer {
    let status = request.input.named::<RequestStatus>("Status")?;
    let level = request.input.named::<AppliedLevel>("QuotaRequestedAtLevel")?;
    request.allow(action, None)?;
    if service.is_some_and(|service| service != SERVICE_CODE) {
        return Err(no_such_resource());
    }
    if let Some(code) = code {
        quota_of(request, code)?;
    }
    let of_accounts = level.is_none_or(|level| level.name() != "RESOURCE");
    let is_wanted = |asked: &Arc<QuotaRequest>| {
        of_accounts
            && is_own(request, asked)
            && code.is_none_or(|code| *asked.code == *code)
            && status.is_none_or(|status| status.name() == asked.status.as_str())
    };
    let all: Vec<_> = request.kms.quota_requests().into_iter().filter(is_wanted).collect();
    let (some, next) = request.page(&all)?;
    let shown = some.iter().map(|asked| shown(request, asked)).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(page_of("RequestedQuotas", shown, next)))
}

fn is_own(request: &Request<'_>, asked: &QuotaRequest) -> bool {
    asked.account == request.account && asked.region == *request.region
}

fn shown(request: &Request<'_>, asked: &QuotaRequest) -> Result<Output, Fault> {
    let quota = quota_of(request, &asked.code)?;
    let output = Output::new()
        .with("Id", &*asked.id)
        .with("ServiceCode", SERVICE_CODE)
        .with("ServiceName", SERVICE_NAME)
        .with("QuotaCode", &*asked.code)
        .with("QuotaName", quota.name)
        .with("DesiredValue", asked.desired)
        .with("Status", asked.status.as_str())
        .time("Created", asked.created)
        .time("LastUpdated", asked.updated)
        .with("Requester", format!(r#"{{"accountId":"{}","callerArn":"{}"}}"#, asked.account, asked.requester))
        .with("QuotaArn", request.arn(SERVICE_CODE, &asked.code))
        .with("GlobalQuota", false)
        .with("Unit", "None")
        .with("QuotaRequestedAtLevel", "ACCOUNT");
    Ok(output)
}
