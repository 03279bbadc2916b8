//! Statements, and whether one applies to a request.

use crate::action::{ActionName, ActionSet};
use crate::condition::Condition;
use crate::principal_set::{PrincipalSet, Reach};
use crate::resource::ResourceSet;
use crate::variable::{Key, Match};
use crate::{Position, Query};

/// What a statement does with requests that it applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Allows them.
    Allow,
    /// Denies them, whatever else allows them.
    Deny,
}

impl Effect {
    /// Whether a negated element applies when what it negates gave `matched`. AWS does not say what a negation of an
    /// unknown variable is; the side of less access is taken.
    pub(crate) fn negated(self, matched: Match) -> bool {
        match matched {
            Match::Yes => false,
            Match::No => true,
            Match::Unknown => self == Self::Deny,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sid: Option<Box<str>>,
    pub(crate) effect: Effect,
    /// `None` in identity policies.
    pub(crate) principals: Option<PrincipalSet>,
    pub(crate) actions: ActionSet,
    /// `None` in trust policies.
    pub(crate) resources: Option<ResourceSet>,
    pub(crate) conditions: Box<[Condition]>,
    pub(crate) start: Position,
    pub(crate) end: Position,
}

/// A request, prepared for many statements.
pub(crate) struct Request<'a> {
    pub(crate) query: &'a Query<'a>,
    pub(crate) action: ActionName,
    /// The principal has a permissions boundary.
    pub(crate) bounded: bool,
}

impl<'a> Request<'a> {
    pub(crate) fn new(query: &'a Query<'a>, bounded: bool) -> Self {
        Self { query, action: ActionName::new(query.action), bounded }
    }
}

impl Statement {
    /// How the statement reaches the request; [`Reach::Nobody`] when it does not apply.
    pub(crate) fn reach(&self, request: &Request<'_>) -> Reach {
        let query = request.query;
        if !self.actions.covers(&request.action) {
            return Reach::Nobody;
        }
        if let Some(resources) = &self.resources
            && !resources.covers(query.resource, query.context, self.effect)
        {
            return Reach::Nobody;
        }
        let reach = match &self.principals {
            None => Reach::Direct,
            Some(principals) => principals.reach(query.principal, self.effect, request.bounded),
        };
        if reach == Reach::Nobody || !self.conditions.iter().all(|one| one.holds(query.context, self.effect)) {
            return Reach::Nobody;
        }
        reach
    }

    /// Every condition key that it names, those of variables included.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.resources.iter().flat_map(ResourceSet::keys).chain(self.conditions.iter().flat_map(Condition::keys))
    }
}
