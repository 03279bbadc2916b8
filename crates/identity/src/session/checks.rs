//! What all requests for a session have in common.

use larder_policy::Kind;
use zeroize::Zeroize;

use super::token::{PACKED_LIMIT, SessionBody};
use super::{MfaCode, SessionPolicies, TemporaryCredentials};
use crate::model::{Document, Who};
use crate::state::AccountState;
use crate::{Caller, ChangeError, IamError, IamErrorKind, Identity, Tag, ids};

/// Characters of a session's document. AWS counts those of the managed policies with them, which whoever passes an ARN
/// cannot know; the token holds only their ARNs.
const MAX_POLICY_CHARACTERS: usize = 2_048;
const MAX_POLICY_ARNS: usize = 10;

pub(super) fn denied(message: impl Into<String>) -> IamError {
    IamError::new(IamErrorKind::AccessDenied, message)
}

/// A duration in seconds within bounds.
pub(super) fn duration(seconds: u32, shortest: u32, longest: u32) -> Result<u32, IamError> {
    let bound = match seconds {
        _ if seconds < shortest => format!("greater than or equal to {shortest}"),
        _ if seconds > longest => format!("less than or equal to {longest}"),
        _ => return Ok(seconds),
    };
    Err(IamError::invalid(format!(
        "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have \
         value {bound}"
    )))
}

/// A name of a session or federated user, or a source identity: `[\w+=,.@-]{2,longest}`.
pub(super) fn session_name(what: &str, value: &str, longest: usize) -> Result<(), IamError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if value.len() < 2 || value.len() > longest || !value.chars().all(fits) {
        return Err(IamError::invalid(format!(
            "1 validation error detected: Value '{value}' at '{what}' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [\\w+=,.@-]{{2,{longest}}}"
        )));
    }
    Ok(())
}

/// The tags of a session and which of them go on to further sessions.
pub(super) fn tags(tags: &[Tag], transitive: &[String]) -> Result<(), IamError> {
    crate::state::check_tags(tags, "Session")?;
    let known = |key: &String| tags.iter().any(|tag| tag.key.eq_ignore_ascii_case(key));
    match transitive.iter().find(|key| !known(key)) {
        None => Ok(()),
        Some(key) => Err(IamError::invalid(format!(
            "The specified transitive tag key must be included in the requested tags: {key}"
        ))),
    }
}

/// The policies of a session, for the account that it acts in.
pub(super) fn policies(policies: &SessionPolicies, state: &AccountState) -> Result<(), IamError> {
    if let Some(text) = &policies.document {
        let characters = text.chars().count();
        if characters == 0 || characters > MAX_POLICY_CHARACTERS {
            return Err(IamError::invalid(format!(
                "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less \
                 than or equal to {MAX_POLICY_CHARACTERS}"
            )));
        }
        Document::parse(text, Kind::Identity)?;
    }
    if policies.arns.len() > MAX_POLICY_ARNS {
        return Err(IamError::invalid(format!(
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length less \
             than or equal to {MAX_POLICY_ARNS}"
        )));
    }
    match policies.arns.iter().find(|arn| state.find_policy(arn).is_none()) {
        None => Ok(()),
        Some(arn) => {
            Err(IamError::invalid(format!("The specified policy ARN does not exist or is not attachable: {arn}")))
        }
    }
}

/// Who of the account makes the request, when it is a user or the root user itself.
pub(super) fn who(caller: &Caller) -> Option<Who> {
    match &caller.principal {
        larder_policy::Principal::Root { .. } => Some(Who::Root),
        larder_policy::Principal::User { id, .. } => Some(Who::User(std::sync::Arc::clone(id))),
        _ => None,
    }
}

impl Identity {
    /// Seals a session.
    pub(super) fn issue(&self, mut body: SessionBody) -> Result<Issued, IamError> {
        let used = body.packed_size();
        if used > PACKED_LIMIT {
            let percent = used * 100 / PACKED_LIMIT;
            let message = format!("Packed policy consumes {percent}% of allotted space, please use smaller policy.");
            return Err(IamError::new(IamErrorKind::PackedPolicyTooLarge, message));
        }
        let rng = &*self.shared.rng;
        let access_key_id = ids::access_key_id(rng, "ASIA");
        let secret = ids::secret_access_key(rng);
        secret.expose().clone_into(&mut body.secret);
        let session_token = body.seal(&self.shared.sealer, rng, &access_key_id).into();
        body.secret.zeroize();
        Ok(Issued {
            credentials: TemporaryCredentials {
                access_key_id,
                secret: std::sync::Arc::new(secret),
                session_token,
                expires: body.expires,
            },
            packed_policy_percent: u32::try_from((used * 100).div_ceil(PACKED_LIMIT)).unwrap_or(100),
        })
    }

    /// Uses up a code, in the words of STS.
    pub(super) async fn require_mfa(&self, caller: &Caller, mfa: &MfaCode) -> Result<(), ChangeError> {
        let unknown = || {
            denied(
                "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is \
                 valid and associated with this user.",
            )
        };
        let (Some(who), Some(account)) = (who(caller), caller.principal.account()) else {
            return Err(unknown().into());
        };
        match self.verify_mfa(account, &who, &mfa.serial, &mfa.code).await {
            Err(ChangeError::Refused(error)) => Err(match error.kind {
                IamErrorKind::NoSuchEntity => unknown(),
                _ => denied("MultiFactorAuthentication failed with invalid MFA one time pass code. "),
            }
            .into()),
            other => other,
        }
    }
}

/// A session that was made.
pub(super) struct Issued {
    pub(super) credentials: TemporaryCredentials,
    pub(super) packed_policy_percent: u32,
}
