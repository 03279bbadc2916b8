//! What the policies say about one action on one resource, and how it is written.

use std::sync::Arc;

use larder_identity::AccountState;
use larder_policy::{
    Documents, Effect, Kind, Matched, Named, Policy, Principal, Query, Reason, Role, evaluate, matched_statements,
    missing_context_keys,
};
use larder_types::AccountId;

use super::documents::Sources;
use super::entries::Entries;
use crate::protocol::{Code, Fault, Xml, rules};
use crate::request::Request;

/// Everything about a simulation but the action and the resource.
pub(super) struct Simulation<'a> {
    sources: &'a Sources,
    identity: Vec<Named<'a>>,
    entries: &'a Entries,
    principal: Principal,
    resource_owner: AccountId,
    /// The text of the resource's policy. Parsed for each resource, as it must be one of that resource.
    resource_policy: Option<&'a str>,
}

/// The answer to one question.
pub(super) struct Outcome {
    action: String,
    resource: String,
    decision: &'static str,
    statements: Vec<Statement>,
    missing: Vec<String>,
    /// Whether the boundary allows it, when there is one.
    in_boundary: Option<bool>,
}

struct Statement {
    policy: String,
    kind: &'static str,
    /// Line and column of where it begins and ends.
    positions: [(usize, usize); 2],
}

impl<'a> Simulation<'a> {
    pub(super) fn new(
        request: &Request<'a>,
        state: &AccountState,
        sources: &'a Sources,
        caller: Option<Principal>,
        entries: &'a Entries,
    ) -> Result<Self, Fault> {
        let resource_policy = request.input.optional("ResourcePolicy", &rules::DOCUMENT)?;
        if resource_policy.is_some() && caller.is_none() {
            let message = "The CallerArn parameter is required when a ResourcePolicy is simulated.";
            return Err(Fault::new(Code::InvalidInput, message));
        }
        let resource_owner = match request.input.optional("ResourceOwner", &rules::RESOURCE_NAME)? {
            None => state.id(),
            Some(owner) => account(owner)
                .ok_or_else(|| Fault::new(Code::InvalidInput, format!("{owner} does not name an account.")))?,
        };
        let identity = sources.identity.iter().map(super::documents::SourcePolicy::named).collect();
        let principal = caller.unwrap_or_else(|| nobody(state));
        Ok(Self { sources, identity, entries, principal, resource_owner, resource_policy })
    }

    /// How many statements each question asks, and how many bytes of documents it goes through.
    pub(super) fn size(&self) -> (usize, usize) {
        let (statements, bytes) = self.sources.size();
        (statements, bytes + self.resource_policy.map_or(0, str::len))
    }

    /// Asks about one action on one resource.
    pub(super) fn ask(&self, action: &str, resource: &str) -> Result<Outcome, Fault> {
        let resource_policy = self.resource_policy.map(|text| parse(text, resource)).transpose()?;
        let boundary = self.sources.boundary.as_ref().map(super::documents::SourcePolicy::named);
        let documents = Documents {
            identity: &self.identity,
            boundary,
            resource: resource_policy.as_ref().map(|policy| Named { name: "ResourcePolicy", policy }),
            ..Documents::default()
        };
        let query = Query {
            principal: &self.principal,
            action,
            resource,
            resource_account: self.resource_owner,
            context: self.entries,
        };
        let decision = evaluate(&query, &documents);
        let mut matched = matched_statements(&query, &documents);
        let denied = matched.iter().any(|statement| statement.statement.effect == Effect::Deny);
        if denied {
            matched.retain(|statement| statement.statement.effect == Effect::Deny);
        }
        let decision = match (decision.allowed, &decision.reason) {
            (true, _) => "allowed",
            (false, Reason::Statement { .. }) => "explicitDeny",
            (false, _) => "implicitDeny",
        };
        let in_boundary =
            boundary.map(|named| matches!(named.policy.decide(&query), larder_policy::Verdict::Allowed(_)));
        Ok(Outcome {
            action: action.to_owned(),
            resource: resource.to_owned(),
            decision,
            statements: matched.iter().map(|statement| self.statement(statement)).collect(),
            missing: missing_context_keys(&documents, self.entries).into_iter().map(str::to_owned).collect(),
            in_boundary,
        })
    }

    fn statement(&self, matched: &Matched<'_>) -> Statement {
        let kind = match matched.role {
            Role::Resource => "Resource Policy",
            _ => self
                .sources
                .identity
                .iter()
                .find(|source| source.id == matched.document)
                .map_or("IAM Policy", |it| it.kind),
        };
        let (start, end) = (matched.statement.start, matched.statement.end);
        Statement {
            policy: matched.document.to_owned(),
            kind,
            positions: [(start.line, start.column), (end.line, end.column)],
        }
    }
}

/// The resource's policy. Bucket policies are the only ones that are known here.
fn parse(text: &str, resource: &str) -> Result<Policy, Fault> {
    let bucket = resource.strip_prefix("arn:aws:s3:::").and_then(|rest| rest.split('/').next());
    let bucket = bucket.ok_or_else(|| {
        Fault::new(Code::InvalidInput, "A ResourcePolicy can be simulated only with the ARNs of buckets and objects.")
    })?;
    Policy::parse(text, Kind::Bucket(bucket))
        .map_err(|error| Fault::new(Code::InvalidInput, format!("ResourcePolicy: {}", error.message)))
}

/// The account that an ARN or a number names.
fn account(owner: &str) -> Option<AccountId> {
    let number = owner.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split(':').next()).unwrap_or(owner);
    AccountId::parse(number).ok()
}

/// A user without a name, when the request names none.
fn nobody(state: &AccountState) -> Principal {
    Principal::User {
        account: state.id(),
        canonical_id: state.owner().canonical_id.clone(),
        arn: Arc::from(""),
        id: Arc::from(""),
        name: Arc::from(""),
    }
}

impl Outcome {
    /// The content of an `EvaluationResult`. For a resource by its ARN the details are repeated as those of that resource,
    /// where clients look for them.
    pub(super) fn write(&self, xml: &mut Xml) {
        xml.text("EvalActionName", &self.action);
        xml.text("EvalResourceName", &self.resource);
        xml.text("EvalDecision", self.decision);
        self.write_details(xml);
        if self.resource != "*" {
            xml.list("ResourceSpecificResults", [self], |xml, outcome| {
                xml.text("EvalResourceName", &outcome.resource);
                xml.text("EvalResourceDecision", outcome.decision);
                outcome.write_details(xml);
            });
        }
    }

    fn write_details(&self, xml: &mut Xml) {
        xml.list("MatchedStatements", &self.statements, |xml, statement| {
            xml.text("SourcePolicyId", &statement.policy);
            xml.text("SourcePolicyType", statement.kind);
            for (name, (line, column)) in ["StartPosition", "EndPosition"].into_iter().zip(statement.positions) {
                xml.element(name, |xml| {
                    xml.value("Line", line);
                    xml.value("Column", column);
                });
            }
        });
        xml.texts("MissingContextValues", &self.missing);
        if let Some(allowed) = self.in_boundary {
            xml.element("PermissionsBoundaryDecisionDetail", |xml| xml.value("AllowedByPermissionsBoundary", allowed));
        }
    }
}
