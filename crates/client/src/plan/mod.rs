//! What has to be done to make a target like its source.
//!
//! Pure: two streams of sightings in byte order of their keys merge into a stream of actions. Memory is that of one entry
//! from each stream and of the holes around them, however many there are.

mod side;
mod unknown;

use std::cmp::Ordering;

use self::side::Side;
use self::unknown::Unknown;
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
    /// Going down, any difference of times in whole seconds; otherwise as [`Comparison::SizeAndTime`].
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
    /// A side could not be read here. What the target has here stays.
    Report(Hole),
}

/// Why a plan ends before both sides do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError<E> {
    /// A stream failed.
    #[error(transparent)]
    Stream(E),
    /// A stream is not in byte order, so that what it seems to lack may come later.
    #[error("the {side} has `{key}` after `{last}`: without an order nothing can be compared")]
    OutOfOrder {
        /// `source` or `target`.
        side: &'static str,
        /// The key that comes too late.
        key: String,
        /// The one before it.
        last: String,
    },
}

/// The merge, as an iterator. An error is the last item: without knowing both sides nothing more is safe.
pub struct Plan<S: Iterator, T: Iterator> {
    source: Side<S>,
    target: Side<T>,
    rules: Rules,
    unknown: Unknown,
    failed: bool,
}

impl<S, T, E> Plan<S, T>
where
    S: Iterator<Item = Result<Sighting, E>>,
    T: Iterator<Item = Result<Sighting, E>>,
{
    /// Both streams must come in byte order of their keys.
    pub fn new(source: S, target: T, rules: Rules) -> Self {
        let (source, target) = (Side::new("source", source), Side::new("target", target));
        Self { source, target, rules, unknown: Unknown::default(), failed: false }
    }

    fn step(&mut self) -> Result<Option<Action>, PlanError<E>> {
        // Errors end the plan, whichever side they are on.
        let order = match (self.source.head()?, self.target.head()?) {
            (None, None) => return Ok(None),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(source), Some(target)) => match (source.key().cmp(target.key()), source, target) {
                // A hole is no partner for what has its key: on its own side a file may follow that has it too.
                (Ordering::Equal, Sighting::Hole(_), _) => Ordering::Less,
                (Ordering::Equal, Sighting::Entry(_), Sighting::Hole(_)) => {
                    // Nothing to tell of: the source's entry takes its place.
                    self.target.take();
                    return Ok(Some(Action::Keep));
                }
                (order, ..) => order,
            },
        };
        Ok(match order {
            Ordering::Less => self.source.take().map(|source| self.only_source(source)),
            Ordering::Greater => self.target.take().map(|target| self.only_target(target)),
            Ordering::Equal => {
                let heads = self.source.take().zip(self.target.take());
                heads.map(|(source, target)| self.both(source, target))
            }
        })
    }

    fn only_source(&mut self, source: Sighting) -> Action {
        match source {
            Sighting::Entry(entry) if self.takes_part(&entry) => Action::Create(entry),
            Sighting::Entry(_) => Action::Keep,
            Sighting::Hole(hole) => {
                self.unknown.add(&hole);
                self.hole(hole)
            }
        }
    }

    fn only_target(&mut self, target: Sighting) -> Action {
        match target {
            Sighting::Entry(entry) if self.may_delete(&entry) => Action::Delete(entry),
            Sighting::Entry(_) => Action::Keep,
            Sighting::Hole(hole) => self.hole(hole),
        }
    }

    fn may_delete(&mut self, entry: &Entry) -> bool {
        self.rules.delete
            && self.takes_part(entry)
            // Whoever points a link out of the target does not thereby give away what is there.
            && !entry.behind_link
            // A server that lists a key twice has it once.
            && !self.source.was_last(&entry.key)
            && !self.unknown.may_hide(&entry.key)
    }

    fn both(&self, source: Sighting, target: Sighting) -> Action {
        match (source, target) {
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
                (Comparison::ExactTime, Direction::Down) => {
                    source.modified.as_seconds() == target.modified.as_seconds()
                }
                (Comparison::ExactTime | Comparison::SizeAndTime, _) => !self.is_newer(&source, &target),
            };
        if same { Action::Keep } else { Action::Replace { source, target } }
    }

    /// Whether the source has changed since the target was made, as far as times tell.
    ///
    /// A downloaded file has the time that `Last-Modified` told, in whole seconds; listings of some servers have milliseconds,
    /// and by those each object would be newer than its file for ever.
    ///
    /// Other targets are objects. Theirs is the time of the copying, maybe cut to a whole second, and a file may have changed
    /// before or after that within the same second. With all there is of both times it is uploaded once more then, maybe for
    /// nothing; in whole seconds it would never be.
    fn is_newer(&self, source: &Entry, target: &Entry) -> bool {
        match self.rules.direction {
            Direction::Down => source.modified.as_seconds() > target.modified.as_seconds(),
            Direction::Up | Direction::Across => source.modified > target.modified,
        }
    }

    fn hole(&self, hole: Hole) -> Action {
        if self.rules.filter.may_admit_within(&hole) { Action::Report(hole) } else { Action::Keep }
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
    type Item = Result<Action, PlanError<E>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let step = self.step();
        self.failed = step.is_err();
        step.transpose()
    }
}
