//! Patterns over keys.
//!
//! `*` any characters, `?` one, `[abc]`, `[a-z]` and `[!abc]` one of a set; a `[` that nothing closes is itself. Two
//! dialects differ in what `*` and `?` do at a slash: see [`Dialect`].

/// What wildcards do at a slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A slash is a character like others: `--exclude` and `--include`, as in the AWS CLI (Python's `fnmatch`).
    Filter,
    /// `*` and `?` stop at a slash and `**` does not: `s3://bucket/logs/*.gz`, as in a shell.
    Path,
}

/// A pattern, ready to match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    tokens: Vec<Token>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Literal(char),
    /// One character.
    Any {
        slash: bool,
    },
    /// Any number of characters.
    Many {
        slash: bool,
    },
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Glob {
    /// Every text is a pattern.
    #[must_use]
    pub fn new(pattern: &str, dialect: Dialect) -> Self {
        let characters: Vec<char> = pattern.chars().collect();
        let crosses = dialect == Dialect::Filter;
        let mut tokens = Vec::with_capacity(characters.len());
        let mut at = 0;
        while at < characters.len() {
            match characters[at] {
                '*' => {
                    let stars = characters[at..].iter().take_while(|&&c| c == '*').count();
                    tokens.push(Token::Many { slash: crosses || stars > 1 });
                    at += stars;
                    continue;
                }
                '?' => tokens.push(Token::Any { slash: crosses }),
                '[' => {
                    if let Some((set, length)) = set(&characters[at + 1..]) {
                        tokens.push(set);
                        at += length + 1;
                        continue;
                    }
                    tokens.push(Token::Literal('['));
                }
                other => tokens.push(Token::Literal(other)),
            }
            at += 1;
        }
        Self { tokens }
    }

    /// Whether the whole text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        // One point to come back to for each kind of `*` is enough: a later `*` takes whatever an earlier one could, and one
        // that stops at a slash gives way to the last that does not.
        let mut rest = text;
        let mut token = 0;
        let mut within: Option<(usize, &str)> = None;
        let mut across: Option<(usize, &str)> = None;
        loop {
            match self.tokens.get(token) {
                Some(Token::Many { slash }) => {
                    token += 1;
                    if *slash {
                        across = Some((token, rest));
                        within = None;
                    } else {
                        within = Some((token, rest));
                    }
                    continue;
                }
                Some(one) => {
                    if let Some(first) = rest.chars().next()
                        && one.takes(first)
                    {
                        rest = &rest[first.len_utf8()..];
                        token += 1;
                        continue;
                    }
                }
                None if rest.is_empty() => return true,
                None => {}
            }
            let again = back(&mut within, false).or_else(|| {
                within = None;
                back(&mut across, true)
            });
            match again {
                Some((at, from)) => (token, rest) = (at, from),
                None => return false,
            }
        }
    }

    /// Whether every text that begins so matches. `false` may also mean that it cannot be told.
    #[must_use]
    pub fn matches_all_after(&self, beginning: &str) -> bool {
        matches!(self.tokens.last(), Some(Token::Many { slash: true })) && self.matches(beginning)
    }

    /// The text before the first wildcard: what every match begins with.
    #[must_use]
    pub fn literal_prefix(&self) -> String {
        let literal = |token: &Token| if let Token::Literal(c) = token { Some(*c) } else { None };
        self.tokens.iter().map_while(literal).collect()
    }

    /// Whether there is a `*` or `?`. A set alone makes no pattern: names such as `report[1].pdf` are common.
    #[must_use]
    pub fn has_wildcard(&self) -> bool {
        self.tokens.iter().any(|token| matches!(token, Token::Any { .. } | Token::Many { .. }))
    }
}

/// Lets the `*` of a point take one more character; `None` when it cannot.
fn back<'t>(point: &mut Option<(usize, &'t str)>, slash: bool) -> Option<(usize, &'t str)> {
    let (token, from) = (*point)?;
    let first = from.chars().next()?;
    if first == '/' && !slash {
        return None;
    }
    *point = Some((token, &from[first.len_utf8()..]));
    *point
}

impl Token {
    fn takes(&self, character: char) -> bool {
        match self {
            Self::Literal(own) => *own == character,
            Self::Any { slash } => *slash || character != '/',
            Self::Set { negated, ranges } => {
                ranges.iter().any(|(from, to)| (*from..=*to).contains(&character)) != *negated
            }
            Self::Many { .. } => false,
        }
    }
}

/// The set that begins after a `[`, and how many characters it takes up to its `]`.
fn set(characters: &[char]) -> Option<(Token, usize)> {
    let negated = characters.first() == Some(&'!');
    let start = usize::from(negated);
    // A `]` that comes first is a member.
    let end = start + 1 + characters.get(start + 1..)?.iter().position(|&c| c == ']')?;
    let members = &characters[start..end];
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < members.len() {
        if members.get(at + 1) == Some(&'-') && at + 2 < members.len() {
            ranges.push((members[at], members[at + 2]));
            at += 3;
        } else {
            ranges.push((members[at], members[at]));
            at += 1;
        }
    }
    Some((Token::Set { negated, ranges }, end + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filter(pattern: &str, text: &str) -> bool {
        Glob::new(pattern, Dialect::Filter).matches(text)
    }

    fn path(pattern: &str, text: &str) -> bool {
        Glob::new(pattern, Dialect::Path).matches(text)
    }

    #[test]
    fn filters_cross_slashes() {
        assert!(filter("*", "") && filter("*", "a/b") && filter("*.txt", "a/b.txt") && filter("a*c*e", "abcde"));
        assert!(!filter("*.txt", "a/b.txt.gz") && !filter("a", "ab") && !filter("", "a"));
        assert!(filter("a?c", "a/c") && filter("[a-c]x", "bx") && !filter("[!a-c]x", "bx") && filter("[]]", "]"));
        assert!(filter("a[b", "a[b") && filter("[!]]", "x") && filter("ü*", "üb"));
    }

    #[test]
    fn paths_stop_at_slashes() {
        assert!(
            path("logs/*.gz", "logs/a.gz") && !path("logs/*.gz", "logs/b/a.gz") && path("logs/**.gz", "logs/b/a.gz")
        );
        assert!(path("**/x", "a/b/x") && !path("*/x", "a/b/x") && path("**/b*/x", "a/b/bc/x") && path("**a*b", "a/ab"));
        assert_eq!(Glob::new("logs/2*", Dialect::Path).literal_prefix(), "logs/2");
    }

    /// The definition, in exponential time.
    fn matches(tokens: &[Token], text: &[char]) -> bool {
        match (tokens.split_first(), text.split_first()) {
            (None, None) => true,
            (None, Some(_)) => false,
            (Some((Token::Many { slash }, rest)), first) => {
                matches(rest, text) || first.is_some_and(|(&c, tail)| (*slash || c != '/') && matches(tokens, tail))
            }
            (Some(_), None) => false,
            (Some((token, rest)), Some((&c, tail))) => token.takes(c) && matches(rest, tail),
        }
    }

    proptest! {
        #[test]
        fn matching_is_its_definition(pattern in "[ab/*?]{0,8}", text in "[ab/]{0,8}", filter: bool) {
            let glob = Glob::new(&pattern, if filter { Dialect::Filter } else { Dialect::Path });
            let characters: Vec<char> = text.chars().collect();
            prop_assert_eq!(glob.matches(&text), matches(&glob.tokens, &characters));
        }

        #[test]
        fn every_text_is_a_pattern(pattern in any::<String>(), text in any::<String>()) {
            let _ = Glob::new(&pattern, Dialect::Path).matches(&text);
        }
    }
}
