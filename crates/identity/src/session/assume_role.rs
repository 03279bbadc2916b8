//! AssumeRole. <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use std::sync::Arc;

use larder_policy::Context;

use super::{MfaCode, SessionPolicies, TemporaryCredentials};
use crate::{Caller, ChangeError, Identity, Tag};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct AssumeRole {
    /// The role.
    pub role_arn: String,
    /// The session's name.
    pub session_name: String,
    /// For how long: 900 seconds to the role's longest session; an hour when it is not given.
    pub duration_seconds: Option<u32>,
    /// What the session is held to.
    pub policies: SessionPolicies,
    /// The session's tags.
    pub tags: Vec<Tag>,
    /// Keys of those tags that sessions made by this session get too.
    pub transitive_tag_keys: Vec<String>,
    /// What the role's owner asks for, against a confused deputy.
    pub external_id: Option<String>,
    /// Who is behind it all; stays with sessions made by this session.
    pub source_identity: Option<String>,
    /// A code of one of the caller's devices.
    pub mfa: Option<MfaCode>,
}

/// A session of a role.
#[derive(Clone, Debug)]
pub struct AssumedRole {
    /// What it signs with.
    pub credentials: TemporaryCredentials,
    /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`
    pub arn: Arc<str>,
    /// `AROA...:SESSION`
    pub id: Arc<str>,
    /// How much of what a token can hold is used, in percent.
    pub packed_policy_percent: u32,
    /// Who is behind it all.
    pub source_identity: Option<String>,
}

impl Identity {
    /// A session of a role, if its trust policy and the caller's own policies allow it. `context` has the condition keys of
    /// the request as such (`aws:SourceIp` ...); those of AssumeRole (`sts:ExternalId`, `aws:RequestTag` ...) are added here.
    ///
    /// # Errors
    /// `AccessDenied`, `ValidationError`, `MalformedPolicyDocument`, `PackedPolicyTooLarge`; when the store fails.
    pub async fn assume_role(
        &self,
        _caller: &Caller,
        _request: AssumeRole,
        _context: &dyn Context,
    ) -> Result<AssumedRole, ChangeError> {
        Err(ChangeError::Contended)
    }
}
