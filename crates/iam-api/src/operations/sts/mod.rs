//! The operations of STS.

mod assume_role;
mod caller_identity;
mod federation_token;
mod messages;
mod session_token;
mod web_identity;

use std::future::{Future, ready};
use std::pin::Pin;

use larder_identity::{Caller, Identity, MfaCode, SessionPolicies, TemporaryCredentials};
use larder_policy::{Context, Principal};
use larder_types::AccountId;

use crate::authorize::Question;
use crate::context::Keys;
use crate::protocol::{Code, Fault, Input, Xml, rules};

/// A request for an operation of STS.
#[derive(Clone)]
pub(crate) struct Call<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) caller: &'a Caller,
    pub(crate) input: Input<'a>,
    pub(crate) context: &'a dyn Context,
}

/// Operations that STS has and Larder has not.
const MISSING: &[&str] =
    &["AssumeRoleWithSAML", "AssumeRoot", "GetDelegatedAccessToken", "GetScopedCredentials", "GetWebIdentityToken"];

/// The one operation that needs no credentials.
pub(crate) const WEB_IDENTITY: &str = "AssumeRoleWithWebIdentity";

type Run = for<'a> fn(&'a Call<'_>) -> Pin<Box<dyn Future<Output = Result<Xml, Fault>> + Send + 'a>>;

static TABLE: &[(&str, Run)] = &[
    ("AssumeRole", |call| Box::pin(assume_role::run(call))),
    (WEB_IDENTITY, |call| Box::pin(web_identity::run(call))),
    ("DecodeAuthorizationMessage", |call| Box::pin(ready(messages::decode(call)))),
    ("GetAccessKeyInfo", |call| Box::pin(ready(caller_identity::access_key_info(call)))),
    ("GetCallerIdentity", |call| Box::pin(ready(caller_identity::run(call)))),
    ("GetFederationToken", |call| Box::pin(federation_token::run(call))),
    ("GetSessionToken", |call| Box::pin(session_token::run(call))),
];

/// The operation of a name: its name, and what runs it.
pub(crate) fn find(name: &str) -> Option<&'static (&'static str, Run)> {
    TABLE.iter().find(|(known, _)| *known == name)
}

/// Runs an operation. `Ok` has its name as it is in the answer's elements, and its result.
pub(crate) async fn run(action: &str, call: &Call<'_>) -> Result<Xml, Fault> {
    if matches!(call.caller.principal, Principal::Anonymous) && action != WEB_IDENTITY {
        return Err(Fault::new(Code::MissingAuthenticationToken, "Request is missing Authentication Token"));
    }
    call.refuse_limited_session(action)?;
    match find(action) {
        Some((_, run)) => run(call).await,
        None if MISSING.contains(&action) => {
            Err(Fault::new(Code::NotImplemented, format!("{action} is not implemented by this server.")))
        }
        None => Err(Fault::unknown_action(action, crate::Service::Sts)),
    }
}

impl Call<'_> {
    /// What temporary credentials may call.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html>
    fn refuse_limited_session(&self, action: &str) -> Result<(), Fault> {
        let session = self.caller.session.is_some();
        let may = match &self.caller.principal {
            Principal::User { .. } | Principal::Root { .. } if session => {
                matches!(action, "AssumeRole" | "GetCallerIdentity" | WEB_IDENTITY)
            }
            Principal::FederatedUser { .. } => matches!(action, "GetCallerIdentity" | WEB_IDENTITY),
            Principal::AssumedRole { .. } => !matches!(action, "GetSessionToken" | "GetFederationToken"),
            _ => true,
        };
        if may {
            return Ok(());
        }
        Err(Fault::new(Code::AccessDenied, format!("Cannot call {action} with session credentials")))
    }

    fn account(&self) -> Result<AccountId, Fault> {
        let account = self.caller.principal.account();
        account.ok_or_else(|| Fault::new(Code::AccessDenied, "The caller belongs to no account."))
    }

    /// Requires the permission for an action.
    fn require(&self, action: &str, resource: &str, keys: &Keys<'_>, allowed_by_default: bool) -> Result<(), Fault> {
        let question = Question {
            caller: self.caller,
            action,
            resource,
            resource_account: self.account()?,
            context: keys,
            allowed_by_default,
        };
        question.require()
    }

    /// What the session is to be held to.
    fn policies(&self) -> Result<SessionPolicies, Fault> {
        let arn = |member: &Input<'_>| member.required("arn", &rules::ARN).map(str::to_owned);
        Ok(SessionPolicies {
            document: self.input.optional("Policy", &rules::DOCUMENT)?.map(str::to_owned),
            arns: self.input.members("PolicyArns")?.iter().map(arn).collect::<Result<_, _>>()?,
        })
    }

    fn mfa(&self) -> Result<Option<MfaCode>, Fault> {
        let serial = self.input.optional("SerialNumber", &rules::SERIAL_NUMBER)?;
        let code = self.input.optional("TokenCode", &rules::CODE)?;
        match (serial, code) {
            (None, None) => Ok(None),
            (Some(serial), Some(code)) => Ok(Some(MfaCode { serial: serial.to_owned(), code: code.to_owned() })),
            _ => Err(Fault::invalid("SerialNumber and TokenCode must be given together.")),
        }
    }
}

/// The structure `Credentials`.
fn write_credentials(xml: &mut Xml, credentials: &TemporaryCredentials) {
    xml.element("Credentials", |xml| {
        xml.text("AccessKeyId", &credentials.access_key_id);
        xml.text("SecretAccessKey", credentials.secret.expose());
        xml.text("SessionToken", &credentials.session_token);
        xml.time("Expiration", credentials.expires);
    });
}

/// The structure `AssumedRoleUser`.
fn write_assumed_role(xml: &mut Xml, id: &str, arn: &str) {
    xml.element("AssumedRoleUser", |xml| {
        xml.text("AssumedRoleId", id);
        xml.text("Arn", arn);
    });
}

/// `PackedPolicySize`, which is there when something was packed.
fn write_packed(xml: &mut Xml, packs: bool, percent: u32) {
    if packs {
        xml.value("PackedPolicySize", percent);
    }
}
