//! What is written to a file at a time.

use std::sync::Arc;

use bytes::{Buf, Bytes};

use super::buffers::{Buffer, Buffers};
use super::direct::ALIGNMENT;

/// Bytes of a piece: few enough to be in the processor's cache still, many enough for a thread to be worth waking.
const PIECE: usize = 1024 * 1024;
/// Bytes of memory that each takes, however much it holds.
pub(crate) const MEMORY: usize = PIECE + ALIGNMENT;

/// Adjoining bytes of a file, up to the next multiple of a piece, in memory that suits direct writes.
///
/// They are copied here as they come: what they came in is free at once, and so used again for what comes next.
pub(crate) struct Piece {
    memory: Buffer,
    /// Where in the memory it begins.
    start: usize,
    offset: u64,
    length: usize,
}

impl Piece {
    /// An empty one that begins at a place in the file.
    pub(crate) fn new(buffers: &Arc<Buffers>, offset: u64) -> Self {
        let memory = buffers.take(MEMORY);
        let start = memory.as_ref().as_ptr().align_offset(ALIGNMENT);
        Self { memory, start, offset, length: 0 }
    }

    /// Takes in what there is room for.
    pub(crate) fn fill(&mut self, chunk: &mut Bytes) {
        let most = PIECE - usize::try_from(self.offset % PIECE as u64).unwrap_or(0);
        let taken = chunk.len().min(most - self.length);
        let at = self.start + self.length;
        self.memory.as_mut()[at..at + taken].copy_from_slice(&chunk[..taken]);
        chunk.advance(taken);
        self.length += taken;
    }

    /// Where in the file it begins.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Where in the file it ends.
    pub(crate) fn end(&self) -> u64 {
        self.offset + self.length as u64
    }

    pub(crate) fn content(&self) -> &[u8] {
        &self.memory.as_ref()[self.start..self.start + self.length]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn pieces_are_all_that_came_and_end_at_multiples(
            offset in prop_oneof![Just(0), Just(PIECE as u64), 0..2 * PIECE as u64],
            lengths in prop::collection::vec(prop_oneof![1_usize..20, 1..PIECE, Just(PIECE)], 0..8),
        ) {
            let buffers = Arc::new(Buffers::default());
            let chunks: Vec<Bytes> = lengths.iter().zip(0_u8..).map(|(&length, byte)| vec![byte; length].into()).collect();
            let (mut piece, mut came, mut at) = (Piece::new(&buffers, offset), Vec::new(), offset);
            for chunk in &chunks {
                let mut chunk = chunk.clone();
                loop {
                    piece.fill(&mut chunk);
                    if chunk.is_empty() {
                        break;
                    }
                    prop_assert_eq!((piece.offset(), piece.end() % PIECE as u64), (at, 0));
                    prop_assert!(piece.content().as_ptr().align_offset(ALIGNMENT) == 0);
                    came.extend_from_slice(piece.content());
                    at = piece.end();
                    piece = Piece::new(&buffers, at);
                }
            }
            came.extend_from_slice(piece.content());
            prop_assert!(came == chunks.concat());
        }
    }
}
