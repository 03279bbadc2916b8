//! `tidy-exceptions.txt`: what is larger than it should be and may only shrink.
//!
//! A line is `<kind> <path>[::<function>] <number>`; `#` starts a comment. An entry above the measure must be lowered
//! (`cargo xtask tidy --shrink` does it), one below it is a finding, and so is one nothing needs.

use std::collections::BTreeMap;
use std::fmt;

use super::Finding;

pub(super) const LIST: &str = "crates/xtask/tidy-exceptions.txt";

/// What a number in the list measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Lines of a file, without its inline tests.
    File,
    /// Lines of code of one function.
    Function,
    /// Lines of an inline test module.
    Tests,
}

impl Kind {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "file" => Some(Self::File),
            "function" => Some(Self::Function),
            "tests" => Some(Self::Tests),
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file",
            Self::Function => "function",
            Self::Tests => "tests",
        })
    }
}

/// Entries by kind and name, each with its number and its line in the list.
pub(super) type Entries = BTreeMap<(Kind, String), (usize, usize)>;

pub(super) fn parse(text: &str) -> Result<Entries, Vec<Finding>> {
    let mut entries = Entries::new();
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line_number = index + 1;
        let words: Vec<&str> = line.split('#').next().unwrap_or("").split_whitespace().collect();
        let entry = match words[..] {
            [] => continue,
            [kind, name, number] => Kind::parse(kind).zip(number.parse().ok()).map(|(kind, n)| (kind, name, n)),
            _ => None,
        };
        match entry {
            None => findings.push(Finding::new(LIST, line_number, "not `<file|function|tests> <name> <number>`")),
            Some((kind, name, number)) => {
                if entries.insert((kind, name.to_owned()), (number, line_number)).is_some() {
                    findings.push(Finding::new(LIST, line_number, "listed twice; keep the smaller number"));
                }
            }
        }
    }
    if findings.is_empty() { Ok(entries) } else { Err(findings) }
}

/// The list with every number lowered to its measure and entries below their limit dropped; comments stay.
pub(super) fn shrunk(text: &str, measured: &BTreeMap<(Kind, String), usize>) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let kept = match parse(line) {
            Ok(entries) => match entries.into_iter().next() {
                None => Some(line.to_owned()),
                Some((key, (number, _))) => {
                    let lowered = measured.get(&key).map(|now| number.min(*now));
                    lowered.map(|number| format!("{} {} {number}", key.0, key.1))
                }
            },
            Err(_) => Some(line.to_owned()),
        };
        if let Some(line) = kept {
            out.push_str(&line);
            out.push('\n');
        }
    }
    out
}
