//! GetFederationToken. <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>

use std::sync::Arc;

use super::session_token::{DEFAULT, LONGEST, LONGEST_OF_ROOT, SHORTEST};
use super::token::{Actor, SessionBody};
use super::{SessionPolicies, TemporaryCredentials, checks};
use crate::{Caller, ChangeError, Identity, Tag, Who};

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
        caller: &Caller,
        request: GetFederationToken,
    ) -> Result<FederatedUser, ChangeError> {
        if caller.session.is_some() {
            return Err(checks::denied("Cannot call GetFederationToken with session credentials").into());
        }
        let (Some(who), Some(account)) = (checks::who(caller), caller.principal.account()) else {
            return Err(checks::denied("Access denied").into());
        };
        checks::session_name("name", &request.name, 32)?;
        checks::tags(&request.tags, &[])?;
        let seconds = checks::duration(request.duration_seconds.unwrap_or(DEFAULT), SHORTEST, LONGEST)?;
        let directory = self.directory();
        let state = directory.account(account).ok_or(ChangeError::NoSuchAccount(account))?;
        checks::policies(&request.policies, state)?;
        let (user, seconds) = match who {
            Who::Root => (None, seconds.min(LONGEST_OF_ROOT)),
            Who::User(id) => (Some(id.as_ref().to_owned()), seconds),
        };
        let actor = Actor::Federated { name: request.name.clone(), user };
        let mut body = SessionBody::new(account, actor, self.now(), seconds);
        body.document = request.policies.document;
        body.arns = request.policies.arns;
        body.tags = request.tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        let issued = self.issue(body)?;
        Ok(FederatedUser {
            credentials: issued.credentials,
            arn: format!("arn:aws:sts::{account}:federated-user/{}", request.name).into(),
            id: format!("{account}:{}", request.name).into(),
            packed_policy_percent: issued.packed_policy_percent,
        })
    }
}
