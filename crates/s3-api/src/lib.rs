//! The S3 operations over HTTP, through one pipeline (see `pipeline`):
//!
//! host and path -> route -> authenticate -> authorise -> decode -> operation -> encode or error.
//!
//! An operation is a file in `operations`. What several of them read from a request is in `fields`; how errors of the
//! layers below become S3's is in `refusal`, the only place that knows both.

mod answer;
mod authorize;
mod call;
mod cors;
mod fields;
pub mod fuzz_entry;
mod operations;
mod pipeline;
mod refusal;
mod request_content;
mod unsupported;

pub use fields::bucket::NewBuckets;
pub use fields::encryption::EncryptionSettings;
pub use pipeline::{S3Api, S3Settings};
