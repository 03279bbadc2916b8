//! Outbound S3: what to copy between places, and copying it.
//!
//! The plan is pure ([`plan`]): a walk of local files ([`walk`]) and the listing of a bucket merge into actions. The rest
//! carries actions out over the official SDK. Nothing here knows the server.

pub mod connect;
pub mod entry;
pub mod error;
pub mod filter;
pub mod gate;
pub mod glob;
pub mod listing;
pub mod location;
pub mod names;
pub mod pace;
pub mod plan;
pub mod report;
pub mod requests;
pub mod run;
pub mod sync;
pub mod transfer;
pub mod versions;
pub mod walk;
