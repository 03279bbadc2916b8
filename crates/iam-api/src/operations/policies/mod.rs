//! Managed policies and their versions; what is attached and embedded is in the modules beside.

use larder_identity::{AccountState, PolicyRef};

use crate::protocol::Fault;

pub(super) mod attached;
pub(super) mod entities;
pub(super) mod holder;
pub(super) mod inline;
pub(super) mod managed;
pub(super) mod versions;

/// A policy of the account or of AWS.
fn found<'a>(state: &'a AccountState, arn: &str) -> Result<PolicyRef<'a>, Fault> {
    state.find_policy(arn).ok_or_else(|| Fault::missing(format!("Policy {arn} was not found.")))
}
