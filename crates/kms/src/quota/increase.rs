//! Showing quotas and raising them.
//! <https://docs.aws.amazon.com/servicequotas/latest/userguide/intro.html>

use std::sync::Arc;

use larder_types::{AccountId, Region};

use super::limit::raised;
use super::{Limit, RequestClass};
use crate::model::{QuotaRequest, QuotaRequestStatus};
use crate::state::State;
use crate::{Kms, KmsError, ids};

/// More than anybody needs; a number beyond would not be one any more.
const MAX_VALUE: f64 = 1e9;

/// A quota of an account in a region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// Its code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is: requests in a second, or how many of something.
    pub value: f64,
    /// What it is when nobody raised it.
    pub default: f64,
    /// Whether it can be raised.
    pub adjustable: bool,
    /// Whether it is about requests.
    pub is_rate: bool,
}

/// Why a quota is not shown or not raised.
#[derive(Clone, Debug, thiserror::Error)]
pub enum QuotaError {
    /// `NoSuchResourceException`: no quota of this code, or no request of this id.
    #[error("the quota or the request does not exist")]
    NoSuchResource,
    /// `IllegalArgumentException`.
    #[error("{0}")]
    IllegalArgument(&'static str),
    /// `ResourceAlreadyExistsException`: a request for this quota is pending.
    #[error("Only one open service quota increase request is allowed per quota.")]
    AlreadyPending,
    /// The request was decided before.
    #[error("the request was decided already")]
    Decided,
    /// The store failed.
    #[error(transparent)]
    Kms(#[from] KmsError),
}

impl Kms {
    /// All quotas of an account in a region. Rates are infinite when nothing is throttled.
    #[must_use]
    pub fn quotas(&self, account: AccountId, region: &Region) -> Vec<Quota> {
        let (state, buckets) = (self.state(), &self.shared.buckets);
        let of_class = |class: &RequestClass| Quota {
            code: class.code(),
            name: class.name(),
            value: buckets.rate(&state, account, region, *class),
            default: buckets.default_rate(region, *class),
            adjustable: true,
            is_rate: true,
        };
        let of_limit = |limit: Limit| Quota {
            code: limit.code(),
            name: limit.name(),
            value: raised(&state, account, region, limit.code()).unwrap_or(limit.default_value() as f64),
            default: limit.default_value() as f64,
            adjustable: limit.is_adjustable(),
            is_rate: false,
        };
        RequestClass::ALL.iter().map(of_class).chain(Limit::ALL.into_iter().map(of_limit)).collect()
    }

    /// A quota by its code.
    ///
    /// # Errors
    /// [`QuotaError::NoSuchResource`].
    pub fn quota(&self, account: AccountId, region: &Region, code: &str) -> Result<Quota, QuotaError> {
        let found = self.quotas(account, region).into_iter().find(|quota| quota.code == code);
        found.ok_or(QuotaError::NoSuchResource)
    }

    /// Asks the operator to raise a quota. `requester` is the ARN of who asks.
    ///
    /// # Errors
    /// [`QuotaError`]: only to more than it is, and one request at a time.
    pub async fn request_quota_increase(
        &self,
        account: AccountId,
        region: &Region,
        code: &str,
        desired: f64,
        requester: &str,
    ) -> Result<Arc<QuotaRequest>, QuotaError> {
        let quota = self.quota(account, region, code)?;
        if !quota.adjustable {
            return Err(QuotaError::IllegalArgument("The quota is not adjustable."));
        }
        if !desired.is_finite() || desired <= quota.value || desired > MAX_VALUE {
            return Err(QuotaError::IllegalArgument(
                "The desired value must be greater than the current value of the quota.",
            ));
        }
        let made = self.change(|state, change| {
            let of_same = |request: &QuotaRequest| {
                request.account == account && request.region == *region && *request.code == *code
            };
            let pending = |request: &QuotaRequest| request.status == QuotaRequestStatus::Pending;
            if state.quota_requests.values().any(|request| of_same(request) && pending(request)) {
                return Ok(None);
            }
            let request = Arc::new(QuotaRequest {
                id: ids::request_id(change.rng),
                account,
                region: region.clone(),
                code: code.into(),
                desired,
                requester: requester.into(),
                status: QuotaRequestStatus::Pending,
                created: change.now,
                updated: change.now,
            });
            put(state, &request);
            Ok(Some(request))
        });
        made.await?.ok_or(QuotaError::AlreadyPending)
    }

    /// All requests to raise quotas, the oldest first.
    #[must_use]
    pub fn quota_requests(&self) -> Vec<Arc<QuotaRequest>> {
        let mut requests: Vec<_> = self.state().quota_requests.values().cloned().collect();
        requests.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        requests
    }

    /// A request by its id.
    ///
    /// # Errors
    /// [`QuotaError::NoSuchResource`].
    pub fn quota_request(&self, id: &str) -> Result<Arc<QuotaRequest>, QuotaError> {
        self.state().quota_requests.get(id).cloned().ok_or(QuotaError::NoSuchResource)
    }

    /// Decides about a request: what is approved counts from the next request on.
    ///
    /// # Errors
    /// [`QuotaError::NoSuchResource`], [`QuotaError::Decided`], or the store's.
    pub async fn decide_quota_request(&self, id: &str, approve: bool) -> Result<Arc<QuotaRequest>, QuotaError> {
        let decided = self.change(|state, change| {
            let Some(request) = state.quota_requests.get(id) else { return Ok(Err(QuotaError::NoSuchResource)) };
            if request.status != QuotaRequestStatus::Pending {
                return Ok(Err(QuotaError::Decided));
            }
            let status = if approve { QuotaRequestStatus::Approved } else { QuotaRequestStatus::Denied };
            let request = Arc::new(QuotaRequest { status, updated: change.now, ..QuotaRequest::clone(request) });
            put(state, &request);
            if approve {
                let place = (request.account, request.region.clone(), Arc::clone(&request.code));
                Arc::make_mut(&mut state.applied_quotas).insert(place, request.desired);
            }
            Ok(Ok(request))
        });
        decided.await?
    }
}

fn put(state: &mut State, request: &Arc<QuotaRequest>) {
    Arc::make_mut(&mut state.quota_requests).insert(Arc::clone(&request.id), Arc::clone(request));
}
