//! Keeps the parts of a multipart object while somebody reads them.
//!
//! A reader opens an object's parts one after the other. Between its first part and its last the object may be overwritten;
//! the reclaimer must then leave the parts alone until the reader is done. A single blob needs no pin: it is opened at once,
//! and an open blob stays readable.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::content::ContentId;

/// Which manifests are being read, and which are being removed.
#[derive(Debug, Default)]
pub(crate) struct Pins(Mutex<HashMap<ContentId, State>>);

#[derive(Debug)]
enum State {
    Read { readers: usize },
    Removed,
}

impl Pins {
    /// Keeps a manifest's parts until the pin is dropped; `None` when they are being removed.
    pub(crate) fn pin(self: &Arc<Self>, id: ContentId) -> Option<Pin> {
        match self.0.lock().entry(id).or_insert(State::Read { readers: 0 }) {
            State::Read { readers } => *readers += 1,
            State::Removed => return None,
        }
        Some(Pin { pins: Arc::clone(self), id })
    }

    /// Takes a manifest's parts for removal; `None` when somebody reads them.
    pub(crate) fn begin_removal(self: &Arc<Self>, id: ContentId) -> Option<Removal> {
        let mut states = self.0.lock();
        if states.contains_key(&id) {
            return None;
        }
        states.insert(id, State::Removed);
        Some(Removal { pins: Arc::clone(self), id })
    }
}

/// A manifest's parts being read.
#[derive(Debug)]
pub(crate) struct Pin {
    pins: Arc<Pins>,
    id: ContentId,
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut states = self.pins.0.lock();
        if let Some(State::Read { readers }) = states.get_mut(&self.id) {
            *readers -= 1;
            if *readers == 0 {
                states.remove(&self.id);
            }
        }
    }
}

/// A manifest's parts being removed.
#[derive(Debug)]
pub(crate) struct Removal {
    pins: Arc<Pins>,
    id: ContentId,
}

impl Drop for Removal {
    fn drop(&mut self) {
        self.pins.0.lock().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_and_removing_exclude_each_other() {
        let pins = Arc::new(Pins::default());
        let id = ContentId { sequence: 1, nonce: 2 };
        let (first, second) = (pins.pin(id), pins.pin(id));
        assert!(first.is_some() && second.is_some());
        drop(first);
        assert!(pins.begin_removal(id).is_none(), "one reader is left");
        drop(second);
        let removal = pins.begin_removal(id);
        assert!(removal.is_some());
        assert!(pins.pin(id).is_none());
        drop(removal);
        assert!(pins.pin(id).is_some());
    }
}
