//! May this principal do this?

use larder_engine::Bucket;
use larder_identity::Principal;
use larder_types::ObjectKey;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::operation::Operation;

/// What a request wants to do, to what.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The operation; its row in the operation table names the actions it needs.
    pub operation: Operation,
    /// The bucket it addresses, when there is one and it exists.
    pub bucket: Option<&'a Bucket>,
    /// The key it addresses.
    pub key: Option<&'a ObjectKey>,
    /// Whether it names a version, which needs other actions.
    pub versioned: bool,
}

/// Decides what a principal may do.
pub trait Authorizer: Send + Sync + 'static {
    /// Whether `principal` may do what `subject` says. What is not allowed is denied.
    fn allows(&self, principal: &Principal, subject: &Subject<'_>) -> bool;
}

/// Refuses what the authorizer does not allow.
///
/// # Errors
/// `AccessDenied`.
pub(crate) fn require(
    authorizer: &dyn Authorizer,
    principal: &Principal,
    subject: &Subject<'_>,
) -> Result<(), S3Error> {
    if authorizer.allows(principal, subject) { Ok(()) } else { Err(S3Error::new(ErrorCode::AccessDenied)) }
}

/// The rule before there are users and policies: an account's root user may do everything with what the account owns, and
/// nobody else anything.
#[derive(Debug)]
pub struct OwnerOnly;

impl Authorizer for OwnerOnly {
    fn allows(&self, principal: &Principal, subject: &Subject<'_>) -> bool {
        match (principal, subject.bucket) {
            (Principal::Anonymous, _) => false,
            (Principal::Root { .. }, None) => true,
            (Principal::Root { owner }, Some(bucket)) => owner.account == bucket.record.owner,
        }
    }
}
