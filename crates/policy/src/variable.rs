//! Policy variables: `${aws:username}`, with defaults `${aws:PrincipalTag/team, 'none'}`, and the escapes `${*}`, `${?}`
//! and `${$}`. What a variable stands for is text: wildcards in it match only themselves.
//!
//! Source: "IAM policy elements: Variables and tags", IAM user guide. Only documents of version 2012-10-17 have variables.

use std::borrow::Cow;

use crate::glob::{self, Pattern, Piece};
use crate::{Context, Values};

/// A condition key as a document names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// The part before the slash of a key with a variable part, else the whole key; in lower case.
    pub(crate) name: Box<str>,
    /// The part after the slash.
    pub(crate) suffix: Option<Box<str>>,
    /// As written.
    pub(crate) written: Box<str>,
}

impl Key {
    pub(crate) fn new(written: &str) -> Self {
        // Keys of identity providers are URLs, such as `id.example.com/realms/a:aud`: their slash starts no variable part.
        let variable = written.split_once('/').filter(|(before, _)| {
            before.split_once(':').is_some_and(|(vendor, name)| {
                !vendor.contains('.') && !name.is_empty() && !name.bytes().all(|byte| byte.is_ascii_digit())
            })
        });
        let (name, suffix) = match variable {
            Some((name, suffix)) => (name, Some(suffix.into())),
            None => (written, None),
        };
        Self { name: name.to_lowercase().into(), suffix, written: written.into() }
    }

    pub(crate) fn get<'a>(&self, context: &'a dyn Context) -> Option<Values<'a>> {
        context.get(&self.name, self.suffix.as_deref())
    }
}

/// What wildcards mean in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wildcards {
    /// They are characters like others.
    None,
    /// They match anything.
    Plain,
    /// As in the `Resource` element: in the first five segments of an ARN only a star that ends its segment crosses colons.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>
    Resource,
}

/// A text with or without variables.
#[derive(Clone, Debug)]
pub(crate) enum Text {
    Fixed(Pattern),
    Variable(Box<[Part]>),
}

/// A part of a text with variables.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Piece(Piece<'static>),
    Variable { key: Key, default: Option<Box<str>> },
}

/// Whether something matches. Unknown when a variable has no value and no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    Yes,
    No,
    Unknown,
}

impl From<bool> for Match {
    fn from(matched: bool) -> Self {
        if matched { Self::Yes } else { Self::No }
    }
}

impl Match {
    /// Yes if any is; else unknown if any is.
    pub(crate) fn any(matches: impl Iterator<Item = Self>) -> Self {
        let mut result = Self::No;
        for one in matches {
            match one {
                Self::Yes => return Self::Yes,
                Self::Unknown => result = Self::Unknown,
                Self::No => {}
            }
        }
        result
    }
}

/// A variable that does not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OpenVariable;

impl Text {
    pub(crate) fn parse(text: &str, variables: bool, wildcards: Wildcards) -> Result<Self, OpenVariable> {
        let parts = parts(text, variables, wildcards)?;
        if parts.iter().any(|part| matches!(part, Part::Variable { .. })) {
            return Ok(Self::Variable(parts.into()));
        }
        let pieces = parts.into_iter().filter_map(|part| match part {
            Part::Piece(piece) => Some(piece),
            Part::Variable { .. } => None,
        });
        Ok(Self::Fixed(Pattern::new(join(pieces))))
    }

    pub(crate) fn matches(&self, text: &str, context: &dyn Context) -> Match {
        match self {
            Self::Fixed(pattern) => pattern.matches(text).into(),
            // What begins otherwise does not match, whatever the variables are.
            Self::Variable(parts) if !starts_as(parts, text) => Match::No,
            Self::Variable(parts) => match resolve(parts, context) {
                Some(pieces) => glob::matches(&pieces, text).into(),
                None => Match::Unknown,
            },
        }
    }

    /// The same without regard to case. A text for this has no wildcards.
    pub(crate) fn equals_ignoring_case(&self, text: &str, context: &dyn Context) -> Match {
        match self {
            Self::Fixed(Pattern::Exact(exact)) => same_ignoring_case(exact, text).into(),
            Self::Fixed(_) => Match::No,
            Self::Variable(parts) => match resolve(parts, context) {
                Some(pieces) => {
                    let whole: String = pieces
                        .iter()
                        .filter_map(|piece| match piece {
                            Piece::Text(text) => Some(text.as_ref()),
                            _ => None,
                        })
                        .collect();
                    same_ignoring_case(&whole, text).into()
                }
                None => Match::Unknown,
            },
        }
    }

    /// Whether it stands for one text alone.
    pub(crate) fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(pattern) if pattern.is_exact())
    }

    /// The text that everything it matches begins with, whatever its variables.
    pub(crate) fn fixed_start(&self) -> &str {
        match self {
            Self::Fixed(pattern) => pattern.fixed_start(),
            Self::Variable(_) => "",
        }
    }

    /// The keys of its variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        let parts: &[Part] = match self {
            Self::Fixed(_) => &[],
            Self::Variable(parts) => parts,
        };
        parts.iter().filter_map(|part| match part {
            Part::Variable { key, .. } => Some(key),
            Part::Piece(_) => None,
        })
    }
}

/// Whether `text` begins with the text before the first variable or wildcard.
fn starts_as(parts: &[Part], text: &str) -> bool {
    match parts.first() {
        Some(Part::Piece(Piece::Text(start))) => text.as_bytes().starts_with(start.as_bytes()),
        _ => true,
    }
}

fn same_ignoring_case(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
        || (!(left.is_ascii() && right.is_ascii())
            && left.chars().flat_map(char::to_lowercase).eq(right.chars().flat_map(char::to_lowercase)))
}

/// Joins texts that follow each other.
fn join(pieces: impl Iterator<Item = Piece<'static>>) -> Vec<Piece<'static>> {
    let mut joined: Vec<Piece<'static>> = Vec::new();
    for piece in pieces {
        match (joined.last_mut(), piece) {
            (Some(Piece::Text(last)), Piece::Text(next)) => last.to_mut().push_str(&next),
            (_, piece) => joined.push(piece),
        }
    }
    joined
}

/// The pieces with each variable's value; `None` when one has neither value nor default.
fn resolve<'a>(parts: &'a [Part], context: &'a dyn Context) -> Option<Vec<Piece<'a>>> {
    parts
        .iter()
        .map(|part| match part {
            Part::Piece(piece) => Some(piece.clone()),
            Part::Variable { key, default } => match (key.get(context), default) {
                (Some(Values::One(value)), _) => Some(Piece::Text(value)),
                // A key with several values has no text of its own.
                (Some(Values::Many(_)), _) => None,
                (None, Some(default)) => Some(Piece::Text(Cow::Borrowed(default))),
                (None, None) => None,
            },
        })
        .collect()
}

fn parts(text: &str, variables: bool, wildcards: Wildcards) -> Result<Vec<Part>, OpenVariable> {
    let mut parts = Vec::new();
    let mut segment = 0;
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("${").filter(|_| variables) {
            let (inside, remainder) = after.split_once('}').ok_or(OpenVariable)?;
            parts.push(variable(inside));
            rest = remainder;
            continue;
        }
        let length = match rest.as_bytes()[0] {
            b'*' | b'?' if wildcards != Wildcards::None => 1,
            _ => plain_length(rest, variables, wildcards),
        };
        let (here, remainder) = rest.split_at(length);
        let bounded = wildcards == Wildcards::Resource && segment < 5;
        let ends_segment = remainder.is_empty() || remainder.starts_with(':');
        parts.push(Part::Piece(match here {
            "*" if wildcards != Wildcards::None && bounded && !ends_segment => Piece::SegmentStar,
            "*" if wildcards != Wildcards::None => Piece::Star,
            "?" if wildcards != Wildcards::None && bounded => Piece::SegmentOne,
            "?" if wildcards != Wildcards::None => Piece::One,
            _ => {
                segment += here.bytes().filter(|&byte| byte == b':').count();
                Piece::Text(here.to_owned().into())
            }
        }));
        rest = remainder;
    }
    Ok(parts)
}

/// How far `text`, which does not start with a wildcard or a variable, goes before one.
fn plain_length(text: &str, variables: bool, wildcards: Wildcards) -> usize {
    let mut from = text.chars().next().map_or(0, char::len_utf8);
    while let Some(found) = text[from..].find(['*', '?', '$']) {
        let at = from + found;
        let stops = match text.as_bytes()[at] {
            b'$' => variables && text[at..].starts_with("${"),
            _ => wildcards != Wildcards::None,
        };
        if stops {
            return at;
        }
        from = at + 1;
    }
    text.len()
}

fn variable(inside: &str) -> Part {
    if matches!(inside, "*" | "?" | "$") {
        return Part::Piece(Piece::Text(inside.to_owned().into()));
    }
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => {
            let default = default.trim();
            (key, default.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).map(Into::into))
        }
        None => (inside, None),
    };
    Part::Variable { key: Key::new(key.trim()), default }
}
