//! AssumeRole. <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use std::sync::Arc;

use larder_policy::{Context, Documents, Named, Principal, Query, evaluate};
use larder_types::AccountId;

use super::question::Question;
use super::token::{Actor, SessionBody};
use super::{MfaCode, SessionPolicies, TemporaryCredentials, checks};
use crate::model::Role;
use crate::{Caller, CallerPolicies, ChangeError, IamError, Identity, Tag};

const SHORTEST: u32 = 900;
const LONGEST: u32 = 43_200;
const DEFAULT: u32 = 3_600;
/// The longest session that a session can make.
const LONGEST_IN_CHAIN: u32 = 3_600;

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
        caller: &Caller,
        request: AssumeRole,
        context: &dyn Context,
    ) -> Result<AssumedRole, ChangeError> {
        let seconds = check(caller, &request)?;
        // A code is used up before anything is said about the role.
        if let Some(mfa) = &request.mfa {
            self.require_mfa(caller, mfa).await?;
        }
        let directory = self.directory();
        let found = directory.role_by_arn(&request.role_arn);
        let (state, role) = found.ok_or_else(|| denied(caller, "sts:AssumeRole", &request.role_arn))?;
        let (tags, transitive_tag_keys) = session_tags(caller, &request)?;
        let source_identity = source_identity(caller, &request)?;

        let mut question = Question::new(context, state.id(), &request.tags);
        question.one("sts:rolesessionname", request.session_name.as_str());
        question.maybe("sts:externalid", request.external_id.as_ref());
        question.maybe("sts:sourceidentity", source_identity.as_ref());
        if !request.transitive_tag_keys.is_empty() {
            question.many("sts:transitivetagkeys", request.transitive_tag_keys.iter().map(String::as_str));
        }
        if request.mfa.is_some() {
            question.one("aws:multifactorauthpresent", "true");
            question.one("aws:multifactorauthage", "0");
        }
        let trusted = Trusted { caller, role, account: state.id(), context: &question };
        trusted.require("sts:AssumeRole")?;
        if !tags.is_empty() {
            trusted.require("sts:TagSession")?;
        }
        if request.source_identity.is_some() {
            trusted.require("sts:SetSourceIdentity")?;
        }
        check_duration(role, seconds)?;
        checks::policies(&request.policies, state)?;

        let actor = Actor::Role { id: role.id.as_ref().to_owned(), session_name: request.session_name.clone() };
        let mut body = SessionBody::new(state.id(), actor, self.now(), seconds);
        body.mfa_at = request.mfa.is_some().then_some(body.issued);
        body.document = request.policies.document;
        body.arns = request.policies.arns;
        body.tags = tags;
        body.transitive_tag_keys = transitive_tag_keys;
        body.source_identity.clone_from(&source_identity);
        let issued = self.issue(body)?;
        let (arn, id) = names(&state.principal_of_session(role, &request.session_name));
        let packed_policy_percent = issued.packed_policy_percent;
        Ok(AssumedRole { credentials: issued.credentials, arn, id, packed_policy_percent, source_identity })
    }
}

/// What can be said against a request without looking at the role; its duration otherwise.
fn check(caller: &Caller, request: &AssumeRole) -> Result<u32, IamError> {
    match &caller.principal {
        Principal::User { .. } | Principal::AssumedRole { .. } => {}
        Principal::Root { .. } => return Err(checks::denied("Roles may not be assumed by root accounts.")),
        _ => return Err(denied(caller, "sts:AssumeRole", &request.role_arn)),
    }
    checks::session_name("roleSessionName", &request.session_name, 64)?;
    let seconds = checks::duration(request.duration_seconds.unwrap_or(DEFAULT), SHORTEST, LONGEST)?;
    if caller.session.is_some() && seconds > LONGEST_IN_CHAIN {
        return Err(IamError::invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    checks::tags(&request.tags, &request.transitive_tag_keys)?;
    if let Some(source) = &request.source_identity {
        checks::session_name("sourceIdentity", source, 64)?;
    }
    if let Some(external) = &request.external_id {
        let fits = |c: char| c.is_ascii_alphanumeric() || "+=,.@:/_-".contains(c);
        if external.len() < 2 || external.len() > 1_224 || !external.chars().all(fits) {
            return Err(IamError::invalid(
                "1 validation error detected: Value at 'externalId' failed to satisfy constraint: Member must satisfy regular \
                 expression pattern: [\\w+=,.@:\\/-]*",
            ));
        }
    }
    Ok(seconds)
}

pub(super) fn check_duration(role: &Role, seconds: u32) -> Result<(), IamError> {
    if seconds > role.max_session_seconds {
        let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(IamError::invalid(message));
    }
    Ok(())
}

/// Tags, and the keys of those that go on to further sessions.
type SessionTags = (Vec<(String, String)>, Vec<String>);

/// The tags of the new session, which has those that the caller's session passes on, and the keys it passes on itself.
fn session_tags(caller: &Caller, request: &AssumeRole) -> Result<SessionTags, IamError> {
    let passed_on = caller.session.as_ref().map_or(&[][..], |session| &session.transitive_tag_keys);
    let is_passed_on = |key: &str| passed_on.iter().any(|it| it.eq_ignore_ascii_case(key));
    if let Some(tag) = request.tags.iter().find(|tag| is_passed_on(&tag.key)) {
        let message = format!(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session: {}",
            tag.key
        );
        return Err(IamError::invalid(message));
    }
    let inherited = caller.tags.iter().filter(|(key, _)| is_passed_on(key)).cloned();
    let own = request.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone()));
    let keys = passed_on.iter().chain(&request.transitive_tag_keys).cloned().collect();
    Ok((inherited.chain(own).collect(), keys))
}

/// Who is behind it all: once set, it stays for all sessions made from a session.
fn source_identity(caller: &Caller, request: &AssumeRole) -> Result<Option<String>, IamError> {
    let set = caller.session.as_ref().and_then(|session| session.source_identity.clone());
    match (set, &request.source_identity) {
        (Some(set), Some(wanted)) if set != *wanted => {
            Err(checks::denied("The source identity of a session cannot be changed."))
        }
        (Some(set), _) => Ok(Some(set)),
        (None, wanted) => Ok(wanted.clone()),
    }
}

/// The ARN and the id of a session.
pub(super) fn names(principal: &Principal) -> (Arc<str>, Arc<str>) {
    match principal {
        Principal::AssumedRole { session_arn, id, .. } => (Arc::clone(session_arn), Arc::clone(id)),
        _ => unreachable!("sessions of roles are assumed roles"),
    }
}

/// A caller that wants to be a role.
struct Trusted<'a> {
    caller: &'a Caller,
    role: &'a Role,
    account: AccountId,
    context: &'a dyn Context,
}

impl Trusted<'_> {
    /// The trust policy must allow it whatever else does: unlike a bucket's policy it is never one side of two. Where it
    /// names an account rather than the caller, and across accounts, the caller's own policies must allow it too.
    fn require(&self, action: &str) -> Result<(), IamError> {
        let arn = self.role.arn(self.account);
        let query = Query {
            principal: &self.caller.principal,
            action,
            resource: &arn,
            resource_account: self.account,
            context: self.context,
        };
        let policies = CallerPolicies::of(self.caller);
        let documents = Documents {
            resource: Some(Named { name: "trust policy", policy: self.role.trust.policy() }),
            resource_must_allow: true,
            ..policies.documents()
        };
        if evaluate(&query, &documents).allowed {
            return Ok(());
        }
        Err(denied(self.caller, action, &arn))
    }
}

/// AWS's message, which does not tell whether there is such a role.
fn denied(caller: &Caller, action: &str, role_arn: &str) -> IamError {
    let who = caller.principal.arn();
    checks::denied(format!("User: {who} is not authorized to perform: {action} on resource: {role_arn}"))
}
