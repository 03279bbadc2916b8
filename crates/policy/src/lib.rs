//! Who may do what: policy documents, access control lists, Block Public Access, and the decision over them all.
//!
//! Pure: no IO, no clock, no protocol. What a request is and says comes in through [`Query`] and [`Context`]; what applies
//! to it through [`Documents`]; out comes a [`Decision`] with its reason.

mod context;
mod decision;
mod document;
mod principal;

pub use context::{Context, Values};
pub use decision::{Decision, Documents, Named, Query, Reason, evaluate};
pub use document::{Kind, Policy, PolicyError};
pub use principal::Principal;
