//! AWS's JSON protocol, version 1.1: targets, members of the input and their rules, answers and refusals.
//! <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>

mod answer;
mod fault;
mod input;
pub(crate) mod named;
mod output;
pub(crate) mod rules;
mod target;

pub(crate) use answer::{failure, success};
pub(crate) use fault::{Code, Fault};
pub(crate) use input::Input;
pub(crate) use output::Output;
pub use target::Service;
pub(crate) use target::operation;

/// Largest body of a request, in bytes: a policy of 131,072 characters that are escaped, and everything else.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;
