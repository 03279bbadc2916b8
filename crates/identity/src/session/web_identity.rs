//! AssumeRoleWithWebIdentity. <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use larder_policy::{Context, Principal, Query, Verdict};
use larder_types::{AccountId, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::assume_role::{check_duration, names};
use super::question::Question;
use super::token::{Actor, SessionBody};
use super::{SessionPolicies, TemporaryCredentials, checks};
use crate::model::{OidcProvider, Role};
use crate::oidc::{Claims, Unverified};
use crate::state::AccountState;
use crate::{ChangeError, IamError, IamErrorKind, Identity, Tag};

const SHORTEST: u32 = 900;
const LONGEST: u32 = 43_200;
const DEFAULT: u32 = 3_600;
/// How far the clocks of provider and server may be apart.
const LEEWAY_SECONDS: i64 = 60;
const TAGS_CLAIM: &str = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY_CLAIM: &str = "https://aws.amazon.com/source_identity";

/// What is asked for. `Debug` hides the token.
#[derive(Clone, Default)]
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

impl fmt::Debug for AssumeRoleWithWebIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AssumeRoleWithWebIdentity")
            .field("role_arn", &self.role_arn)
            .field("session_name", &self.session_name)
            .field("duration_seconds", &self.duration_seconds)
            .field("policies", &self.policies)
            .finish_non_exhaustive()
    }
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
    /// `AccessDenied`, `InvalidIdentityToken`, `ExpiredTokenException`, `IDPCommunicationError`,
    /// `ValidationError`, `MalformedPolicyDocument`, `PackedPolicyTooLarge`.
    pub async fn assume_role_with_web_identity(
        &self,
        request: AssumeRoleWithWebIdentity,
        context: &dyn Context,
    ) -> Result<WebIdentityRole, ChangeError> {
        checks::session_name("roleSessionName", &request.session_name, 64)?;
        let seconds = checks::duration(request.duration_seconds.unwrap_or(DEFAULT), SHORTEST, LONGEST)?;
        let token = Unverified::parse(&request.web_identity_token).ok_or_else(|| {
            invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
        })?;
        let directory = self.directory();
        let state = account_of(&request.role_arn).and_then(|account| directory.account(account));
        let state = state.ok_or_else(unverified)?;
        let url = provider_url(&token.claims.issuer);
        let provider = state.oidc_provider_by_url(url).filter(|it| it.is_issuer(&token.claims.issuer));
        let provider = provider.ok_or_else(unverified)?;
        self.verify(&token).await?;
        // From here on the provider's word stands behind whoever asks.
        let audience = audience(&token.claims, provider)?;
        check_times(&token.claims, self.now())?;
        let extras = Extras::of(&token.claims)?;
        let role = state.role_by_arn(&request.role_arn).ok_or_else(not_authorized)?;

        let arn = provider.arn(state.id());
        let principal = Principal::WebIdentity { provider: arn.as_str().into() };
        let mut question = Question::new(context, state.id(), &extras.tags);
        question.one("sts:rolesessionname", request.session_name.as_str());
        question.one("aws:federatedprovider", arn.as_str());
        question.maybe("sts:sourceidentity", extras.source_identity.as_ref());
        if !extras.transitive_tag_keys.is_empty() {
            question.many("sts:transitivetagkeys", extras.transitive_tag_keys.iter().map(String::as_str));
        }
        add_claims(&mut question, url, &token.claims, &audience);
        let vouched = Vouched { principal: &principal, state, role, context: &question };
        vouched.require("sts:AssumeRoleWithWebIdentity")?;
        if !extras.tags.is_empty() {
            vouched.require("sts:TagSession")?;
        }
        if extras.source_identity.is_some() {
            vouched.require("sts:SetSourceIdentity")?;
        }
        check_duration(role, seconds)?;
        checks::policies(&request.policies, state)?;

        let actor = Actor::Role { id: role.id.as_ref().to_owned(), session_name: request.session_name.clone() };
        let mut body = SessionBody::new(state.id(), actor, self.now(), seconds);
        body.document = request.policies.document;
        body.arns = request.policies.arns;
        body.tags = extras.tags.into_iter().map(|tag| (tag.key, tag.value)).collect();
        body.transitive_tag_keys = extras.transitive_tag_keys;
        body.source_identity.clone_from(&extras.source_identity);
        body.federated_provider = Some(arn.clone());
        let issued = self.issue(body)?;
        let (session_arn, id) = names(&state.principal_of_session(role, &request.session_name));
        Ok(WebIdentityRole {
            credentials: issued.credentials,
            arn: session_arn,
            id,
            subject: token.claims.subject,
            audience,
            provider: arn,
            packed_policy_percent: issued.packed_policy_percent,
            source_identity: extras.source_identity,
        })
    }

    /// Verifies the signature by the issuer's keys. Why these could not be had is in the log.
    async fn verify(&self, token: &Unverified<'_>) -> Result<(), IamError> {
        let unreachable = || {
            let message = "Couldn't retrieve verification key from your identity provider.";
            IamError::new(IamErrorKind::IdpCommunicationError, message)
        };
        let fetch = self.shared.fetch.as_deref().ok_or_else(unreachable)?;
        let keys = self.shared.oidc_keys.keys_for(fetch, self.now(), token).await;
        if keys.map_err(|_| unreachable())?.verifies(token) { Ok(()) } else { Err(unverified()) }
    }
}

/// Somebody whom a provider vouches for, and the role.
struct Vouched<'a> {
    principal: &'a Principal,
    state: &'a AccountState,
    role: &'a Role,
    context: &'a dyn Context,
}

impl Vouched<'_> {
    /// The role's trust policy alone decides: there is no other side.
    fn require(&self, action: &str) -> Result<(), IamError> {
        let account = self.state.id();
        let arn = self.role.arn(account);
        let query = Query {
            principal: self.principal,
            action,
            resource: &arn,
            resource_account: account,
            context: self.context,
        };
        match self.role.trust.policy().decide(&query) {
            Verdict::Allowed(_) => Ok(()),
            Verdict::Denied(_) | Verdict::Silent => Err(not_authorized()),
        }
    }
}

/// The tags and the source identity that a token gives to its session.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp>
#[derive(Default)]
struct Extras {
    tags: Vec<Tag>,
    transitive_tag_keys: Vec<String>,
    source_identity: Option<String>,
}

impl Extras {
    fn of(claims: &Claims) -> Result<Self, IamError> {
        let unfit = || invalid("The token's tags or source identity are not valid.");
        let mut extras = Self::default();
        if let Some(value) = claims.all.get(TAGS_CLAIM) {
            let read: TagsClaim = serde_json::from_value(value.clone()).map_err(|_| unfit())?;
            for (key, values) in read.principal_tags {
                let [value] = <[String; 1]>::try_from(values).map_err(|_| unfit())?;
                extras.tags.push(Tag { key, value });
            }
            extras.transitive_tag_keys = read.transitive_tag_keys;
        }
        if let Some(value) = claims.all.get(SOURCE_IDENTITY_CLAIM) {
            let source = value.as_str().ok_or_else(unfit)?;
            checks::session_name("sourceIdentity", source, 64)?;
            extras.source_identity = Some(source.to_owned());
        }
        checks::tags(&extras.tags, &extras.transitive_tag_keys)?;
        Ok(extras)
    }
}

#[derive(Deserialize)]
struct TagsClaim {
    #[serde(default)]
    principal_tags: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    transitive_tag_keys: Vec<String>,
}

/// How IAM names the provider of an issuer.
fn provider_url(issuer: &str) -> &str {
    let bare = issuer.strip_prefix("https://").or_else(|| issuer.strip_prefix("http://")).unwrap_or(issuer);
    bare.strip_suffix('/').unwrap_or(bare)
}

/// The audience that decides: to whom the token was given out, or else the one that the provider knows.
fn audience(claims: &Claims, provider: &OidcProvider) -> Result<String, IamError> {
    let known = |audience: &&String| provider.client_ids.iter().any(|it| **it == ***audience);
    let candidates = match &claims.authorized_party {
        Some(party) => std::slice::from_ref(party),
        None => &claims.audiences,
    };
    candidates.iter().find(known).cloned().ok_or_else(|| invalid("Incorrect token audience"))
}

fn check_times(claims: &Claims, now: Timestamp) -> Result<(), IamError> {
    let now = now.as_seconds();
    if now >= claims.expires.saturating_add(LEEWAY_SECONDS) {
        let show = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(1_000)).to_jiff_seconds();
        return Err(IamError::new(
            IamErrorKind::ExpiredWebIdentityToken,
            format!(
                "Token expired: current date/time {} must be before the expiration date/time {}",
                show(now),
                show(claims.expires)
            ),
        ));
    }
    let early = |at: Option<i64>| at.is_some_and(|at| at > now.saturating_add(LEEWAY_SECONDS));
    if early(claims.not_before) || early(claims.issued) {
        return Err(invalid("The token is not valid yet."));
    }
    Ok(())
}

/// `HOST:sub` and the like. What a token says of itself under other names comes as it is.
fn add_claims(question: &mut Question<'_>, url: &str, claims: &Claims, audience: &str) {
    let prefix = url.to_ascii_lowercase();
    question.one(format!("{prefix}:aud"), audience.to_owned());
    question.one(format!("{prefix}:sub"), claims.subject.clone());
    // Where `azp` decides, the audiences go by another name. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif>
    if claims.authorized_party.is_some() {
        question.many(format!("{prefix}:oaud"), claims.audiences.clone());
    }
    for (name, value) in &claims.all {
        let name = name.to_ascii_lowercase();
        if matches!(name.as_str(), "aud" | "azp" | "oaud" | "sub") {
            continue;
        }
        let key = format!("{prefix}:{name}");
        match value {
            Value::String(text) => question.one(key, text.clone()),
            Value::Bool(flag) => question.one(key, flag.to_string()),
            Value::Number(number) => question.one(key, number.to_string()),
            Value::Array(values) => {
                let texts: Vec<String> = values.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect();
                question.many(key, texts);
            }
            Value::Null | Value::Object(_) => {}
        }
    }
}

fn invalid(message: impl Into<String>) -> IamError {
    IamError::new(IamErrorKind::InvalidIdentityToken, message)
}

/// What everybody is told whose token is not verified, whether an account, a provider or a key is missing or the signature is
/// wrong: nobody needs credentials to ask.
fn unverified() -> IamError {
    invalid("The ID Token provided is not signed by an OpenIDConnect provider of the role's account.")
}

/// The account that a role's ARN names.
fn account_of(role_arn: &str) -> Option<AccountId> {
    let (account, _) = role_arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
    AccountId::parse(account).ok()
}

fn not_authorized() -> IamError {
    checks::denied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
}
