//! Memory for parts that are sent and pieces that are written, used again and again.
//!
//! The kernel fills fresh memory with zeros, page by page, when it is first written to, and whoever reads a file into it has to
//! do the same before. That costs as much as sending a part.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// Memory that waits to be used again. What is in use is bounded by whoever takes it; with what waits it is never more than has
/// been in use at a time.
#[derive(Default)]
pub(crate) struct Buffers {
    free: Mutex<Vec<Vec<u8>>>,
}

/// So many bytes that hold anything. They go back when they, or the [`Bytes`] they became, are dropped.
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    home: Arc<Buffers>,
}

impl Buffers {
    pub(crate) fn take(self: &Arc<Self>, length: usize) -> Buffer {
        let mut bytes = self.fitting(length).unwrap_or_default();
        // Only what was never in use before is filled with zeros.
        bytes.resize(length, 0);
        Buffer { bytes, home: Arc::clone(self) }
    }

    /// One that is large enough and not much larger; else those whose place a new one takes are given up.
    fn fitting(&self, length: usize) -> Option<Vec<u8>> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |bytes: &Vec<u8>| (length..=length.saturating_mul(2)).contains(&bytes.capacity());
        if let Some(index) = free.iter().rposition(fits) {
            return Some(free.swap_remove(index));
        }
        let mut given_up = 0;
        while given_up < length
            && let Some(bytes) = free.pop()
        {
            given_up += bytes.capacity();
        }
        None
    }
}

impl Buffer {
    pub(crate) fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsMut<[u8]> for Buffer {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        self.home.free.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_used_again() {
        let buffers = Arc::new(Buffers::default());
        let mut first = buffers.take(100);
        first.as_mut().fill(7);
        let place = first.as_ref().as_ptr();
        let sent = first.freeze();
        let tail = sent.slice(90..);
        drop(sent);
        let other = buffers.take(50);
        assert_ne!(other.as_ref().as_ptr(), place);
        assert_eq!(&tail[..], &[7; 10]);
        drop(tail);
        let again = buffers.take(60);
        assert_eq!((again.as_ref().as_ptr(), again.as_ref().len()), (place, 60));
    }

    #[test]
    fn there_is_never_more_than_was_in_use() {
        let buffers = Arc::new(Buffers::default());
        let waits = || buffers.free.lock().expect("no panic").iter().map(Vec::capacity).sum::<usize>();
        // Large parts and small ones take turns; each time two are in use.
        for length in (100..1_000).chain((100..1_000).rev()).step_by(7) {
            let both = (buffers.take(length), buffers.take(length * 8));
            assert_eq!((both.0.as_ref().len(), both.1.as_ref().len()), (length, length * 8));
            assert!(both.0.bytes.capacity() <= length * 2, "a small part sits in the memory of a large one");
            drop(both);
            assert!(waits() <= 2 * 9 * 1_000, "{} bytes wait", waits());
        }
    }
}
