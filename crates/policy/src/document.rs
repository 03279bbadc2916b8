//! Policy documents.

use std::collections::BTreeSet;

use crate::principal_set::{PrincipalSet, Reach};
use crate::statement::{Request, Statement};
use crate::{Effect, Query, parse, public};

/// What a document is for, which decides what it must and may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// Attached to a user, group or role, as a boundary or to a session: has no principals.
    Identity,
    /// Of a bucket: names principals, and resources of this bucket alone.
    Bucket(&'a str),
    /// A role's trust policy: names principals and no resources.
    Trust,
    /// Of a KMS key, by its ARN: names principals, actions of KMS, and as resource everything (`*`, the key itself) or patterns
    /// that the key's ARN matches.
    Key(&'a str),
}

/// The version of the policy language that a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, also when the document names none: it has no policy variables.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// Why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PolicyError {
    /// AWS's message.
    pub message: String,
}

/// A place in the text of a document; both count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A statement of a document, as answers name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementRef<'a> {
    /// Its place in the document, counted from 0.
    pub index: usize,
    /// Its `Sid`, if it has one that is not empty.
    pub sid: Option<&'a str>,
    /// What it does.
    pub effect: Effect,
    /// Where its text begins.
    pub start: Position,
    /// Where its text ends.
    pub end: Position,
}

impl StatementRef<'_> {
    /// What to call it: its `Sid`, or else its place.
    #[must_use]
    pub fn name(&self) -> String {
        self.sid.map_or_else(|| self.index.to_string(), str::to_owned)
    }
}

/// What one document says about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// This statement denies it.
    Denied(StatementRef<'a>),
    /// This statement allows it and none denies it.
    Allowed(StatementRef<'a>),
    /// No statement applies.
    Silent,
}

/// A policy document, parsed and ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) version: Version,
    pub(crate) statements: Box<[Statement]>,
    public: bool,
}

/// What the statements of a document say, for the decision over all of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) denies: Option<usize>,
    /// The allowing statement that reaches the principal most directly.
    pub(crate) allows: Option<(usize, Reach)>,
}

impl Policy {
    pub(crate) fn new(version: Version, statements: Vec<Statement>) -> Self {
        let public = public::is_public(&statements);
        Self { version, statements: statements.into(), public }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`PolicyError`] in AWS's words.
    pub fn parse(text: &str, kind: Kind<'_>) -> Result<Self, PolicyError> {
        parse::parse(text, kind)
    }

    /// The version of the language that it is written in. IAM takes a managed policy only in the newer one; see
    /// [`VERSION_TOO_OLD`](crate::VERSION_TOO_OLD).
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// How many statements it has.
    #[must_use]
    pub fn statement_count(&self) -> usize {
        self.statements.len()
    }

    /// Whether it gives strangers access, as Block Public Access means it. Found when the document is parsed.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.public
    }

    /// The AWS principals that its statements name, each as written: `*`, account ids, ARNs of users, roles and sessions,
    /// unique ids, canonical user ids. Whether they exist, the caller finds out.
    pub fn principals(&self) -> impl Iterator<Item = &str> {
        self.sets().flat_map(|set| set.written.iter()).map(|one| &**one)
    }

    /// The services that its statements name.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.sets().flat_map(|set| set.services.iter()).map(|one| &**one)
    }

    /// The identity providers that its statements name.
    pub fn federated(&self) -> impl Iterator<Item = &str> {
        self.sets().flat_map(|set| set.federated.iter()).map(|one| &**one)
    }

    fn sets(&self) -> impl Iterator<Item = &PrincipalSet> {
        self.statements.iter().filter_map(|statement| statement.principals.as_ref())
    }

    /// The condition keys that it names, in conditions and in variables, each once and as written.
    #[must_use]
    pub fn context_keys(&self) -> BTreeSet<&str> {
        self.statements.iter().flat_map(Statement::keys).map(|key| &*key.written).collect()
    }

    /// What this document alone says. A statement that allows counts however it reaches the principal; for a role's trust
    /// policy that an account is named suffices, the caller asks the account's own policies besides.
    #[must_use]
    pub fn decide(&self, query: &Query<'_>) -> Verdict<'_> {
        let outcome = self.outcome(&Request::new(query, false));
        match (outcome.denies, outcome.allows) {
            (Some(index), _) => Verdict::Denied(self.statement(index)),
            (None, Some((index, _))) => Verdict::Allowed(self.statement(index)),
            (None, None) => Verdict::Silent,
        }
    }

    pub(crate) fn outcome(&self, request: &Request<'_>) -> Outcome {
        let mut outcome = Outcome { denies: None, allows: None };
        for (index, statement) in self.statements.iter().enumerate() {
            // A further allowing statement changes nothing once one reaches the principal directly.
            let wanted = match statement.effect {
                Effect::Deny => true,
                Effect::Allow => outcome.allows.is_none_or(|(_, reach)| reach < Reach::Direct),
            };
            if !wanted {
                continue;
            }
            let reach = statement.reach(request);
            match statement.effect {
                _ if reach == Reach::Nobody => {}
                Effect::Deny => {
                    outcome.denies = Some(index);
                    return outcome;
                }
                Effect::Allow => {
                    if outcome.allows.is_none_or(|(_, before)| before < reach) {
                        outcome.allows = Some((index, reach));
                    }
                }
            }
        }
        outcome
    }

    pub(crate) fn statement(&self, index: usize) -> StatementRef<'_> {
        let Statement { sid, effect, start, end, .. } = &self.statements[index];
        StatementRef {
            index,
            sid: sid.as_deref().filter(|sid| !sid.is_empty()),
            effect: *effect,
            start: *start,
            end: *end,
        }
    }
}
