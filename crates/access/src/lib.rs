//! What the services on one endpoint share before they differ: for which of them a request is ([`service`]), who sends it
//! ([`Authenticator`]), and what it says of itself whatever it wants ([`RequestFacts`], the global condition keys).
//!
//! Nothing is decided here: that is `larder-policy`'s, with documents that each service
//! knows.

mod authenticate;
mod facts;
mod receive;
mod service;

pub use authenticate::{Authenticated, Authenticator, Presented, Refusal};
pub use facts::{GlobalContext, RequestFacts, Signing};
pub use larder_identity::CallerPolicies;
pub use receive::{NotReceived, Received};
pub use service::{Service, service};
