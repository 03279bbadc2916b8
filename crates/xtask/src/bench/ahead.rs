//! Requests signed before the clock runs, so that signing takes no processor from the server meanwhile.

use std::time::Duration;

use super::worker::Operation;
use crate::stopwatch::Stopwatch;

/// Servers refuse what was signed a quarter of an hour ago; some of that is for clocks that differ.
const VALID: Duration = Duration::from_secs(600);

/// What one client asks for next.
pub(super) struct Ahead {
    operation: Operation,
    signed: Stopwatch,
    /// Objects, and the heads of the requests for them.
    requests: Vec<(u64, Vec<u8>)>,
    next: usize,
}

impl Ahead {
    pub(super) fn new(operation: Operation, requests: Vec<(u64, Vec<u8>)>) -> Self {
        Self { operation, signed: Stopwatch::start(), requests, next: 0 }
    }

    fn is_valid_for(&self, operation: Operation) -> bool {
        self.operation == operation && !self.requests.is_empty() && self.signed.elapsed() < VALID
    }

    /// The head of the request for one object, where objects are asked for one after the other.
    pub(super) fn head(&self, operation: Operation, object: u64) -> Option<&[u8]> {
        if !self.is_valid_for(operation) {
            return None;
        }
        let place = object.checked_sub(self.requests[0].0)?;
        self.requests.get(usize::try_from(place).ok()?).map(|(_, head)| head.as_slice())
    }

    /// The next object and the head of the request for it, round and round.
    pub(super) fn next(&mut self, operation: Operation) -> Option<(u64, &[u8])> {
        if !self.is_valid_for(operation) {
            return None;
        }
        let (object, head) = &self.requests[self.next % self.requests.len()];
        self.next += 1;
        Some((*object, head))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_for_what_they_were_signed_for() {
        let mut ahead = Ahead::new(Operation::Put, vec![(7, vec![1]), (8, vec![2])]);
        assert_eq!(ahead.head(Operation::Put, 8), Some(&[2][..]));
        for object in [6, 9, u64::MAX] {
            assert_eq!(ahead.head(Operation::Put, object), None);
        }
        assert_eq!(ahead.head(Operation::Get, 7), None);
        assert_eq!(ahead.next(Operation::Get), None);
        let round: Vec<_> = (0..3).filter_map(|_| ahead.next(Operation::Put).map(|(object, _)| object)).collect();
        assert_eq!(round, [7, 8, 7]);
        assert_eq!(Ahead::new(Operation::Get, Vec::new()).next(Operation::Get), None);
    }
}
