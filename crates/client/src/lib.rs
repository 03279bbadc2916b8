//! Outbound S3: what to copy between places, and copying it.
//!
//! The plan is pure ([`plan`]): a walk of local files ([`walk`]) and the listing of a bucket merge into actions. The rest
//! carries actions out over the official SDK. Nothing here knows the server.

pub mod entry;
pub mod filter;
pub mod glob;
pub mod location;
pub mod names;
pub mod plan;
pub mod walk;
