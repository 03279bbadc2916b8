//! ListServices, ListServiceQuotas, GetServiceQuota, and AWS's defaults.

use larder_kms::Quota;

use super::{Request, SERVICE_CODE, SERVICE_NAME, list as page_of, no_such_resource};
use crate::operations::Answer;
use crate::protocol::named::{AppliedLevel, Named};
use crate::protocol::{Fault, Output, rules};

/// The largest figure that clients know: what an endless quota is shown as.
const MOST: f64 = 1e10;

/// Which of a quota's figures is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    Applied,
    Default,
}

pub(super) fn shown(request: &Request<'_>, quota: &Quota, figure: Figure) -> Output {
    let (value, arn) = match figure {
        Figure::Applied => (quota.value, request.arn(SERVICE_CODE, quota.code)),
        // Defaults are nobody's.
        Figure::Default => {
            (quota.default, format!("arn:aws:servicequotas:{}::{SERVICE_CODE}/{}", request.region, quota.code))
        }
    };
    let output = Output::new()
        .with("ServiceCode", SERVICE_CODE)
        .with("ServiceName", SERVICE_NAME)
        .with("QuotaArn", arn)
        .with("QuotaCode", quota.code)
        .with("QuotaName", quota.name)
        .with("Value", value.min(MOST))
        .with("Unit", "None")
        .with("Adjustable", quota.adjustable)
        .with("GlobalQuota", false)
        .with("QuotaAppliedAtLevel", "ACCOUNT");
    if quota.is_rate {
        return output.with("Period", Output::new().with("PeriodValue", 1).with("PeriodUnit", "SECOND"));
    }
    output
}

pub(super) async fn list_services(request: &Request<'_>) -> Answer {
    let services = [Output::new().with("ServiceCode", SERVICE_CODE).with("ServiceName", SERVICE_NAME)];
    let (services, next) = request.page(&services)?;
    request.allow("ListServices", None)?;
    Ok(Some(page_of("Services", services.iter().cloned(), next)))
}

fn one(request: &Request<'_>, action: &str, figure: Figure) -> Answer {
    let service = request.service()?;
    let code = request.input.required("QuotaCode", &rules::QUOTA_CODE)?;
    request.allow(action, None)?;
    if service != SERVICE_CODE {
        return Err(no_such_resource());
    }
    let quota = request.kms.quota(request.account, request.region, code)?;
    Ok(Some(Output::new().with("Quota", shown(request, &quota, figure))))
}

pub(super) async fn get(request: &Request<'_>) -> Answer {
    one(request, "GetServiceQuota", Figure::Applied)
}

pub(super) async fn get_default(request: &Request<'_>) -> Answer {
    one(request, "GetAWSDefaultServiceQuota", Figure::Default)
}

fn several(request: &Request<'_>, action: &str, figure: Figure) -> Answer {
    let service = request.service()?;
    let code = request.input.text("QuotaCode", &rules::QUOTA_CODE)?;
    let level = request.input.named::<AppliedLevel>("QuotaAppliedAtLevel")?;
    request.allow(action, None)?;
    if service != SERVICE_CODE {
        return Err(no_such_resource());
    }
    let of_accounts = level.is_none_or(|level| level.name() != "RESOURCE");
    let quotas = request.kms.quotas(request.account, request.region);
    let wanted: Vec<&Quota> =
        quotas.iter().filter(|quota| of_accounts && code.is_none_or(|code| code == quota.code)).collect();
    let (quotas, next) = request.page(&wanted)?;
    Ok(Some(page_of("Quotas", quotas.iter().map(|quota| shown(request, quota, figure)), next)))
}

pub(super) async fn list(request: &Request<'_>) -> Answer {
    several(request, "ListServiceQuotas", Figure::Applied)
}

pub(super) async fn list_defaults(request: &Request<'_>) -> Answer {
    several(request, "ListAWSDefaultServiceQuotas", Figure::Default)
}

/// The quota that a request to raise one is about.
pub(super) fn quota_of(request: &Request<'_>, code: &str) -> Result<Quota, Fault> {
    Ok(request.kms.quota(request.account, request.region, code)?)
}
