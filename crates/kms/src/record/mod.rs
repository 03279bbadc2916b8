//! The records that keys are kept in, one file each.
//!
//! A record is one byte for its version followed by its fields in [postcard](https://postcard.jamesmunns.com/wire-format)
//! order. A version or a field this build does not know is an error, never a guess. `docs/formats/kms.md` describes them for
//! other programs.

mod alias;
mod applied_quota;
mod grant;
mod import_token;
mod key;
mod material;
pub(crate) mod place;
mod quota_request;
#[cfg(test)]
mod tests;

pub(crate) use larder_store::record::{Record, corrupt};

pub(crate) use alias::AliasRecord;
pub(crate) use applied_quota::AppliedQuotaRecord;
pub(crate) use grant::GrantRecord;
pub(crate) use import_token::ImportTokenRecord;
pub(crate) use key::KeyRecord;
pub(crate) use material::MaterialRecord;
pub(crate) use quota_request::QuotaRequestRecord;
