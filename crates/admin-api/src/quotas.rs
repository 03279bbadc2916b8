//! The operations on requests to raise quotas.

use http::StatusCode;
use larder_kms::{QuotaError, QuotaRequestStatus};

use crate::AdminApi;
use crate::messages::{DecideQuotaRequest, ListQuotaRequests, QuotaRequest, QuotaRequests};
use crate::refusal::AdminError;

/// What an operator says to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Approve,
    Deny,
}

pub(crate) fn list(api: &AdminApi, request: ListQuotaRequests) -> QuotaRequests {
    let found = api.kms.quota_requests().into_iter();
    let wanted = found.filter(|found| request.all || found.status == QuotaRequestStatus::Pending);
    QuotaRequests { requests: wanted.map(|found| shown(api, &found)).collect() }
}

pub(crate) async fn decide(
    api: &AdminApi,
    request: DecideQuotaRequest,
    decision: Decision,
) -> Result<QuotaRequest, AdminError> {
    let decided = api.kms.decide_quota_request(&request.id, decision == Decision::Approve).await;
    let decided = decided.map_err(|error| match error {
        QuotaError::NoSuchResource => {
            let message = format!("there is no request {}", request.id);
            AdminError::new(StatusCode::NOT_FOUND, "NotFoundException", message)
        }
        QuotaError::Decided => {
            let message = format!("request {} was decided already", request.id);
            AdminError::new(StatusCode::CONFLICT, "ConflictException", message)
        }
        QuotaError::IllegalArgument(_) | QuotaError::AlreadyPending => AdminError::invalid(error.to_string()),
        QuotaError::Kms(error) => AdminError::internal(&error),
    })?;
    Ok(shown(api, &decided))
}

fn shown(api: &AdminApi, request: &larder_kms::QuotaRequest) -> QuotaRequest {
    let quota = api.kms.quota(request.account, &request.region, &request.code).ok();
    QuotaRequest {
        id: request.id.to_string(),
        account_id: request.account.to_string(),
        region: request.region.to_string(),
        quota_code: request.code.to_string(),
        quota_name: quota.map_or(String::new(), |quota| quota.name.to_owned()),
        // JSON has no infinity.
        value: quota.map(|quota| quota.value).filter(|value| value.is_finite()),
        desired_value: request.desired,
        requester: request.requester.to_string(),
        status: request.status.as_str().to_owned(),
        created: request.created.to_jiff_seconds().to_string(),
        updated: request.updated.to_jiff_seconds().to_string(),
    }
}
