//! Bucket configuration documents as domain types: validated when they are made, matched by pure functions.
//!
//! Constructors take plain values, as headers and XML hold them, and refuse with AWS's own codes and messages
//! ([`ConfigError`]). Values are persisted through serde; decoding does not validate again, because what was valid when
//! it was stored must stay readable when a rule gets stricter. No IO, no clock: whoever calls says what time it is.

pub mod cors;
pub mod encryption;
mod error;
pub mod location;
pub mod object_lock;
pub mod ownership;
pub mod tagging;
pub mod versioning;

pub use error::{ConfigError, MALFORMED_XML};
