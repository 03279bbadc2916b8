//! A request to raise a quota.

use std::sync::Arc;

use larder_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::Record;
use crate::model::{QuotaRequest, QuotaRequestStatus};
use crate::state::Place;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct QuotaRequestRecord {
    code: Arc<str>,
    desired: f64,
    requester: Arc<str>,
    status: QuotaRequestStatus,
    created: Timestamp,
    updated: Timestamp,
}

impl Record for QuotaRequestRecord {
    const NAME: &'static str = "quota request";
    const VERSION: u8 = 1;
}

impl QuotaRequestRecord {
    pub(crate) fn of(request: &QuotaRequest) -> Self {
        Self {
            code: Arc::clone(&request.code),
            desired: request.desired,
            requester: Arc::clone(&request.requester),
            status: request.status,
            created: request.created,
            updated: request.updated,
        }
    }

    pub(crate) fn into_request(self, id: &str, (account, region): Place) -> QuotaRequest {
        QuotaRequest {
            id: id.into(),
            account,
            region,
            code: self.code,
            desired: self.desired,
            requester: self.requester,
            status: self.status,
            created: self.created,
            updated: self.updated,
        }
    }
}
