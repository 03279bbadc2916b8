//! What has to be done to make a target like its source.
//!
//! Pure: two streams of sightings in byte order of their keys merge into a stream of actions. Memory is that of one entry
//! from each stream, however many there are.

use std::cmp::Ordering;
use std::iter::Peekable;

use crate::entry::{Entry, Hole, Sighting};
use crate::filter::Filter;

#[cfg(test)]
mod tests;

/// Which way things go; times mean different things each way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From this machine to a bucket.
    Up,
    /// From a bucket to this machine. A downloaded file has its object's `LastModified` as its time.
    Down,
    /// From bucket to bucket.
    Across,
}

/// How sameness is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Comparison {
    /// Sizes differ, or the source is newer.
    #[default]
    SizeAndTime,
    /// Sizes differ.
    SizeOnly,
    /// Going down, any difference of times; otherwise as [`Comparison::SizeAndTime`].
    ExactTime,
    /// Sizes differ, or contents do, which takes reading: [`Action::Compare`].
    Checksum,
}

/// What a plan goes by.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Which way.
    pub direction: Direction,
    /// How sameness is told.
    pub comparison: Comparison,
    /// Whether what only the target has goes away.
    pub delete: bool,
    /// Which keys take part, on both sides.
    pub filter: Filter,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The target lacks it.
    Create(Entry),
    /// The target has another one.
    Replace {
        /// What to copy.
        source: Entry,
        /// What is there now.
        target: Entry,
    },
    /// Sizes are the same; copy if the checksums are not.
    Compare {
        /// What to copy.
        source: Entry,
        /// What is there now.
        target: Entry,
    },
    /// Nothing to do.
    Keep,
    /// The source lacks it.
    Delete(Entry),
    /// The source could not be read here. What the target has here stays.
    Report(Hole),
}

/// The merge, as an iterator. An error of a stream is the last item: without knowing both sides nothing more is safe.
pub struct Plan<S: Iterator, T: Iterator> {
    source: Peekable<S>,
    target: Peekable<T>,
    rules: Rules,
    /// The prefix below which the source is not known.
    unknown: Option<String>,
    failed: bool,
}

impl<S, T, E> Plan<S, T>
where
    S: Iterator<Item = Result<Sighting, E>>,
    T: Iterator<Item = Result<Sighting, E>>,
{
    /// Both streams must come in byte order of their keys.
    pub fn new(source: S, target: T, rules: Rules) -> Self {
        Self { source: source.peekable(), target: target.peekable(), rules, unknown: None, failed: false }
    }

    fn step(&mut self) -> Result<Option<Action>, E> {
        let order = match (self.source.peek(), self.target.peek()) {
            (None, None) => return Ok(None),
            // Errors end the plan, whichever side they are on.
            (Some(Err(_)), _) => Ordering::Less,
            (_, Some(Err(_))) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(Ok(source)), Some(Ok(target))) => source.key().cmp(target.key()),
        };
        match order {
            Ordering::Less => self.source.next().transpose().map(|one| one.map(|one| self.only_source(one))),
            Ordering::Greater => self.target.next().transpose().map(|one| one.map(|one| self.only_target(one))),
            Ordering::Equal => {
                let source = self.source.next().transpose()?;
                let target = self.target.next().transpose()?;
                Ok(source.zip(target).map(|(source, target)| self.both(source, target)))
            }
        }
    }

    fn only_source(&mut self, source: Sighting) -> Action {
        match source {
            Sighting::Entry(entry) if self.takes_part(&entry) => Action::Create(entry),
            Sighting::Entry(_) => Action::Keep,
            Sighting::Hole(hole) => self.hole(hole),
        }
    }

    fn only_target(&self, target: Sighting) -> Action {
        match target {
            Sighting::Entry(entry) if self.rules.delete && self.takes_part(&entry) && self.known(&entry.key) => {
                Action::Delete(entry)
            }
            Sighting::Entry(_) => Action::Keep,
            Sighting::Hole(hole) if self.rules.filter.admits(&hole.key) => Action::Report(hole),
            Sighting::Hole(_) => Action::Keep,
        }
    }

    fn both(&mut self, source: Sighting, target: Sighting) -> Action {
        match (source, target) {
            (Sighting::Hole(hole), _) => self.hole(hole),
            (source, Sighting::Hole(_)) => self.only_source(source),
            (Sighting::Entry(source), Sighting::Entry(target)) if self.takes_part(&source) => {
                self.compare(source, target)
            }
            _ => Action::Keep,
        }
    }

    fn compare(&self, source: Entry, target: Entry) -> Action {
        let same = source.size == target.size
            && match (self.rules.comparison, self.rules.direction) {
                (Comparison::SizeOnly, _) => true,
                (Comparison::Checksum, _) => return Action::Compare { source, target },
                (Comparison::ExactTime, Direction::Down) => source.modified == target.modified,
                (Comparison::ExactTime | Comparison::SizeAndTime, _) => source.modified <= target.modified,
            };
        if same { Action::Keep } else { Action::Replace { source, target } }
    }

    fn hole(&mut self, hole: Hole) -> Action {
        if hole.key.ends_with('/') {
            self.unknown = Some(hole.key.clone());
        }
        if self.rules.filter.admits(&hole.key) { Action::Report(hole) } else { Action::Keep }
    }

    /// A prefix that is not known stands before all that it hides, so the last one is the only one that matters.
    fn known(&self, key: &str) -> bool {
        self.unknown.as_ref().is_none_or(|prefix| !key.starts_with(prefix.as_str()))
    }

    fn takes_part(&self, entry: &Entry) -> bool {
        !entry.is_folder_marker() && self.rules.filter.admits(&entry.key)
    }
}

impl<S, T, E> Iterator for Plan<S, T>
where
    S: Iterator<Item = Result<Sighting, E>>,
    T: Iterator<Item = Result<Sighting, E>>,
{
    type Item = Result<Action, E>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let step = self.step();
        self.failed = step.is_err();
        step.transpose()
    }
}
