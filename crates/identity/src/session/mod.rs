//! Temporary credentials: STS.
//!
//! Nothing of a session is stored: its token is sealed and holds everything, and is checked against the accounts as they are
//! when it is used. A session ends with its time, its user or role, or its account.

mod checks;
mod message;
pub(crate) mod opened;
mod question;
pub(crate) mod token;

mod assume_role;
mod federation;
mod session_token;
mod web_identity;

use std::fmt;
use std::sync::Arc;

use larder_types::Timestamp;

use crate::Secret;

pub use assume_role::{AssumeRole, AssumedRole};
pub use federation::{FederatedUser, GetFederationToken};
pub use session_token::GetSessionToken;
pub use web_identity::{AssumeRoleWithWebIdentity, WebIdentityRole};

/// A code of an MFA device. `Debug` hides it.
#[derive(Clone)]
pub struct MfaCode {
    /// The device's serial number.
    pub serial: String,
    /// Six digits.
    pub code: String,
}

impl fmt::Debug for MfaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MfaCode").field("serial", &self.serial).finish_non_exhaustive()
    }
}

/// The policies that a session is held to, as they are passed.
#[derive(Clone, Debug, Default)]
pub struct SessionPolicies {
    /// A document.
    pub document: Option<String>,
    /// ARNs of managed policies of the account that the session acts in.
    pub arns: Vec<String>,
}

/// What a session signs with. `Debug` hides what is secret.
#[derive(Clone)]
pub struct TemporaryCredentials {
    /// `ASIA...`
    pub access_key_id: Arc<str>,
    /// The secret.
    pub secret: Arc<Secret>,
    /// To be sent along with each request. As good as the secret for whoever has both.
    pub session_token: Arc<str>,
    /// Until when they are good.
    pub expires: Timestamp,
}

impl fmt::Debug for TemporaryCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, expires) = (&self.access_key_id, &self.expires);
        f.debug_struct("TemporaryCredentials")
            .field("access_key_id", id)
            .field("expires", expires)
            .finish_non_exhaustive()
    }
}
