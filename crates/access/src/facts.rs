//! What a request says of itself and of its sender, whatever it wants: the global condition keys.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use std::borrow::Cow;
use std::net::IpAddr;

use http::{HeaderMap, HeaderName, header};
use larder_http::RequestContext;
use larder_identity::Caller;
use larder_policy::{Context, Principal, Values};
use larder_types::{AccountId, Region, Timestamp};

/// How a request is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signing {
    /// `s3:signatureversion`: `AWS4-HMAC-SHA256`, `AWS4-ECDSA-P256-SHA256`, or `AWS` for version 2.
    pub version: &'static str,
    /// `s3:authType`: `REST-HEADER`, `REST-QUERY-STRING` or `POST`.
    pub kind: &'static str,
    /// When it was signed, where the signature says so; for `s3:signatureAge`.
    pub signed_at: Option<Timestamp>,
}

/// What a request says of itself.
#[derive(Clone, Copy, Debug)]
pub struct RequestFacts<'a> {
    /// `aws:SourceIp`: who connected, or whom a trusted proxy names.
    pub source_ip: IpAddr,
    /// `aws:SecureTransport`: whether the client's connection is encrypted.
    pub secure: bool,
    /// `aws:UserAgent`.
    pub user_agent: Option<&'a str>,
    /// `aws:Referer`.
    pub referer: Option<&'a str>,
    /// `aws:CurrentTime` and `aws:EpochTime`.
    pub now: Timestamp,
    /// `aws:RequestedRegion`.
    pub region: &'a str,
}

impl<'a> RequestFacts<'a> {
    /// What a request says by its headers and its connection.
    #[must_use]
    pub fn new(headers: &'a HeaderMap, context: &RequestContext, region: &'a Region) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            source_ip: context.client,
            secure: context.secure,
            user_agent: text(header::USER_AGENT),
            referer: text(header::REFERER),
            now: context.received_at,
            region: region.as_str(),
        }
    }
}

/// The global condition keys of a request.
#[derive(Clone, Copy)]
pub struct GlobalContext<'a> {
    /// Who sends it.
    pub caller: &'a Caller,
    /// What it says.
    pub facts: &'a RequestFacts<'a>,
    /// `aws:ResourceAccount`: whose resource it is about.
    pub resource_account: Option<AccountId>,
}

impl<'a> GlobalContext<'a> {
    /// The values of a key, as [`Context::get`], for a context that knows more keys than these.
    #[must_use]
    pub fn lookup(self, key: &str, suffix: Option<&str>) -> Option<Values<'a>> {
        let name = key.strip_prefix("aws:")?;
        let value = match suffix {
            Some(tag) if name == "principaltag" => self.principal_tag(tag),
            Some(_) => None,
            None => self.of_request(name).or_else(|| self.of_caller(name)),
        };
        value.map(Values::One)
    }

    fn of_request(self, name: &str) -> Option<Cow<'a, str>> {
        let facts = self.facts;
        Some(match name {
            "sourceip" => facts.source_ip.to_string().into(),
            "securetransport" => truth(facts.secure),
            "useragent" => facts.user_agent?.into(),
            "referer" => facts.referer?.into(),
            "currenttime" => facts.now.to_jiff_seconds().to_string().into(),
            "epochtime" => facts.now.as_seconds().to_string().into(),
            "requestedregion" => facts.region.into(),
            "resourceaccount" => self.resource_account?.to_string().into(),
            // Nothing here calls S3 on behalf of a principal yet.
            "viaawsservice" => truth(false),
            _ => return None,
        })
    }

    fn of_caller(self, name: &str) -> Option<Cow<'a, str>> {
        let principal = &self.caller.principal;
        Some(match name {
            "principalarn" => principal.principal_arn()?,
            "principalaccount" => principal.account()?.to_string().into(),
            "principaltype" => principal_type(principal)?.into(),
            "principalisawsservice" => truth(matches!(principal, Principal::Service { .. })),
            "principalservicename" => match principal {
                Principal::Service { name } => Cow::Borrowed(&**name),
                _ => return None,
            },
            "userid" => principal.user_id()?,
            "username" => match principal {
                Principal::User { name, .. } => Cow::Borrowed(&**name),
                _ => return None,
            },
            _ => return self.of_session(name),
        })
    }

    /// Absent for long-term keys, the MFA keys among them, as AWS documents.
    fn of_session(self, name: &str) -> Option<Cow<'a, str>> {
        let session = self.caller.session.as_deref()?;
        Some(match name {
            "multifactorauthpresent" => truth(session.mfa_at.is_some()),
            "multifactorauthage" => {
                (self.facts.now.as_seconds() - session.mfa_at?.as_seconds()).max(0).to_string().into()
            }
            "tokenissuetime" => session.issued.to_jiff_seconds().to_string().into(),
            "sourceidentity" => session.source_identity.as_deref()?.into(),
            "federatedprovider" => session.federated_provider.as_deref()?.into(),
            _ => return None,
        })
    }

    /// `aws:PrincipalTag/KEY`; tag keys of principals are compared without case.
    fn principal_tag(self, key: &str) -> Option<Cow<'a, str>> {
        let tag = self.caller.tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        tag.map(|(_, value)| Cow::Borrowed(value.as_str()))
    }
}

impl Context for GlobalContext<'_> {
    fn get(&self, key: &str, suffix: Option<&str>) -> Option<Values<'_>> {
        self.lookup(key, suffix)
    }
}

fn truth(value: bool) -> Cow<'static, str> {
    if value { "true".into() } else { "false".into() }
}

fn principal_type(principal: &Principal) -> Option<&'static str> {
    Some(match principal {
        Principal::Anonymous => "Anonymous",
        Principal::Root { .. } => "Account",
        Principal::User { .. } => "User",
        Principal::AssumedRole { .. } => "AssumedRole",
        Principal::FederatedUser { .. } => "FederatedUser",
        Principal::WebIdentity { .. } | Principal::Service { .. } => return None,
    })
}
