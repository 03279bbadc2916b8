//! Reads documents: first their shape, which is the same for all kinds, then what each kind asks for, in the order and the
//! words of the service that checks it. S3 checks bucket policies, KMS key policies and IAM trust policies by one set of
//! messages; IAM checks identity policies by another.
//!
//! Source: "Grammar of the IAM JSON policy language", IAM user guide; messages as clients of AWS report them.

mod bucket;
mod catalog;
mod conditions;
mod identity;
mod key;
mod principals;
mod shape;
#[cfg(test)]
mod tests;
mod trust;

use crate::action::ActionSet;
use crate::condition::Condition;
use crate::json::{self, Fault};
use crate::principal_set::PrincipalSet;
use crate::resource::ResourceSet;
use crate::statement::Statement;
use crate::{Effect, Kind, Policy, PolicyError, Position, Version};

use shape::{RawStatement, ShapeFault};

/// IAM's message for a managed policy that is not of the newest version of the language.
pub const VERSION_TOO_OLD: &str = "Policy document must be version 2012-10-17 or greater.";

pub(crate) fn parse(text: &str, kind: Kind<'_>) -> Result<Policy, PolicyError> {
    if matches!(kind, Kind::Bucket(_)) && !text.trim_start().starts_with('{') {
        return Err(refuse("Policies must be valid JSON and the first byte must be '{'".to_owned()));
    }
    let root = json::read(text).map_err(|fault| refuse(json_message(kind, fault)))?;
    let document = shape::document(&root).map_err(|fault| {
        refuse(match kind {
            Kind::Identity => identity::SYNTAX.to_owned(),
            Kind::Bucket(_) | Kind::Trust | Kind::Key(_) => fault.message(),
        })
    })?;
    let checked = match kind {
        Kind::Identity => identity::check(&document),
        Kind::Bucket(bucket) => bucket::check(&document, bucket),
        Kind::Trust => trust::check(&document),
        Kind::Key(arn) => key::check(&document, arn),
    };
    let positions = Positions::new(text);
    let statements = document.statements.iter().zip(checked.map_err(refuse)?);
    let statements = statements.map(|(raw, checked)| checked.into_statement(raw, positions)).collect();
    Ok(Policy::new(document.version, statements))
}

fn refuse(message: String) -> PolicyError {
    PolicyError { message }
}

fn json_message(kind: Kind<'_>, fault: Fault) -> String {
    match (kind, fault) {
        (Kind::Identity, _) => identity::SYNTAX.to_owned(),
        (_, Fault::Duplicate(name)) => ShapeFault::Already(name).message(),
        (_, Fault::Syntax) => "This policy contains invalid Json".to_owned(),
    }
}

/// A statement that its kind accepts.
struct Checked {
    effect: Effect,
    principals: Option<PrincipalSet>,
    actions: ActionSet,
    resources: Option<ResourceSet>,
    conditions: Vec<Condition>,
}

impl Checked {
    fn into_statement(self, raw: &RawStatement<'_>, positions: Positions<'_>) -> Statement {
        Statement {
            sid: raw.sid.map(Into::into),
            effect: self.effect,
            principals: self.principals,
            actions: self.actions,
            resources: self.resources,
            conditions: self.conditions.into(),
            start: positions.at(raw.node.start),
            end: positions.at(raw.node.end),
        }
    }
}

/// Turns places counted in bytes into lines and columns.
#[derive(Clone, Copy)]
struct Positions<'a> {
    text: &'a str,
}

impl<'a> Positions<'a> {
    fn new(text: &'a str) -> Self {
        Self { text }
    }

    fn at(self, byte: usize) -> Position {
        let before = &self.text[..byte];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Position {
            line: 1 + memchr::memchr_iter(b'\n', before.as_bytes()).count(),
            column: 1 + before[line_start..].chars().count(),
        }
    }
}

/// Whether two statements have the same `Sid`, which is not empty.
fn repeats_sid(statements: &[RawStatement<'_>]) -> bool {
    let mut sids: Vec<&str> = statements.iter().filter_map(|one| one.sid).filter(|sid| !sid.is_empty()).collect();
    sids.sort_unstable();
    sids.windows(2).any(|pair| pair[0] == pair[1])
}

/// Whether the document's version has policy variables.
fn has_variables(version: Version) -> bool {
    version == Version::V2012
}
