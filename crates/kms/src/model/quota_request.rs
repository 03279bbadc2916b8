//! Requests to raise a quota.

use std::sync::Arc;

use larder_types::{AccountId, Region, Timestamp};
use serde::{Deserialize, Serialize};

/// A request to raise a quota of an account in a region. The operator decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuotaRequest {
    /// 32 hexadecimal digits.
    pub id: Arc<str>,
    /// Whose quota.
    pub account: AccountId,
    /// Where.
    pub region: Region,
    /// Which: `L-...`.
    pub code: Arc<str>,
    /// What it is to be.
    pub desired: f64,
    /// The ARN of who asked.
    pub requester: Arc<str>,
    /// What became of it.
    pub status: QuotaRequestStatus,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuotaRequestStatus {
    /// Nobody has decided yet.
    Pending,
    /// The operator approved it, and the quota is raised.
    Approved,
    /// The operator denied it.
    Denied,
}

impl QuotaRequestStatus {
    /// `PENDING`, `APPROVED` or `DENIED`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Denied => "DENIED",
        }
    }
}
