//! `--exclude` and `--include`.
//!
//! The rules of the AWS CLI ("Use of Exclude and Include Filters", AWS CLI reference of `s3`): everything is in at first, the
//! patterns are tried in the order they were given, and the last that matches decides. A pattern is matched with the whole
//! key relative to the source, and its `*` crosses slashes.

use crate::entry::{Extent, Hole};
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

    /// Whether anything that a hole may hide takes part, as far as can be told: only then is it worth telling of.
    ///
    /// `--exclude 'lost+found/*'` leaves out all of that folder. `--exclude '*' --include '*.jpg'` leaves out its name, and maybe
    /// not what is in it.
    #[must_use]
    pub fn may_admit_within(&self, hole: &Hole) -> bool {
        match hole.extent {
            Extent::File => self.admits(&hole.key),
            Extent::Folder => self.may_admit_below(&hole.key),
            Extent::Either => self.admits(&hole.key) || self.may_admit_below(&format!("{}/", hole.key)),
        }
    }

    fn may_admit_below(&self, prefix: &str) -> bool {
        let mut excluding = self.rules.iter().rev().take_while(|(verdict, _)| *verdict == Verdict::Exclude);
        !excluding.any(|(_, glob)| glob.matches_all_after(prefix))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    fn may_admit_within(rules: &[(Verdict, &str)], key: &str, extent: Extent) -> bool {
        let hole = Hole { key: key.to_owned(), extent, reason: String::new() };
        Filter::new(rules.iter().copied()).may_admit_within(&hole)
    }

    #[test]
    fn only_what_is_left_out_whole_is_not_told_of() {
        let pictures = [(Exclude, "*"), (Include, "*.jpg")];
        assert!(may_admit_within(&pictures, "private/", Extent::Folder));
        assert!(may_admit_within(&pictures, "private", Extent::Either));
        assert!(!may_admit_within(&pictures, "private", Extent::File));
        for pattern in ["*", "private/*", "p*", "[op]rivate/*"] {
            assert!(!may_admit_within(&[(Exclude, pattern), (Exclude, "z")], "private/", Extent::Folder), "{pattern}");
            assert!(may_admit_within(&[(Exclude, pattern), (Include, "z")], "private/", Extent::Folder), "{pattern}");
        }
        for pattern in ["private", "private/", "private/?", "private/*.txt", "private/a*", "private/[*]"] {
            assert!(may_admit_within(&[(Exclude, pattern)], "private/", Extent::Folder), "{pattern}");
        }
        assert!(!may_admit_within(&[(Exclude, "private*")], "private", Extent::Either));
        assert!(may_admit_within(&[(Exclude, "private/*")], "private", Extent::Either));
        assert!(may_admit_within(&[(Exclude, "private")], "private", Extent::Either));
    }

    proptest! {
        #[test]
        fn nothing_that_takes_part_is_passed_over(
            rules in prop::collection::vec((any::<bool>(), "[ab*/?]{1,4}"), 0..4),
            (key, hidden) in ("[ab]{1,2}", "[ab/]{0,3}"), extent in prop::sample::select(vec![Extent::Folder, Extent::Either])
        ) {
            let verdict = |include| if include { Include } else { Exclude };
            let rules: Vec<_> = rules.iter().map(|(include, pattern)| (verdict(*include), pattern.as_str())).collect();
            let hole = if extent == Extent::Folder { format!("{key}/") } else { key.clone() };
            if Filter::new(rules.iter().copied()).admits(&format!("{key}/{hidden}")) {
                prop_assert!(may_admit_within(&rules, &hole, extent));
            }
        }
    }
}
