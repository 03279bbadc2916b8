//! Access control lists: what the canned ones stand for, what grants in headers say, and what a list allows.
//!
//! Source: "Access control list (ACL) overview", Amazon S3 user guide.

mod canned;
mod header;
mod mapping;
#[cfg(test)]
mod tests;

pub use canned::CannedAcl;
pub use header::{GRANT_HEADERS, GranteeSpec, InvalidGrantHeader, parse_grants};
pub use mapping::{AclResource, needs_ownership, required_permission};

use larder_types::{Acl, CanonicalUserId, Grantee, Permission};

/// Through what a list lets somebody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// An entry for the account.
    Account,
    /// An entry for everybody or for all who sign: users of the owner's account need no identity policy for it.
    Group,
}

/// Whether the list allows `permission` to an account, or to the anonymous when `who` is `None`, and through which entry: a
/// group's counts before the account's. With `ignore_public` entries for everybody and for all who sign give nothing, as
/// `IgnorePublicAcls` wants.
#[must_use]
pub fn allows_via(
    acl: &Acl,
    who: Option<&CanonicalUserId>,
    permission: Permission,
    ignore_public: bool,
) -> Option<Via> {
    let mut via = None;
    for grant in acl.0.iter().filter(|grant| grant.permission.includes(permission)) {
        match &grant.grantee {
            Grantee::AllUsers if !ignore_public => return Some(Via::Group),
            Grantee::AuthenticatedUsers if !ignore_public && who.is_some() => return Some(Via::Group),
            Grantee::Account(account) if who == Some(account) => via = Some(Via::Account),
            Grantee::Account(_) | Grantee::AllUsers | Grantee::AuthenticatedUsers | Grantee::LogDelivery => {}
        }
    }
    via
}
