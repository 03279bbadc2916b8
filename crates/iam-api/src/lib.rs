//! IAM and STS over the AWS Query protocol.
//!
//! A request comes in whose signature was verified ([`QueryCall`]), out goes an HTTP answer. What the operations mean is in
//! `larder-identity`; here they are parsed, authorised and written down. One table has every operation with what it acts on,
//! and an operation runs only after the decision about it.

mod api;
mod authorize;
mod context;
mod endpoint;
pub mod fuzz_entry;
mod operations;
mod protocol;
mod refusal;
mod request;
mod shapes;
mod target;

pub use api::{IamApi, QueryCall};
pub use endpoint::IamEndpoint;
pub use protocol::{MAX_FORM_BYTES, Service};

/// The names of the operations of IAM that are implemented.
pub fn operation_names() -> impl Iterator<Item = &'static str> {
    operations::table::names()
}
