//! Access control lists: who besides its owner may do what with a bucket or object.
//!
//! Source: "Access control list (ACL) overview", Amazon S3 user guide.

use serde::{Deserialize, Serialize};

use crate::CanonicalUserId;

/// What a grant allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Permission {
    /// `READ`: list a bucket, read an object.
    Read,
    /// `WRITE`: create, replace and delete a bucket's objects; nothing on an object.
    Write,
    /// `READ_ACP`: read the list itself.
    ReadAcp,
    /// `WRITE_ACP`: replace the list.
    WriteAcp,
    /// `FULL_CONTROL`: all of these.
    FullControl,
}

/// Whom a grant is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Grantee {
    /// An account and, through it, whoever it lets.
    Account(CanonicalUserId),
    /// Everybody, signed or not.
    AllUsers,
    /// Whoever signs with the keys of any account.
    AuthenticatedUsers,
    /// The service that writes server access logs.
    LogDelivery,
}

/// One entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grant {
    /// For whom.
    pub grantee: Grantee,
    /// What.
    pub permission: Permission,
}

/// An access control list, at most [`MAX_GRANTS`](crate::limits::MAX_GRANTS) entries. Its owner is that of the bucket or
/// object it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acl(pub Vec<Grant>);

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 5] = [Self::Read, Self::Write, Self::ReadAcp, Self::WriteAcp, Self::FullControl];

    /// Its name in documents and conditions.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "READ",
            Self::Write => "WRITE",
            Self::ReadAcp => "READ_ACP",
            Self::WriteAcp => "WRITE_ACP",
            Self::FullControl => "FULL_CONTROL",
        }
    }

    /// The permission of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|permission| permission.as_str() == text)
    }

    /// Whether having `self` includes having `wanted`.
    #[must_use]
    pub fn includes(self, wanted: Self) -> bool {
        self == Self::FullControl || self == wanted
    }
}

impl Grantee {
    /// The URI of a group; `None` for an account.
    #[must_use]
    pub fn uri(&self) -> Option<&'static str> {
        Some(match self {
            Self::Account(_) => return None,
            Self::AllUsers => "http://acs.amazonaws.com/groups/global/AllUsers",
            Self::AuthenticatedUsers => "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
            Self::LogDelivery => "http://acs.amazonaws.com/groups/s3/LogDelivery",
        })
    }

    /// The group that a URI names.
    #[must_use]
    pub fn of_uri(uri: &str) -> Option<Self> {
        [Self::AllUsers, Self::AuthenticatedUsers, Self::LogDelivery].into_iter().find(|group| group.uri() == Some(uri))
    }

    /// Whether strangers are among those it stands for.
    #[must_use]
    pub fn is_public(&self) -> bool {
        matches!(self, Self::AllUsers | Self::AuthenticatedUsers)
    }
}

impl Acl {
    /// The list that a bucket or object has when nothing else was said: full control for its owner, nothing for others.
    #[must_use]
    pub fn private(owner: CanonicalUserId) -> Self {
        Self(vec![Grant { grantee: Grantee::Account(owner), permission: Permission::FullControl }])
    }

    /// Whether any entry lets strangers in.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.0.iter().any(|grant| grant.grantee.is_public())
    }
}
