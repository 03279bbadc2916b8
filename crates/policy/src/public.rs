//! When a bucket policy is public: a statement allows something to everybody, and no condition holds that to fixed values.
//!
//! Source: "The meaning of 'public'" in "Blocking public access to your Amazon S3 storage", Amazon S3 user guide.

#[cfg(test)]
mod tests;

use crate::condition::Condition;
use crate::statement::Statement;
use crate::{Effect, Principal};

/// Keys whose fixed values make a statement not public.
const PINNING_KEYS: [&str; 14] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:accesspointaccount",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

pub(crate) fn is_public(statements: &[Statement]) -> bool {
    statements.iter().any(|statement| {
        let everybody = statement
            .principals
            .as_ref()
            .is_some_and(|principals| principals.not || principals.everybody || principals.every_aws);
        statement.effect == Effect::Allow && everybody && !statement.conditions.iter().any(is_pinning)
    })
}

fn is_pinning(condition: &Condition) -> bool {
    let key = &*condition.key.name;
    if key == "aws:sourceip" {
        return condition.pinned_networks().is_some_and(|networks| networks.iter().all(crate::condition::is_narrow));
    }
    // The anonymous have this user id, so that a statement for it is for everybody.
    if !PINNING_KEYS.contains(&key) || (key == "aws:userid" && condition.may_accept(Principal::ANONYMOUS_USER_ID)) {
        return false;
    }
    // An access point's name may have wildcards as long as its account is fixed.
    (key == "s3:dataaccesspointarn" && condition.pins_fixed_accounts()) || condition.pins_fixed_values()
}
