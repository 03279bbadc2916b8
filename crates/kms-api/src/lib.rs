//! KMS and Service Quotas over AWS's JSON protocol.
//!
//! A request comes in whose signature was verified ([`Call`]), out goes an HTTP answer. What the operations mean is in
//! `larder-kms`; here they are parsed, counted against the quotas, authorised and written down. Nothing is done, and nothing is
//! told of keys, before it is allowed.

mod api;
mod denial;
mod endpoint;
pub mod fuzz_entry;
mod operations;
mod protocol;
mod quotas;
mod refusal;
mod request;

pub use api::{Call, KmsApi};
pub use endpoint::KmsEndpoint;
pub use protocol::{MAX_BODY_BYTES, Service};

/// The names of the operations of KMS that are implemented.
pub fn kms_operation_names() -> impl Iterator<Item = &'static str> {
    operations::table::names()
}

/// The names of the operations of Service Quotas that are implemented.
pub fn quota_operation_names() -> impl Iterator<Item = &'static str> {
    quotas::names()
}
