//! The decision over all documents that apply to a request.
//!
//! Sources: "Policy evaluation logic" with its pages on requests within one account and across accounts, IAM user guide;
//! "How Amazon S3 authorizes a request", Amazon S3 user guide.

use larder_types::AccountId;

use crate::principal_set::Reach;
use crate::statement::Request;
use crate::{Context, Policy, Principal};

/// A request, as documents see it.
#[derive(Clone, Copy)]
pub struct Query<'a> {
    /// Who makes it.
    pub principal: &'a Principal,
    /// What it wants to do, such as `s3:GetObject`.
    pub action: &'a str,
    /// To what: an ARN, or `*` for actions without a resource.
    pub resource: &'a str,
    /// The account that owns it.
    pub resource_account: AccountId,
    /// The values of condition keys.
    pub context: &'a dyn Context,
}

/// A document and what to call it in a reason.
#[derive(Clone, Copy)]
pub struct Named<'a> {
    /// A policy's ARN or name, or such as `bucket policy`.
    pub name: &'a str,
    /// The document.
    pub policy: &'a Policy,
}

/// Everything that applies to a request.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about one request")]
pub struct Documents<'a> {
    /// The principal's identity policies, its groups' included. A root user needs none.
    pub identity: &'a [Named<'a>],
    /// The permissions boundary.
    pub boundary: Option<Named<'a>>,
    /// The session policies, when the session has any; it may do only what one of them allows too. A federated user without
    /// any may do nothing but what the resource's policy allows.
    pub session: Option<&'a [Named<'a>]>,
    /// The resource's policy.
    pub resource: Option<Named<'a>>,
    /// The resource's policy only denies: for an object that does not belong to the bucket's owner.
    pub resource_only_denies: bool,
    /// The resource's policy must allow it, within one account too: a role's trust policy, a key's policy. There an allowing
    /// identity policy or being the root user is not enough.
    pub resource_must_allow: bool,
    /// An ACL allows it (public entries already left out where Block Public Access ignores them). An entry for an account
    /// lets its root user in; in the resource's own account its users need identity policies besides.
    pub acl_allows: bool,
    /// The ACL's entry that allows it is for a group, not for the principal's account: it is enough for users of the
    /// resource's own account too. Means nothing unless `acl_allows`.
    pub acl_allows_group: bool,
    /// The resource's policy is public and `RestrictPublicBuckets` is on: only principals of the owning account and services
    /// may use what it allows.
    pub restrict_public: bool,
    /// No side must allow anything, only explicit denials count: for what AWS lets everybody do, such as GetSessionToken.
    pub allowed_by_default: bool,
}

/// Whether a request is allowed, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
}

/// What decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A statement denies or allows it.
    Statement {
        /// The document's name.
        document: String,
        /// The statement's `Sid`, or its position counted from 0.
        statement: String,
    },
    /// The root user of the account that owns the resource.
    Root,
    /// An ACL allows it.
    Acl,
    /// Everybody may.
    Default,
    /// Nothing allows it.
    NothingAllows,
    /// The permissions boundary does not allow it.
    Boundary,
    /// The session policies do not allow it.
    Session,
    /// The resource's account allows it, but the principal's own does not, or the other way round.
    OneSideOnly,
}

/// A statement of a document that applies to everything.
#[derive(Clone, Copy)]
struct Found<'a> {
    document: Named<'a>,
    index: usize,
}

impl Found<'_> {
    fn reason(self) -> Reason {
        Reason::Statement {
            document: self.document.name.to_owned(),
            statement: self.document.policy.statement(self.index).name(),
        }
    }
}

/// What the documents say, once nothing denies.
struct Sides<'a> {
    /// The first identity policy that allows it.
    identity: Option<Found<'a>>,
    /// No boundary, or one that allows it.
    in_boundary: bool,
    /// No session policies, or one that allows it.
    in_session: bool,
    /// The statement of the resource's policy that reaches the principal most directly.
    resource: Option<(Found<'a>, Reach)>,
}

/// Decides. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
#[must_use]
pub fn evaluate(query: &Query<'_>, documents: &Documents<'_>) -> Decision {
    let sides = match sides(query, documents) {
        Ok(sides) => sides,
        Err(denial) => return Decision { allowed: false, reason: denial.reason() },
    };
    if documents.allowed_by_default {
        return Decision { allowed: true, reason: Reason::Default };
    }
    let allowed = match query.principal.account() {
        Some(account) if account == query.resource_account => within_account(query, documents, &sides),
        Some(_) => across_accounts(query, documents, &sides),
        None => without_account(documents, &sides),
    };
    match allowed {
        Ok(reason) => Decision { allowed: true, reason },
        Err(reason) => Decision { allowed: false, reason },
    }
}

/// Asks every document; `Err` is a statement that denies.
fn sides<'a>(query: &Query<'_>, documents: &Documents<'a>) -> Result<Sides<'a>, Found<'a>> {
    let request = Request::new(query, documents.boundary.is_some());
    let mut identity = None;
    for document in documents.identity {
        let allows = ask(document, &request)?;
        identity = identity.or(allows.map(|(found, _)| found));
    }
    let mut in_boundary = true;
    if let Some(boundary) = &documents.boundary {
        in_boundary = ask(boundary, &request)?.is_some();
    }
    // A federated user has no permissions but those that session policies pass on.
    let mut in_session = documents.session.is_none() && !matches!(query.principal, Principal::FederatedUser { .. });
    for document in documents.session.unwrap_or_default() {
        in_session |= ask(document, &request)?.is_some();
    }
    let mut resource = None;
    if let Some(document) = documents.resource.as_ref().filter(|_| !may_repair_policy(query)) {
        let allows = ask(document, &request)?;
        resource = allows.filter(|_| !documents.resource_only_denies && !is_restricted(query, documents));
    }
    Ok(Sides { identity, in_boundary, in_session, resource })
}

fn ask<'a>(document: &Named<'a>, request: &Request<'_>) -> Result<Option<(Found<'a>, Reach)>, Found<'a>> {
    let outcome = document.policy.outcome(request);
    let found = |index| Found { document: *document, index };
    match outcome.denies {
        Some(index) => Err(found(index)),
        None => Ok(outcome.allows.map(|(index, reach)| (found(index), reach))),
    }
}

/// The root user of a bucket's owner may always see and change its policy, so that nobody is locked out for good.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>
fn may_repair_policy(query: &Query<'_>) -> bool {
    matches!(query.principal, Principal::Root { account, .. } if *account == query.resource_account)
        && ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"]
            .iter()
            .any(|action| query.action.eq_ignore_ascii_case(action))
}

/// `RestrictPublicBuckets` keeps the principal from what the resource's policy allows.
fn is_restricted(query: &Query<'_>, documents: &Documents<'_>) -> bool {
    let own = query.principal.account() == Some(query.resource_account);
    documents.restrict_public && !own && !matches!(query.principal, Principal::Service { .. })
}

impl Sides<'_> {
    /// What the principal's own account lets it do, within its boundary and session policies. The root user may do
    /// everything, and so may, as far as its session policies go, a federated user that the root user made.
    fn principal(&self, query: &Query<'_>) -> Result<Reason, Reason> {
        let own = match query.principal {
            Principal::Root { .. } | Principal::FederatedUser { user_arn: None, .. } => Ok(Reason::Root),
            _ => self.identity.map(Found::reason).ok_or(Reason::NothingAllows),
        };
        self.within_limits(own?)
    }

    fn within_limits(&self, reason: Reason) -> Result<Reason, Reason> {
        if !self.in_boundary {
            Err(Reason::Boundary)
        } else if !self.in_session {
            Err(Reason::Session)
        } else {
            Ok(reason)
        }
    }
}

/// One side is enough. A grant to the account lets its root user in, who needs none; for others it only says that their
/// identity policies decide, as they do anyway.
fn within_account(query: &Query<'_>, documents: &Documents<'_>, sides: &Sides<'_>) -> Result<Reason, Reason> {
    if documents.resource_must_allow && sides.resource.is_none() {
        return Err(Reason::NothingAllows);
    }
    if let Principal::Root { .. } = query.principal {
        return sides.principal(query);
    }
    let behind = match sides.resource {
        Some((found, Reach::Direct)) => return Ok(found.reason()),
        Some((found, Reach::Behind)) => Some(sides.within_limits(found.reason())),
        _ => None,
    };
    if documents.acl_allows && documents.acl_allows_group {
        return Ok(Reason::Acl);
    }
    match (behind, sides.principal(query)) {
        (Some(Ok(reason)), _) | (_, Ok(reason)) => Ok(reason),
        (Some(Err(reason)), _) | (None, Err(reason)) => Err(reason),
    }
}

/// Both sides are needed: the resource's account must let the principal, or its account, in, and the principal's account
/// must let it out.
fn across_accounts(query: &Query<'_>, documents: &Documents<'_>, sides: &Sides<'_>) -> Result<Reason, Reason> {
    let resource = match sides.resource {
        Some((found, _)) => Some(found.reason()),
        None => documents.acl_allows.then_some(Reason::Acl),
    };
    match (resource, sides.principal(query)) {
        (Some(reason), Ok(_)) => Ok(reason),
        (Some(_), Err(Reason::NothingAllows)) | (None, Ok(_)) => Err(Reason::OneSideOnly),
        (_, Err(reason)) => Err(reason),
    }
}

/// The anonymous and services have no account that could let them out.
fn without_account(documents: &Documents<'_>, sides: &Sides<'_>) -> Result<Reason, Reason> {
    match sides.resource {
        Some((found, _)) => Ok(found.reason()),
        None if documents.acl_allows => Ok(Reason::Acl),
        None => Err(Reason::NothingAllows),
    }
}
