//! Virtual MFA devices.

use std::sync::Arc;

use larder_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Tag, Who};
use crate::Secret;

/// Whom a device belongs to, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Whom.
    pub who: Who,
    /// Since when.
    pub enabled: Timestamp,
}

/// A virtual MFA device. `Debug` hides the seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaDevice {
    /// Its name.
    pub name: Arc<str>,
    /// Its path.
    pub path: Arc<str>,
    /// When it was made.
    pub created: Timestamp,
    /// Its tags, in the order they were first given.
    pub tags: Vec<Tag>,
    /// 64 characters of base32.
    pub seed: Arc<Secret>,
    /// Whom it belongs to; `None` until it is enabled, and after it was deactivated.
    pub assigned: Option<Assignment>,
    /// The time step of the newest code that was accepted: no code of this or an earlier step is good.
    pub last_step: u64,
    /// By how many steps its clock was off when it was last synchronized.
    pub drift: i32,
    /// How many wrong codes were given since the last good one.
    pub wrong_codes: u8,
    /// Until when no code is looked at, after too many wrong ones.
    pub locked_until: Option<Timestamp>,
}

impl MfaDevice {
    /// `arn:aws:iam::ACCOUNT:mfa/PATH/NAME`, which is also its serial number.
    #[must_use]
    pub fn arn(&self, account: AccountId) -> String {
        format!("arn:aws:iam::{account}:mfa{}{}", self.path, self.name)
    }
}
