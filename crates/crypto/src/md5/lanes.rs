//! Blocks of several streams at once, each in a lane of a vector register.
//!
//! MD5 has nothing to do in parallel within one stream: each step waits for the one before. Of eight streams every step is
//! done at once, at the cost of little more than one.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, u32x8};

use super::rounds::{WORDS, Word, take_block};
use super::{BLOCK, State};

/// Streams that are taken side by side.
pub(super) const LANES: usize = 8;

impl<S: Simd> Word for u32x8<S> {
    #[inline(always)]
    fn rotate(self, bits: u32) -> Self {
        (self << bits) | (self >> (32 - bits))
    }
}

/// What this machine's vector registers can do.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lanes(Level);

impl Lanes {
    pub(super) fn new() -> Self {
        Self(Level::new())
    }

    /// From how many streams on they are faster side by side than one after the other.
    pub(super) fn worthwhile(self) -> usize {
        // Registers of 32 bytes hold eight lanes; where there are only narrower ones, each step is done twice.
        if dispatch!(self.0, simd => wide(simd)) { 2 } else { 4 }
    }

    /// Takes as many blocks of each input as the shortest has into the state beside it, and tells how many bytes that were.
    /// At most [`LANES`] inputs.
    pub(super) fn take(self, states: &mut [State], inputs: &[&[u8]]) -> usize {
        let blocks = inputs.iter().map(|input| input.len() / BLOCK).min().unwrap_or(0);
        let Some(&spare) = inputs.first() else { return 0 };
        // Lanes without a stream do the work of the first once more.
        let inputs: [&[u8]; LANES] = std::array::from_fn(|lane| inputs.get(lane).copied().unwrap_or(spare));
        let mut across = [[0; LANES]; 4];
        for (lane, state) in states.iter().enumerate() {
            for (word, across) in state.iter().zip(&mut across) {
                across[lane] = *word;
            }
        }
        dispatch!(self.0, simd => take_blocks(simd, &mut across, &inputs, blocks));
        for (lane, state) in states.iter_mut().enumerate() {
            for (word, across) in state.iter_mut().zip(&across) {
                *word = across[lane];
            }
        }
        blocks * BLOCK
    }
}

#[inline(always)]
fn wide<S: Simd>(_: S) -> bool {
    S::u32s::N >= LANES
}

// Loops, where `map` and `from_fn` would be shorter: what is not inlined into the function that `dispatch` makes is compiled
// for the narrowest registers.
#[inline(always)]
fn take_blocks<S: Simd>(simd: S, across: &mut [[u32; LANES]; 4], inputs: &[&[u8]; LANES], blocks: usize) {
    let zero = u32x8::splat(simd, 0);
    let mut state = [zero; 4];
    for (state, across) in state.iter_mut().zip(&*across) {
        *state = u32x8::from_slice(simd, across);
    }
    for number in 0..blocks {
        let mut block = [zero; WORDS];
        for (half, words) in block.chunks_exact_mut(LANES).enumerate() {
            let at = number * BLOCK + half * BLOCK / 2;
            let mut rows = [zero; LANES];
            for (row, input) in rows.iter_mut().zip(inputs) {
                *row = load(simd, &input[at..at + BLOCK / 2]);
            }
            words.copy_from_slice(&transpose(rows));
        }
        state = take_block(state, &block, |constant| u32x8::splat(simd, constant));
    }
    for (state, across) in state.iter().zip(across) {
        state.store_slice(across);
    }
}

/// Eight words of a stream.
#[inline(always)]
fn load<S: Simd>(simd: S, bytes: &[u8]) -> u32x8<S> {
    let mut words = [0; LANES];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    u32x8::from_slice(simd, &words)
}

/// From a row for each stream to a row for each word: interleaving the halves three times moves each of 64 to its place.
#[inline(always)]
fn transpose<S: Simd>(mut rows: [u32x8<S>; LANES]) -> [u32x8<S>; LANES] {
    for _ in 0..3 {
        let before = rows;
        for row in 0..LANES / 2 {
            (rows[2 * row], rows[2 * row + 1]) = before[row].interleave(before[row + LANES / 2]);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::md5::{START, take};

    /// Every kind of registers that this machine has, and none.
    fn levels() -> Vec<Level> {
        let mut levels = vec![Level::new(), Level::baseline()];
        #[cfg(target_arch = "x86_64")]
        {
            let best = Level::new();
            levels.extend(best.as_sse2().map(Level::Sse2));
            levels.extend(best.as_sse4_2().map(Level::Sse4_2));
            levels.extend(best.as_avx2().map(Level::Avx2));
        }
        levels
    }

    #[test]
    fn lanes_of_any_width_take_what_a_stream_alone_takes() {
        let noise = |seed: u8, length: usize| -> Vec<u8> {
            (0..length).map(|at| (at as u8).wrapping_mul(37).wrapping_add(seed) ^ (at >> 5) as u8).collect()
        };
        for level in levels() {
            for count in 1..=LANES {
                let inputs: Vec<_> = (0..count).map(|lane| noise(lane as u8, BLOCK * (5 + lane) + 3)).collect();
                let mut states = vec![START; count];
                let slices: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
                let taken = Lanes(level).take(&mut states, &slices);
                assert_eq!(taken, 5 * BLOCK, "as many blocks as the shortest has");
                for (state, input) in states.iter().zip(&inputs) {
                    let mut alone = START;
                    take(&mut alone, input[..taken].as_chunks().0);
                    assert_eq!(*state, alone, "{level:?}, {count} streams");
                }
            }
        }
    }
}
