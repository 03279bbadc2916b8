//! What several operations read from a request or write into an answer.

pub(crate) mod accounts;
pub(crate) mod acl;
pub(crate) mod bucket;
pub(crate) mod checksum;
pub(crate) mod conditions;
pub(crate) mod copy_source;
pub(crate) mod customer_key;
pub(crate) mod encryption;
pub(crate) mod listing;
pub(crate) mod location;
pub(crate) mod mfa;
pub(crate) mod object;
pub(crate) mod public_access;
pub(crate) mod token;
pub(crate) mod upload;
pub(crate) mod version;
