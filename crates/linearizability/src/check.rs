//! The search for an order that explains a history.
//!
//! It is that of Wing and Gong ("Testing and verifying concurrent objects", 1993): of the operations that began before any
//! of those left has ended, one has to be the next; try each. And Lowe's improvement ("Testing for linearizability", 2017):
//! the same operations done with the same outcome, in whatever order, need to be gone on from only once.
//!
//! Operations without an answer may be left out. Those that end, because it is known that they cannot happen any more, may
//! not come after an operation that began later.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt;

use crate::model::{Model, Operation};

/// Places in the search after which it is given up: far more than any history of the tests needs.
const PATIENCE: usize = 300_000;

/// Why a history passed no check.
#[derive(Clone, Debug)]
pub struct Unexplained<M: Model> {
    /// Whether the search was given up: there may be an order.
    pub gave_up: bool,
    /// How many of the operations with an answer the longest attempt explained.
    pub explained: usize,
    /// How many there are.
    pub answered: usize,
    /// What the thing was then.
    pub state: M,
    /// Of what was left one would have had to be the next, and none could.
    pub stuck: Vec<Operation<M>>,
}

impl<M: Model> fmt::Display for Unexplained<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.gave_up { "no order was found in time" } else { "no order of the operations explains it" };
        writeln!(f, "{what}: after {} of {} answers it was {:?}", self.explained, self.answered, self.state)?;
        for Operation { call, answer, start, end } in &self.stuck {
            writeln!(f, "  from {start} to {end}: {call:?} -> {answer:?}")?;
        }
        Ok(())
    }
}

/// A place in the search: what has happened so far, and what that made of the thing.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place<M> {
    /// All answered operations before this one have happened, this one has not.
    next: usize,
    /// Answered operations behind `next` that have happened, in order.
    ahead: Vec<usize>,
    /// Unanswered operations that have happened and could still happen if they had not, in order.
    taken: Vec<usize>,
    /// When the latest of all that have happened began.
    latest: u64,
    state: M,
}

struct Search<M: Model> {
    answered: Vec<Operation<M>>,
    unanswered: Vec<Operation<M>>,
    /// What to try first: the lowest. Decides on how long the search takes, not on what it finds.
    order: Vec<u64>,
    unanswered_order: Vec<u64>,
}

/// Finds an order of a thing's operations that explains their answers, if it was `first` before all of them.
///
/// # Errors
/// [`Unexplained`] when there is none, or when none was found after very many attempts.
pub fn check<M: Model>(first: &M, history: &[Operation<M>]) -> Result<(), Box<Unexplained<M>>> {
    check_in_order(first, history.iter().map(|operation| (operation.clone(), operation.end)).collect())
}

/// As [`check`], trying operations in this order as far as it can be so.
pub(crate) fn check_in_order<M: Model>(
    first: &M,
    mut history: Vec<(Operation<M>, u64)>,
) -> Result<(), Box<Unexplained<M>>> {
    history.sort_by_key(|(operation, _)| operation.start);
    let (answered, unanswered): (Vec<_>, Vec<_>) = history.into_iter().partition(|(it, _)| it.answer.is_some());
    let (answered, order) = answered.into_iter().unzip();
    let (unanswered, unanswered_order) = unanswered.into_iter().unzip();
    let search = Search { answered, unanswered, order, unanswered_order };

    let start = Place { next: 0, ahead: Vec::new(), taken: Vec::new(), latest: 0, state: first.clone() };
    let mut best = start.clone();
    let mut seen = HashSet::from([start.clone()]);
    let mut open = vec![start];
    while let Some(place) = open.pop() {
        if place.next == search.answered.len() {
            return Ok(());
        }
        if place.explained() > best.explained() {
            best = place.clone();
        }
        if seen.len() > PATIENCE {
            return Err(search.unexplained(&best, true));
        }
        for next in search.successors(&place) {
            if seen.insert(next.clone()) {
                open.push(next);
            }
        }
    }
    Err(search.unexplained(&best, false))
}

impl<M> Place<M> {
    fn explained(&self) -> usize {
        self.next + self.ahead.len()
    }
}

impl<M: Model> Search<M> {
    /// Answered operations of which one is the next, and the moment by which one of them has happened.
    fn due(&self, place: &Place<M>) -> (Vec<usize>, u64) {
        let mut due = Vec::new();
        let mut first_end = u64::MAX;
        for index in place.next..self.answered.len() {
            let operation = &self.answered[index];
            if operation.start > first_end {
                break;
            }
            if !place.ahead.contains(&index) {
                first_end = first_end.min(operation.end);
                due.push(index);
            }
        }
        due.retain(|&index| self.answered[index].start < first_end);
        (due, first_end)
    }

    /// Unanswered operations that can be the next.
    fn possible(&self, place: &Place<M>, first_end: u64) -> impl Iterator<Item = usize> {
        let began = self.unanswered.partition_point(|operation| operation.start < first_end);
        (0..began).filter(|index| self.unanswered[*index].end > place.latest && !place.taken.contains(index))
    }

    /// Places one operation further; the most promising last.
    fn successors(&self, place: &Place<M>) -> Vec<Place<M>> {
        let (mut due, first_end) = self.due(place);
        let possible: Vec<usize> = self.possible(place, first_end).collect();
        let first_due = due.iter().map(|&index| self.order[index]).min().unwrap_or(u64::MAX);
        let (mut late, mut found, mut early) = (Vec::new(), Vec::new(), Vec::new());
        for &index in &possible {
            let operation = &self.unanswered[index];
            // One that changes nothing may as well be left out.
            if let Some(state) = place.state.after(&operation.call, None).filter(|state| *state != place.state) {
                let mut taken = place.taken.clone();
                taken.insert(taken.partition_point(|&other| other < index), index);
                let latest = place.latest.max(operation.start);
                let next = self.place(place.next, place.ahead.clone(), taken, latest, state);
                if self.unanswered_order[index] < first_due { early.push(next) } else { late.push(next) }
            }
        }
        due.sort_by_key(|&index| Reverse(self.order[index]));
        for index in due {
            let operation = &self.answered[index];
            let Some(state) = place.state.after(&operation.call, operation.answer.as_ref()) else { continue };
            let shuts_out = |other: &usize| self.unanswered[*other].end < operation.start;
            let harmless = M::is_read(&operation.call) && state == place.state && !possible.iter().any(shuts_out);
            let next = self.after_answered(place, index, state);
            // A read that tells nothing new and is in nobody's way can be the next in every order that there is.
            if harmless {
                return vec![next];
            }
            found.push(next);
        }
        late.into_iter().chain(found).chain(early).collect()
    }

    fn after_answered(&self, place: &Place<M>, index: usize, state: M) -> Place<M> {
        let mut next = place.next;
        let mut ahead = place.ahead.clone();
        ahead.insert(ahead.partition_point(|&other| other < index), index);
        let passed = ahead.iter().zip(next..).take_while(|(done, expected)| *done == expected).count();
        ahead.drain(..passed);
        next += passed;
        self.place(next, ahead, place.taken.clone(), place.latest.max(self.answered[index].start), state)
    }

    fn place(&self, next: usize, ahead: Vec<usize>, mut taken: Vec<usize>, latest: u64, state: M) -> Place<M> {
        taken.retain(|&index| self.unanswered[index].end > latest);
        Place { next, ahead, taken, latest, state }
    }

    fn unexplained(&self, best: &Place<M>, gave_up: bool) -> Box<Unexplained<M>> {
        let (due, first_end) = self.due(best);
        let answered = due.into_iter().map(|index| &self.answered[index]);
        let unanswered = self.possible(best, first_end).map(|index| &self.unanswered[index]);
        Box::new(Unexplained {
            gave_up,
            explained: best.explained(),
            answered: self.answered.len(),
            state: best.state.clone(),
            stuck: answered.chain(unanswered).cloned().collect(),
        })
    }
}
