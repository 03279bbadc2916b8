//! What a server has to do at this moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts what is open. Clones count the same.
#[derive(Clone, Debug, Default)]
pub struct Load(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicUsize,
    requests: AtomicUsize,
}

impl Load {
    /// Connections that are open, TLS handshakes included.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.0.connections.load(Ordering::Relaxed)
    }

    /// Requests whose head was read and whose answer has not ended.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.0.requests.load(Ordering::Relaxed)
    }

    pub(crate) fn connection(&self) -> Open {
        Open::one_of(self, |counts| &counts.connections)
    }

    pub(crate) fn request(&self) -> Open {
        Open::one_of(self, |counts| &counts.requests)
    }
}

/// One that is open until this is dropped.
#[derive(Debug)]
pub(crate) struct Open {
    load: Load,
    counter: fn(&Counts) -> &AtomicUsize,
}

impl Open {
    fn one_of(load: &Load, counter: fn(&Counts) -> &AtomicUsize) -> Self {
        counter(&load.0).fetch_add(1, Ordering::Relaxed);
        Self { load: load.clone(), counter }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        (self.counter)(&self.load.0).fetch_sub(1, Ordering::Relaxed);
    }
}
