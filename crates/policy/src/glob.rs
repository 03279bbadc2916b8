//! Patterns with wildcards, and matching them. `*` stands for any characters, `?` for one.
//!
//! Matching goes the plain way, which costs about the length of the text for patterns that people write. When it costs more,
//! or stars stop at colons, it follows all ways at once, 64 of the pattern's characters in one step.

use std::borrow::Cow;
use std::collections::HashMap;

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

/// Plain matching may take so many steps for each byte of the text and piece of the pattern before it gives up.
const STEPS: usize = 4;

/// Whether the pieces, one after the other, are `text`.
pub(crate) fn matches(pieces: &[Piece<'_>], text: &str) -> bool {
    let fixed = match pieces.first() {
        Some(Piece::Text(start)) => text.as_bytes().starts_with(start.as_bytes()),
        _ => true,
    };
    if !fixed {
        return false;
    }
    let plain = if pieces.contains(&Piece::SegmentStar) { None } else { matches_plainly(pieces, text) };
    plain.unwrap_or_else(|| matches_all_ways(pieces, text))
}

/// `None` when it takes too long.
fn matches_plainly(pieces: &[Piece<'_>], text: &str) -> Option<bool> {
    // Going back to the last star alone is enough, as a star may take anything: an earlier match of what stands between
    // two stars leaves the later star no less.
    let (mut piece, mut at) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    for _ in 0..STEPS * (pieces.len() + text.len() + 1) {
        let step = match pieces.get(piece) {
            None if at == text.len() => return Some(true),
            None => None,
            Some(Piece::Star) if piece + 1 == pieces.len() => return Some(true),
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
        let Some((after, from)) = star else { return Some(false) };
        let Some(next) = retry(&pieces[after], text, from) else { return Some(false) };
        star = Some((after, next));
        (piece, at) = (after, next);
    }
    None
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

/// The states of a pattern: bit `n` is set when the text so far may be its first `n` characters, stars aside.
struct States(Vec<u64>);

impl States {
    fn new(count: usize) -> Self {
        Self(vec![0; count / 64 + 1])
    }

    fn set(&mut self, state: usize) {
        self.0[state / 64] |= 1 << (state % 64);
    }

    fn has(&self, state: usize) -> bool {
        self.0[state / 64] & (1 << (state % 64)) != 0
    }
}

/// Follows every way to match at once: Baeza-Yates and Gonnet's shift-and, with stars as states that stay.
fn matches_all_ways(pieces: &[Piece<'_>], text: &str) -> bool {
    let count = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => text.chars().count(),
        Piece::One | Piece::SegmentOne => 1,
        Piece::Star | Piece::SegmentStar => 0,
    });
    let count: usize = count.sum();
    // What takes any character, what takes any but a colon, and what takes one character alone.
    let (mut steps, mut bounded_steps) = (States::new(count), States::new(count));
    let (mut stays, mut bounded_stays) = (States::new(count), States::new(count));
    let mut letters: HashMap<char, States> = HashMap::new();
    let mut state = 0;
    for piece in pieces {
        match piece {
            Piece::Star => stays.set(state),
            Piece::SegmentStar => bounded_stays.set(state),
            Piece::One => steps.set(state),
            Piece::SegmentOne => bounded_steps.set(state),
            Piece::Text(text) => {
                for (offset, letter) in text.chars().enumerate() {
                    letters.entry(letter).or_insert_with(|| States::new(count)).set(state + offset);
                }
                state += text.chars().count();
            }
        }
        state += usize::from(matches!(piece, Piece::One | Piece::SegmentOne));
    }
    let mut now = States::new(count);
    now.set(0);
    for letter in text.chars() {
        let own = letters.get(&letter);
        let mut carry = 0;
        let mut alive = 0;
        for word in 0..now.0.len() {
            let free = |open: &States, bounded: &States| open.0[word] | if letter == ':' { 0 } else { bounded.0[word] };
            let taken = now.0[word] & (free(&steps, &bounded_steps) | own.map_or(0, |own| own.0[word]));
            let stayed = now.0[word] & free(&stays, &bounded_stays);
            now.0[word] = (taken << 1) | carry | stayed;
            carry = taken >> 63;
            alive |= now.0[word];
        }
        if alive == 0 {
            return false;
        }
    }
    now.has(count)
}

#[cfg(test)]
mod tests {
    use super::{Piece, matches_all_ways, matches_plainly, wildcards};

    #[test]
    fn both_ways_agree() {
        let texts = ["", "a", "ab", "ba", "aab", "abab", "a:b", "\u{e4}a", &"a".repeat(200), &"ab".repeat(100)];
        let long = format!("*{}b", "a?".repeat(70));
        let patterns = ["", "*", "?", "a*", "*a", "*a?b", "a*b*", "*ab*ab*", "??", "*?b", "a:*", "?a", &long];
        for pattern in patterns {
            let pieces = wildcards(pattern);
            for text in texts {
                let whole = matches_all_ways(&pieces, text);
                assert!(matches_plainly(&pieces, text).is_none_or(|plain| plain == whole), "{pattern} {text}");
            }
        }
        assert_eq!(matches_plainly(&wildcards(&long), &"a".repeat(1_000)), None, "this takes too long the plain way");
        assert!(matches_all_ways(&wildcards(&long), &format!("{}b", "a".repeat(1_000))));
    }

    #[test]
    fn bounded_wildcards_stop_at_colons() {
        let pieces = [Piece::Text("a".into()), Piece::SegmentStar, Piece::Text("b".into())];
        assert!(
            matches_all_ways(&pieces, "axxb") && matches_all_ways(&pieces, "ab") && !matches_all_ways(&pieces, "ax:b")
        );
        let pieces = [Piece::SegmentOne, Piece::Star];
        assert!(matches_all_ways(&pieces, "a:") && !matches_all_ways(&pieces, ":a"));
    }
}
