//! Memory for what is sealed, while it is opened: one piece for each thread.
//!
//! Between two pieces nobody needs it, least of all a client that takes its time, and the next piece finds it in the processor's cache
//! still.

use std::cell::Cell;

use bytes::{Bytes, BytesMut};

use super::read::PIECE;

thread_local! {
    static SCRATCH: Cell<BytesMut> = Cell::default();
}

/// Memory for a piece, whatever is in it.
pub(super) fn take() -> BytesMut {
    let memory = SCRATCH.take();
    if memory.capacity() < PIECE { BytesMut::with_capacity(PIECE) } else { memory }
}

/// Takes memory back. What is not of a piece's size is let go of.
pub(super) fn give(bytes: Bytes) {
    if let Ok(memory) = bytes.try_into_mut()
        && memory.capacity() >= PIECE
    {
        SCRATCH.set(memory);
    }
}
