//! Long-term access keys.

use std::sync::Arc;

use larder_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::Who;
use crate::Secret;

/// Whether a key may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyStatus {
    /// It may.
    Active,
    /// It may not, until it is made active again.
    Inactive,
}

impl KeyStatus {
    /// `Active` or `Inactive`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
        }
    }
}

/// Where a key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOrigin {
    /// Among the accounts.
    Store,
    /// In the settings or in `root-credentials.toml`: changed there and nowhere else.
    Settings,
}

/// An access key. `Debug` hides the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// Its public half.
    pub id: Arc<str>,
    /// Its secret half.
    pub secret: Arc<Secret>,
    /// Whose it is.
    pub owner: Who,
    /// Whether it may be used.
    pub status: KeyStatus,
    /// When it was made.
    pub created: Timestamp,
    /// Where it is kept.
    pub origin: KeyOrigin,
}

/// When and for what a key or a role was last used. Noted late: see `Identity::flush_last_used`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUsed {
    /// When.
    pub at: Timestamp,
    /// The service, such as `s3`.
    pub service: Arc<str>,
    /// The region that the signature named.
    pub region: Arc<str>,
}
