//! The shape that all kinds of documents share: which elements there are and of which JSON types.

use crate::Version;
use crate::json::{Node, Value};
use crate::limits::MAX_STATEMENTS;

/// A document whose elements are known but not yet checked.
pub(super) struct RawDocument<'a> {
    pub(super) version: Version,
    pub(super) statements: Vec<RawStatement<'a>>,
}

/// A statement, its elements as they stand.
pub(super) struct RawStatement<'a> {
    pub(super) node: &'a Node,
    pub(super) sid: Option<&'a str>,
    pub(super) effect: Option<&'a Node>,
    pub(super) principal: Option<RawPrincipal<'a>>,
    pub(super) action: Option<Listed<'a>>,
    pub(super) resource: Option<Listed<'a>>,
    pub(super) condition: Option<&'a [(String, Node)]>,
}

/// `Principal` or `NotPrincipal`.
#[derive(Clone, Copy)]
pub(super) struct RawPrincipal<'a> {
    pub(super) not: bool,
    pub(super) node: &'a Node,
}

/// An element and its `Not...` form, a text or a list of texts.
pub(super) struct Listed<'a> {
    pub(super) not: bool,
    pub(super) items: Vec<&'a str>,
}

/// What is wrong with the shape.
pub(super) enum ShapeFault {
    Unknown(String),
    Already(String),
    Version,
    MissingStatement,
    EmptyStatement,
    Syntax,
}

impl ShapeFault {
    /// In the words of S3, which IAM has for trust policies too.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Unknown(name) => format!("Unknown field {name}"),
            Self::Already(name) => format!("Statement/policy already has instance of {name}"),
            Self::Version => "The policy must contain a valid version string".to_owned(),
            Self::MissingStatement => "Missing required field Statement".to_owned(),
            Self::EmptyStatement => "Could not parse the policy: Statement is empty!".to_owned(),
            Self::Syntax => SYNTAX.to_owned(),
        }
    }
}

/// S3's message for what has the wrong type or form.
pub(super) const SYNTAX: &str = "Invalid policy syntax.";

pub(super) fn document(root: &Node) -> Result<RawDocument<'_>, ShapeFault> {
    let mut version = Version::V2008;
    let mut statement = None;
    for (name, node) in root.map().ok_or(ShapeFault::Syntax)? {
        match name.as_str() {
            "Version" => {
                version = match node.text() {
                    Some("2012-10-17") => Version::V2012,
                    Some("2008-10-17") => Version::V2008,
                    _ => return Err(ShapeFault::Version),
                }
            }
            "Id" => {
                node.text().ok_or(ShapeFault::Syntax)?;
            }
            "Statement" => statement = Some(node),
            _ => return Err(ShapeFault::Unknown(name.clone())),
        }
    }
    let node = statement.ok_or(ShapeFault::MissingStatement)?;
    let statements = match &node.value {
        Value::Map(_) => vec![raw_statement(node)?],
        Value::List(list) if list.is_empty() => return Err(ShapeFault::EmptyStatement),
        Value::List(list) if list.len() <= MAX_STATEMENTS => {
            list.iter().map(raw_statement).collect::<Result<_, _>>()?
        }
        _ => return Err(ShapeFault::Syntax),
    };
    Ok(RawDocument { version, statements })
}

fn raw_statement(node: &Node) -> Result<RawStatement<'_>, ShapeFault> {
    let entries = node.map().ok_or(ShapeFault::Syntax)?;
    let mut raw =
        RawStatement { node, sid: None, effect: None, principal: None, action: None, resource: None, condition: None };
    for (name, node) in entries {
        match name.as_str() {
            "Sid" => raw.sid = Some(node.text().ok_or(ShapeFault::Syntax)?),
            "Effect" => raw.effect = Some(node),
            "Principal" | "NotPrincipal" => {
                let principal = RawPrincipal { not: name == "NotPrincipal", node };
                once(raw.principal.replace(principal).is_some(), "Principal")?;
            }
            "Action" | "NotAction" => {
                once(raw.action.replace(listed(name, node)?).is_some(), "Action")?;
            }
            "Resource" | "NotResource" => {
                once(raw.resource.replace(listed(name, node)?).is_some(), "Resource")?;
            }
            "Condition" => raw.condition = Some(node.map().ok_or(ShapeFault::Syntax)?),
            _ => return Err(ShapeFault::Unknown(name.clone())),
        }
    }
    Ok(raw)
}

fn once(repeated: bool, name: &str) -> Result<(), ShapeFault> {
    if repeated { Err(ShapeFault::Already(name.to_owned())) } else { Ok(()) }
}

fn listed<'a>(name: &str, node: &'a Node) -> Result<Listed<'a>, ShapeFault> {
    Ok(Listed { not: name.starts_with("Not"), items: texts(node).ok_or(ShapeFault::Syntax)? })
}

/// A text, or a list of texts.
pub(super) fn texts(node: &Node) -> Option<Vec<&str>> {
    match &node.value {
        Value::Text(text) => Some(vec![text]),
        Value::List(list) => list.iter().map(Node::text).collect(),
        _ => None,
    }
}
