//! AWS's words for what is not allowed.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>

use larder_identity::{Caller, NamedPolicy};
use larder_policy::Reason;

use crate::protocol::{Code, Fault};

fn denied(caller: &Caller, action: &str, rest: &str) -> Fault {
    let who = caller.principal.arn();
    Fault::new(Code::ACCESS_DENIED, format!("User: {who} is not authorized to perform: {action} {rest}"))
}

/// The refusal for a resource of the caller's own account. `delegates` says whether the resource leaves it to the account's own
/// policies.
pub(crate) fn of_own(
    caller: &Caller,
    action: &str,
    resource: &str,
    reason: &Reason,
    delegates: impl FnOnce() -> bool,
) -> Fault {
    let why = match reason {
        Reason::Statement { document, .. } => format!("with an explicit deny in {}", kind_of(caller, document)),
        _ => {
            let policy = match reason {
                Reason::Boundary => "permissions boundary",
                Reason::Session => "session policy",
                _ if delegates() => "identity-based policy",
                _ => "resource-based policy",
            };
            format!("because no {policy} allows the {action} action")
        }
    };
    denied(caller, action, &format!("on resource: {resource} {why}"))
}

/// The refusal for what another account has or has not: but for what the caller's own policies say, it is the same.
pub(crate) fn of_another(caller: &Caller, action: &str, named: &str, reason: &Reason) -> Fault {
    match reason {
        Reason::Statement { document, .. } if has_own(caller, document) => {
            let why = format!("with an explicit deny in {}", kind_of(caller, document));
            denied(caller, action, &format!("on resource: {named} {why}"))
        }
        _ => hidden(caller, action),
    }
}

/// The refusal that does not tell whether there is such a key.
pub(crate) fn hidden(caller: &Caller, action: &str) -> Fault {
    let why = "on this resource because the resource does not exist in this Region, no resource-based policies allow \
               access, or a resource-based policy explicitly denies access";
    denied(caller, action, why)
}

fn has_own(caller: &Caller, document: &str) -> bool {
    kind_of(caller, document) != RESOURCE
}

const RESOURCE: &str = "a resource-based policy";

fn kind_of(caller: &Caller, document: &str) -> &'static str {
    let is = |policy: &NamedPolicy| *policy.name == *document;
    let session = caller.session.as_ref().and_then(|session| session.policies.as_ref());
    if caller.policies.iter().any(is) {
        "an identity-based policy"
    } else if caller.boundary.as_ref().is_some_and(is) {
        "a permissions boundary"
    } else if session.is_some_and(|policies| policies.iter().any(is)) {
        "a session policy"
    } else {
        RESOURCE
    }
}
