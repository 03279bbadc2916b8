//! GetSessionToken. <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>

use super::{MfaCode, TemporaryCredentials};
use crate::{Caller, ChangeError, Identity};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct GetSessionToken {
    /// For how long: 900 to 129,600 seconds, for the root user at most 3,600.
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
        _caller: &Caller,
        _request: GetSessionToken,
    ) -> Result<TemporaryCredentials, ChangeError> {
        Err(ChangeError::Contended)
    }
}
