//! What a history is made of, and what it is compared with.

use std::fmt::Debug;
use std::hash::Hash;

/// A thing that is used by one client at a time: what the operations on it may answer.
pub trait Model: Clone + Eq + Hash + Debug {
    /// What is asked of it.
    type Call: Clone + Debug;
    /// What it says.
    type Answer: Clone + Debug;

    /// What it is after `call` was answered by `answer`, or by nobody knows what. `None` when it cannot give this answer.
    #[must_use]
    fn after(&self, call: &Self::Call, answer: Option<&Self::Answer>) -> Option<Self>;

    /// Whether what is called so changes nothing, whatever the thing is at the time. Makes the search shorter.
    fn is_read(call: &Self::Call) -> bool;
}

/// One operation of a history.
#[derive(Clone, Debug)]
pub struct Operation<M: Model> {
    /// What was asked.
    pub call: M::Call,
    /// What was answered. An operation without an answer happened between its start and its end, or never.
    pub answer: Option<M::Answer>,
    /// When it was asked. No two moments of a history are equal.
    pub start: u64,
    /// When the answer was there; without one, when it had happened if it ever would.
    pub end: u64,
}
