//! The decision over all documents that apply to a request.

use larder_types::AccountId;

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
    /// The session policies, when the session has any; it may do only what one of them allows too.
    pub session: Option<&'a [Named<'a>]>,
    /// The resource's policy.
    pub resource: Option<Named<'a>>,
    /// The resource's policy only denies: for an object that does not belong to the bucket's owner.
    pub resource_only_denies: bool,
    /// An ACL allows it (public entries already left out where Block Public Access ignores them).
    pub acl_allows: bool,
    /// The resource's policy is public and `RestrictPublicBuckets` is on: only principals of the owning account and services
    /// may use what it allows.
    pub restrict_public: bool,
    /// No side must allow anything, only explicit denials count: for what AWS lets everybody do, such as GetCallerIdentity.
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

/// Decides. <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
#[must_use]
pub fn evaluate(_query: &Query<'_>, _documents: &Documents<'_>) -> Decision {
    Decision { allowed: false, reason: Reason::NothingAllows }
}
