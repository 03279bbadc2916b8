//! `--exclude` and `--include`.
//!
//! The rules of the AWS CLI ("Use of Exclude and Include Filters", AWS CLI reference of `s3`): everything is in at first, the
//! patterns are tried in the order they were given, and the last that matches decides. A pattern is matched with the whole
//! key relative to the source, and its `*` crosses slashes.

use crate::glob::{Dialect, Glob};

/// Which keys take part.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    rules: Vec<(Verdict, Glob)>,
}

/// What a pattern says about the keys it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `--exclude`
    Exclude,
    /// `--include`
    Include,
}

impl Filter {
    /// The patterns in the order in which they were given.
    pub fn new<'p>(rules: impl IntoIterator<Item = (Verdict, &'p str)>) -> Self {
        let rule = |(verdict, pattern)| (verdict, Glob::new(pattern, Dialect::Filter));
        Self { rules: rules.into_iter().map(rule).collect() }
    }

    /// Whether a key, relative to the source or the target, takes part.
    #[must_use]
    pub fn admits(&self, key: &str) -> bool {
        let last = self.rules.iter().rev().find(|(_, glob)| glob.matches(key));
        last.is_none_or(|(verdict, _)| *verdict == Verdict::Include)
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Exclude, Include};
    use super::*;

    fn admitted(rules: &[(Verdict, &str)]) -> Vec<&'static str> {
        let filter = Filter::new(rules.iter().copied());
        ["a.txt", "a.jpg", "d/a.txt", "d/e/a.jpg"].into_iter().filter(|key| filter.admits(key)).collect()
    }

    /// The examples of the AWS CLI's reference.
    #[test]
    fn the_last_match_decides() {
        assert_eq!(admitted(&[]).len(), 4);
        assert_eq!(admitted(&[(Exclude, "*"), (Include, "*.txt")]), ["a.txt", "d/a.txt"]);
        assert!(admitted(&[(Include, "*.txt"), (Exclude, "*")]).is_empty());
        assert_eq!(admitted(&[(Exclude, "d/*"), (Include, "d/e/*")]), ["a.txt", "a.jpg", "d/e/a.jpg"]);
        assert_eq!(admitted(&[(Exclude, "?.txt")]), ["a.jpg", "d/a.txt", "d/e/a.jpg"]);
    }
}
