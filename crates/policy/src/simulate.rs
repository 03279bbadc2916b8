//! What IAM's policy simulator tells besides the decision.

use std::collections::BTreeSet;

use crate::principal_set::Reach;
use crate::statement::{Request, Statement};
use crate::{Context, Documents, Named, Query, StatementRef};

/// A statement that applies to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matched<'a> {
    /// The document's name.
    pub document: &'a str,
    /// Which of the documents it is.
    pub role: Role,
    /// The statement.
    pub statement: StatementRef<'a>,
}

/// What a document is to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An identity policy.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// A session policy.
    Session,
    /// The resource's policy.
    Resource,
}

impl<'a> Documents<'a> {
    /// Every document and what it is, in the order in which they are asked.
    pub fn all(&self) -> impl Iterator<Item = (Role, Named<'a>)> {
        let identity = self.identity.iter().map(|named| (Role::Identity, *named));
        let boundary = self.boundary.iter().map(|named| (Role::Boundary, *named));
        let session = self.session.unwrap_or_default().iter().map(|named| (Role::Session, *named));
        let resource = self.resource.iter().map(|named| (Role::Resource, *named));
        let all: Vec<_> = identity.chain(boundary).chain(session).chain(resource).collect();
        all.into_iter()
    }
}

/// Every statement, allowing or denying, that applies to the request. Which of them decided,
/// [`evaluate`](crate::evaluate) says.
#[must_use]
pub fn matched_statements<'a>(query: &Query<'_>, documents: &Documents<'a>) -> Vec<Matched<'a>> {
    let request = Request::new(query, documents.boundary.is_some());
    let mut matched = Vec::new();
    for (role, named) in documents.all() {
        let statements = named.policy.statements.iter().enumerate();
        let applying = statements.filter(|(_, statement)| statement.reach(&request) != Reach::Nobody);
        matched.extend(applying.map(|(index, _)| Matched {
            document: named.name,
            role,
            statement: named.policy.statement(index),
        }));
    }
    matched
}

/// The condition keys that the documents name and the context has no value for, each once and as first written: IAM's
/// `MissingContextValues`.
#[must_use]
pub fn missing_context_keys<'a>(documents: &Documents<'a>, context: &dyn Context) -> BTreeSet<&'a str> {
    let statements = documents.all().flat_map(|(_, named)| named.policy.statements.iter());
    let missing = statements.flat_map(Statement::keys).filter(|key| key.get(context).is_none());
    missing.map(|key| &*key.written).collect()
}
