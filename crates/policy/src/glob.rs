//! Patterns with wildcards, and matching them. `*` stands for any characters, `?` for one.
//!
//! Matching costs at most the product of both lengths, and close to their sum for patterns that people write.

use std::borrow::Cow;

use memchr::memmem;

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// This text.
    Text(Cow<'a, str>),
    /// Any characters.
    Star,
    /// Any character.
    One,
    /// Any characters but colons: `*` inside a segment of an ARN.
    SegmentStar,
    /// Any character but a colon.
    SegmentOne,
}

/// A pattern, made when its document is parsed.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Any,
    Exact(Box<str>),
    Prefix(Box<str>),
    Pieces(Box<[Piece<'static>]>),
}

impl Pattern {
    pub(crate) fn new(mut pieces: Vec<Piece<'static>>) -> Self {
        pieces.dedup_by(|next, last| *next == Piece::Star && *last == Piece::Star);
        let fixed = match pieces.as_slice() {
            [] => Some(Self::Exact("".into())),
            [Piece::Star] => Some(Self::Any),
            [Piece::Text(text)] => Some(Self::Exact(text.as_ref().into())),
            [Piece::Text(text), Piece::Star] => Some(Self::Prefix(text.as_ref().into())),
            _ => None,
        };
        fixed.unwrap_or_else(|| Self::Pieces(pieces.into()))
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => **exact == *text,
            Self::Prefix(prefix) => text.as_bytes().starts_with(prefix.as_bytes()),
            Self::Pieces(pieces) => matches(pieces, text),
        }
    }

    /// The text that everything it matches begins with.
    pub(crate) fn fixed_start(&self) -> &str {
        match self {
            Self::Any => "",
            Self::Exact(text) | Self::Prefix(text) => text,
            Self::Pieces(pieces) => match pieces.first() {
                Some(Piece::Text(text)) => text,
                _ => "",
            },
        }
    }

    /// Whether it has no wildcard.
    pub(crate) fn is_exact(&self) -> bool {
        matches!(self, Self::Exact(_))
    }
}

/// The pieces of a text in which `*` and `?` are wildcards wherever they stand.
pub(crate) fn wildcards(text: &str) -> Vec<Piece<'static>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['*', '?']) {
        if at > 0 {
            pieces.push(Piece::Text(rest[..at].to_owned().into()));
        }
        pieces.push(if rest.as_bytes()[at] == b'*' { Piece::Star } else { Piece::One });
        rest = &rest[at + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned().into()));
    }
    pieces
}

/// Whether the pieces, one after the other, are `text`.
pub(crate) fn matches(pieces: &[Piece<'_>], text: &str) -> bool {
    if pieces.contains(&Piece::SegmentStar) {
        return matches_segments(pieces, text);
    }
    // Going back to the last star alone is enough, as a star may take anything: an earlier match of what stands between
    // two stars leaves the later star no less.
    let (mut piece, mut at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match pieces.get(piece) {
            None if at == text.len() => return true,
            None => None,
            Some(Piece::Star) if piece + 1 == pieces.len() => return true,
            Some(Piece::Star) => {
                star = Some((piece + 1, at));
                Some(0)
            }
            Some(other) => step(other, text, at),
        };
        if let Some(length) = step {
            piece += 1;
            at += length;
            continue;
        }
        let Some((after, from)) = star else { return false };
        let Some(next) = retry(&pieces[after], text, from) else { return false };
        star = Some((after, next));
        (piece, at) = (after, next);
    }
}

/// How many bytes `piece` takes at `at`, if it matches there.
fn step(piece: &Piece<'_>, text: &str, at: usize) -> Option<usize> {
    let rest = &text.as_bytes()[at..];
    match piece {
        Piece::Text(wanted) => rest.starts_with(wanted.as_bytes()).then_some(wanted.len()),
        Piece::One => width(text, at),
        Piece::SegmentOne if rest.first() != Some(&b':') => width(text, at),
        Piece::SegmentOne | Piece::Star | Piece::SegmentStar => None,
    }
}

fn width(text: &str, at: usize) -> Option<usize> {
    text.get(at..)?.chars().next().map(char::len_utf8)
}

/// The next place after `from` where `piece` may match.
fn retry(piece: &Piece<'_>, text: &str, from: usize) -> Option<usize> {
    let next = from + width(text, from)?;
    match piece {
        Piece::Text(wanted) => memmem::find(&text.as_bytes()[next..], wanted.as_bytes()).map(|at| next + at),
        _ => Some(next),
    }
}

/// As [`matches`], for patterns with stars that stop at colons: follows every place that the pieces so far may end at.
fn matches_segments(pieces: &[Piece<'_>], text: &str) -> bool {
    let mut ends = vec![false; text.len() + 1];
    ends[0] = true;
    for piece in pieces {
        let mut next = vec![false; text.len() + 1];
        let mut open = false;
        for at in 0..=text.len() {
            match piece {
                Piece::Star | Piece::SegmentStar => {
                    open = ends[at] || (open && (*piece == Piece::Star || text.as_bytes()[at - 1] != b':'));
                    next[at] = open && text.is_char_boundary(at);
                }
                other if ends[at] => {
                    if let Some(length) = step(other, text, at) {
                        next[at + length] = true;
                    }
                }
                _ => {}
            }
        }
        ends = next;
    }
    ends[text.len()]
}
