//! The account itself.

use std::sync::Arc;

use larder_types::{Owner, PublicAccessBlock, Timestamp};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number, canonical user id and name.
    pub owner: Owner,
    /// The address of whoever answers for it; no two accounts have the same.
    pub email: Option<Arc<str>>,
    /// Its alias.
    pub alias: Option<Arc<str>>,
    /// When it was made.
    pub created: Timestamp,
    /// Block Public Access for all its buckets; `None` when it was never set.
    pub public_access_block: Option<PublicAccessBlock>,
    /// It is about to be deleted: nobody can use its credentials any more.
    pub closing: bool,
    /// It is the server's first account, whose owner answers for the server: it cannot be deleted.
    pub operator: bool,
}
