//! Histories while they happen.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::model::{Model, Operation};

/// Takes down what clients ask and what they are answered, by the name of the thing they ask it of.
#[derive(Debug)]
pub struct Recorder<M: Model> {
    state: Mutex<State<M>>,
}

#[derive(Debug)]
struct State<M: Model> {
    clock: u64,
    operations: Vec<(String, Operation<M>)>,
    /// Indexes of operations that have no answer and may still happen.
    open: Vec<usize>,
    /// Indexes of operations that did not happen.
    void: Vec<usize>,
}

/// An operation under way.
#[derive(Debug)]
#[must_use]
pub struct Ticket(usize);

impl<M: Model> Default for Recorder<M> {
    fn default() -> Self {
        let state = State { clock: 0, operations: Vec::new(), open: Vec::new(), void: Vec::new() };
        Self { state: Mutex::new(state) }
    }
}

impl<M: Model> Recorder<M> {
    /// An empty history.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// To be called before anything of the request is sent.
    pub fn begin(&self, name: &str, call: M::Call) -> Ticket {
        self.with(|state| {
            let start = state.tick();
            let index = state.operations.len();
            state.operations.push((name.to_owned(), Operation { call, answer: None, start, end: u64::MAX }));
            state.open.push(index);
            Ticket(index)
        })
    }

    /// To be called when the whole answer is there. Who never comes to call it does not know what happened.
    pub fn end(&self, ticket: Ticket, answer: M::Answer) {
        self.with(|state| {
            let now = state.tick();
            state.close(&ticket);
            let operation = &mut state.operations[ticket.0].1;
            operation.answer = Some(answer);
            operation.end = now;
        });
    }

    /// Says that the operation did not happen: it was refused for a reason that the model knows nothing of.
    pub fn void(&self, ticket: Ticket) {
        self.with(|state| {
            state.close(&ticket);
            state.void.push(ticket.0);
        });
    }

    /// Says that what has no answer so far will never happen from now on: the process that was asked is gone, and what it
    /// left is settled.
    pub fn settle(&self) {
        self.with(|state| {
            let now = state.tick();
            for index in std::mem::take(&mut state.open) {
                state.operations[index].1.end = now;
            }
        });
    }

    /// How many operations have begun.
    #[must_use]
    pub fn len(&self) -> usize {
        self.with(|state| state.operations.len())
    }

    /// Whether none has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The history of each thing, in the order in which its operations began.
    #[must_use]
    pub fn histories(&self) -> BTreeMap<String, Vec<Operation<M>>> {
        self.with(|state| {
            let mut histories: BTreeMap<String, Vec<Operation<M>>> = BTreeMap::new();
            for (index, (name, operation)) in state.operations.iter().enumerate() {
                if !state.void.contains(&index) {
                    histories.entry(name.clone()).or_default().push(operation.clone());
                }
            }
            histories
        })
    }

    fn with<R>(&self, act: impl FnOnce(&mut State<M>) -> R) -> R {
        // A test that panicked elsewhere has failed already; what it recorded is whole after every line.
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<M: Model> State<M> {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn close(&mut self, ticket: &Ticket) {
        self.open.retain(|&index| index != ticket.0);
    }
}
