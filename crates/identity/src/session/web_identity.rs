//! AssumeRoleWithWebIdentity. <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>

use std::sync::Arc;

use larder_policy::Context;

use super::{SessionPolicies, TemporaryCredentials};
use crate::{ChangeError, Identity};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct AssumeRoleWithWebIdentity {
    /// The role.
    pub role_arn: String,
    /// The session's name.
    pub session_name: String,
    /// What an OpenID Connect provider gave out: a JWT.
    pub web_identity_token: String,
    /// For how long: 900 seconds to the role's longest session; an hour when it is not given.
    pub duration_seconds: Option<u32>,
    /// What the session is held to.
    pub policies: SessionPolicies,
}

/// A session of a role, for whom a provider vouches for.
#[derive(Clone, Debug)]
pub struct WebIdentityRole {
    /// What it signs with.
    pub credentials: TemporaryCredentials,
    /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`
    pub arn: Arc<str>,
    /// `AROA...:SESSION`
    pub id: Arc<str>,
    /// The token's `sub`.
    pub subject: String,
    /// The token's `azp`, or else its `aud`.
    pub audience: String,
    /// `arn:aws:iam::ACCOUNT:oidc-provider/URL`
    pub provider: String,
    /// How much of what a token can hold is used, in percent.
    pub packed_policy_percent: u32,
    /// Who is behind it all, from the token.
    pub source_identity: Option<String>,
}

impl Identity {
    /// A session of a role for somebody whom an OpenID Connect provider vouches for, if the role's trust policy allows it.
    /// Needs no credentials. `context` as for [`Identity::assume_role`].
    ///
    /// # Errors
    /// `AccessDenied`, `InvalidIdentityToken`, `ExpiredTokenException`, `IDPRejectedClaim`, `IDPCommunicationError`,
    /// `ValidationError`, `MalformedPolicyDocument`, `PackedPolicyTooLarge`.
    pub async fn assume_role_with_web_identity(
        &self,
        _request: AssumeRoleWithWebIdentity,
        _context: &dyn Context,
    ) -> Result<WebIdentityRole, ChangeError> {
        Err(ChangeError::Contended)
    }
}
