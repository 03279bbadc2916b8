//! ARNs of `Arn...` conditions: each of the six segments is compared apart, so that no wildcard crosses a colon.

use crate::Context;
use crate::variable::{Key, Match, Text, Wildcards};

const SEGMENTS: usize = 6;

/// An ARN with wildcards and variables.
#[derive(Clone, Debug)]
pub(crate) enum ArnText {
    /// One text for each segment.
    Segments(Box<[Text]>),
    /// `*`, or a text whose segments come out of a variable.
    Whole(Text),
    /// No ARN: like nothing.
    Never,
}

impl ArnText {
    /// `None` when a variable does not end.
    pub(crate) fn parse(text: &str, variables: bool) -> Option<Self> {
        let segments = split(text, variables);
        if segments.len() == SEGMENTS {
            let texts = segments.into_iter().map(|segment| Text::parse(segment, variables, Wildcards::Plain).ok());
            return Some(Self::Segments(texts.collect::<Option<_>>()?));
        }
        let whole = Text::parse(text, variables, Wildcards::Resource).ok()?;
        let from_variable = whole.keys().next().is_some();
        Some(if text == "*" || from_variable { Self::Whole(whole) } else { Self::Never })
    }

    pub(crate) fn matches(&self, value: &str, context: &dyn Context) -> Match {
        match self {
            Self::Whole(text) => text.matches(value, context),
            Self::Never => Match::No,
            Self::Segments(texts) => {
                let mut result = Match::Yes;
                let mut values = value.splitn(SEGMENTS, ':');
                for text in texts {
                    match values.next().map_or(Match::No, |value| text.matches(value, context)) {
                        Match::Yes => {}
                        Match::No => return Match::No,
                        Match::Unknown => result = Match::Unknown,
                    }
                }
                result
            }
        }
    }

    pub(crate) fn is_fixed(&self) -> bool {
        match self {
            Self::Segments(texts) => texts.iter().all(Text::is_fixed),
            Self::Whole(_) => false,
            Self::Never => true,
        }
    }

    /// Whether the account is fixed, whatever wildcards stand in the last segment.
    pub(crate) fn has_fixed_account(&self) -> bool {
        match self {
            Self::Segments(texts) => texts[..SEGMENTS - 1].iter().all(Text::is_fixed),
            Self::Whole(_) => false,
            Self::Never => true,
        }
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        let texts: &[Text] = match self {
            Self::Segments(texts) => texts,
            Self::Whole(text) => std::slice::from_ref(text),
            Self::Never => &[],
        };
        texts.iter().flat_map(Text::keys)
    }
}

/// Whether a text that every value begins with goes beyond the account.
pub(super) fn has_fixed_account(start: &str) -> bool {
    start.bytes().filter(|&byte| byte == b':').count() >= SEGMENTS - 1
}

/// Cuts at the first five colons that are not inside a variable.
fn split(text: &str, variables: bool) -> Vec<&str> {
    let mut segments = Vec::with_capacity(SEGMENTS);
    let (mut start, mut at) = (0, 0);
    let bytes = text.as_bytes();
    while at < bytes.len() && segments.len() < SEGMENTS - 1 {
        if variables && bytes[at..].starts_with(b"${") {
            at += text[at..].find('}').unwrap_or(text.len() - at);
        } else if bytes[at] == b':' {
            segments.push(&text[start..at]);
            start = at + 1;
        }
        at += 1;
    }
    segments.push(&text[start..]);
    segments
}
