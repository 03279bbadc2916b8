//! What the source may have though nobody saw it.

use crate::entry::{Extent, Hole};

/// The holes of a source that may hide keys still to come.
///
/// A hole may hide keys of which others stand before: the hole `photos` hides `photos/a`, and `photos-2024`, which may be a
/// hole as well, comes between. But a hole that comes while an earlier one still hides something hides nothing that comes
/// after what that one does. So the last is done with first, and as the key of each begins with that of the one before, they are
/// never more than a key has bytes.
#[derive(Default)]
pub(super) struct Unknown {
    holes: Vec<(String, Extent)>,
}

impl Unknown {
    /// Holes come in the order of their keys.
    pub(super) fn add(&mut self, hole: &Hole) {
        self.forget_before(&hole.key);
        self.holes.push((hole.key.clone(), hole.extent));
    }

    /// Whether the source may have this key. Keys that are asked for come in order, among themselves and with the holes.
    pub(super) fn may_hide(&mut self, key: &str) -> bool {
        self.forget_before(key);
        self.holes.iter().any(|(hole, extent)| extent.hides(hole, key))
    }

    fn forget_before(&mut self, key: &str) {
        while self.holes.pop_if(|(hole, extent)| extent.is_before(hole, key)).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_that_are_behind_are_forgotten() {
        let mut unknown = Unknown::default();
        let hole = |key: String| Hole { key, extent: Extent::Either, reason: String::new() };
        for number in 0..1_000 {
            unknown.add(&hole(format!("a/{number:04}")));
            unknown.add(&hole(format!("a/{number:04}-")));
            assert_eq!(unknown.holes.len(), 2);
        }
        assert!(unknown.may_hide("a/0999-/x") && unknown.may_hide("a/0999/x"));
        assert!(!unknown.may_hide("a/09990") && unknown.holes.is_empty());
    }
}
