//! Whether the caller may do what it asks, and AWS's words when it may not.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>

use larder_access::CallerPolicies;
use larder_identity::{AccountState, Caller, NamedPolicy};
use larder_policy::{Context, Decision, Documents, Query, Reason, evaluate};
use larder_types::AccountId;

use crate::context::Keys;
use crate::protocol::{Code, Fault};
use crate::request::Request;
use crate::target::Target;

/// One question to the policies.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) caller: &'a Caller,
    /// Such as `iam:CreateUser`.
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) resource_account: AccountId,
    pub(crate) context: &'a dyn Context,
    /// Only explicit denials count.
    pub(crate) allowed_by_default: bool,
}

/// Requires the permission for an IAM operation on all that it acts on. What is made with tags needs the permission to tag it
/// besides.
pub(crate) fn require(request: &Request<'_>, target: Target, state: &AccountState) -> Result<(), Fault> {
    let action = format!("iam:{}", request.action);
    let tags = target.tagging_action().filter(|_| request.input.has_list("Tags"));
    for resource in target.resources(request, state)? {
        let keys = Keys::of(request, target, &resource)?;
        for action in std::iter::once(action.as_str()).chain(tags) {
            let question = Question {
                caller: request.caller,
                action,
                resource: &resource.arn,
                resource_account: request.account,
                context: &keys,
                allowed_by_default: false,
            };
            question.require()?;
        }
    }
    Ok(())
}

impl Question<'_> {
    /// Asks.
    pub(crate) fn decide(&self) -> Decision {
        let policies = CallerPolicies::of(self.caller);
        let query = Query {
            principal: &self.caller.principal,
            action: self.action,
            resource: self.resource,
            resource_account: self.resource_account,
            context: self.context,
        };
        let documents = Documents { allowed_by_default: self.allowed_by_default, ..policies.documents() };
        evaluate(&query, &documents)
    }

    /// Asks, and refuses unless it is allowed. The log has the statement that decided, the client only its kind.
    pub(crate) fn require(&self) -> Result<(), Fault> {
        let decision = self.decide();
        if decision.allowed {
            return Ok(());
        }
        let Self { action, resource, .. } = self;
        tracing::debug!(action, resource, reason = ?decision.reason, "denied");
        let (who, why) = (self.caller.principal.arn(), self.why(&decision.reason));
        let message = format!("User: {who} is not authorized to perform: {action} on resource: {resource} {why}");
        Err(Fault::new(Code::AccessDenied, message))
    }

    fn why(&self, reason: &Reason) -> String {
        let lacks = |policy: &str, verb: &str| format!("because no {policy} {verb} the {} action", self.action);
        match reason {
            Reason::Statement { document, .. } => format!("with an explicit deny in {}", self.kind_of(document)),
            Reason::Boundary => lacks("permissions boundary", "allows"),
            Reason::Session => lacks("session policy", "allows"),
            _ => lacks("identity-based policy", "allows"),
        }
    }

    fn kind_of(&self, document: &str) -> &'static str {
        let is = |policy: &NamedPolicy| *policy.name == *document;
        let caller = self.caller;
        if caller.policies.iter().any(is) {
            "an identity-based policy"
        } else if caller.boundary.as_ref().is_some_and(is) {
            "a permissions boundary"
        } else {
            "a session policy"
        }
    }
}
