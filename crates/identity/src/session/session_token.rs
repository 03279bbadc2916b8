//! GetSessionToken. <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>

use super::token::{Actor, SessionBody};
use super::{MfaCode, TemporaryCredentials, checks};
use crate::{Caller, ChangeError, Identity, Who};

pub(super) const SHORTEST: u32 = 900;
pub(super) const LONGEST: u32 = 129_600;
pub(super) const LONGEST_OF_ROOT: u32 = 3_600;
pub(super) const DEFAULT: u32 = 43_200;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct GetSessionToken {
    /// For how long: 900 to 129,600 seconds, twelve hours when it is not given; for the root user at most an hour.
    pub duration_seconds: Option<u32>,
    /// A code of one of the caller's devices.
    pub mfa: Option<MfaCode>,
}

impl Identity {
    /// Temporary credentials for the caller itself.
    ///
    /// # Errors
    /// `AccessDenied` for a session or a wrong code, `ValidationError`; when the store fails.
    pub async fn get_session_token(
        &self,
        caller: &Caller,
        request: GetSessionToken,
    ) -> Result<TemporaryCredentials, ChangeError> {
        if caller.session.is_some() {
            return Err(checks::denied("Cannot call GetSessionToken with session credentials").into());
        }
        let (Some(who), Some(account)) = (checks::who(caller), caller.principal.account()) else {
            return Err(checks::denied("Access denied").into());
        };
        let seconds = checks::duration(request.duration_seconds.unwrap_or(DEFAULT), SHORTEST, LONGEST)?;
        let (actor, seconds) = match who {
            // Longer ones are cut, as AWS does.
            Who::Root => (Actor::Root, seconds.min(LONGEST_OF_ROOT)),
            Who::User(id) => (Actor::User { id: id.as_ref().to_owned() }, seconds),
        };
        let mut body = SessionBody::new(account, actor, self.now(), seconds);
        if let Some(mfa) = &request.mfa {
            self.require_mfa(caller, mfa).await?;
            body.mfa_at = Some(body.issued);
        }
        Ok(self.issue(body)?.credentials)
    }
}
