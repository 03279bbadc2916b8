//! Who may do what: policy documents, access control lists, Block Public Access, and the decision over them all.
//!
//! Pure: no IO, no clock, no protocol. What a request is and says comes in through [`Query`] and [`Context`]; what applies
//! to it through [`Documents`]; out comes a [`Decision`] with its reason.
//!
//! Documents are compiled when they are parsed: a decision allocates only for policy variables and for its reason. What
//! cannot be known (a variable without value, a value of the wrong form) never gives access.

pub mod acl;
mod action;
mod condition;
mod context;
mod decision;
mod document;
pub mod fuzz_entry;
mod glob;
mod json;
pub mod limits;
mod parse;
mod principal;
mod principal_set;
mod public;
mod resource;
mod simulate;
mod statement;
mod variable;

pub use context::{Context, Values};
pub use decision::{Decision, Documents, Named, Query, Reason, evaluate};
pub use document::{Kind, Policy, PolicyError, Position, StatementRef, Verdict, Version};
pub use parse::VERSION_TOO_OLD;
pub use principal::Principal;
pub use simulate::{Matched, Role, matched_statements, missing_context_keys};
pub use statement::Effect;
