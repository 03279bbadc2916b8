//! MD5 (RFC 1321), which S3 has for entity tags: of one stream, or of several at once.
//!
//! It costs a large PUT more than all else together, and no library that is well kept computes several at once.

mod lanes;
mod rounds;

use std::num::Wrapping;

use self::lanes::{LANES, Lanes};
use self::rounds::{START, WORDS, take_block};

/// Bytes of a block.
const BLOCK: usize = 64;

type State = [u32; 4];

/// The MD5 of a stream of bytes.
#[derive(Clone, Debug)]
pub struct Md5 {
    state: State,
    /// Bytes behind the last whole block, `length % 64` of them.
    tail: [u8; BLOCK],
    length: u64,
}

impl Default for Md5 {
    fn default() -> Self {
        Self { state: START, tail: [0; BLOCK], length: 0 }
    }
}

impl Md5 {
    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let rest = self.complete_block(bytes);
        let (blocks, tail) = rest.as_chunks();
        take(&mut self.state, blocks);
        self.begin_block(tail);
    }

    /// The digest of everything taken in.
    #[must_use]
    pub fn finish(mut self) -> [u8; 16] {
        let bits = self.length.wrapping_mul(8);
        // A one, and zeros up to where the last block has room for the length.
        let mut padding = [0; BLOCK];
        padding[0] = 0x80;
        let used = (self.length % BLOCK as u64) as usize;
        let zeros = if used < BLOCK - 8 { BLOCK - 8 - used } else { 2 * BLOCK - 8 - used };
        self.update(&padding[..zeros]);
        self.update(&bits.to_le_bytes());
        let mut digest = [0; 16];
        for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(self.state) {
            *bytes = word.to_le_bytes();
        }
        digest
    }

    /// Fills the block under way up, and gives what is behind it.
    fn complete_block<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let used = (self.length % BLOCK as u64) as usize;
        self.length = self.length.wrapping_add(bytes.len() as u64);
        if used == 0 {
            return bytes;
        }
        let (fill, rest) = bytes.split_at(bytes.len().min(BLOCK - used));
        self.tail[used..used + fill.len()].copy_from_slice(fill);
        if used + fill.len() == BLOCK {
            take(&mut self.state, &[self.tail]);
        }
        rest
    }

    /// Keeps what is behind the last whole block.
    fn begin_block(&mut self, tail: &[u8]) {
        self.tail[..tail.len()].copy_from_slice(tail);
    }
}

/// The MD5 of what is at hand.
#[must_use]
pub fn md5(content: &[u8]) -> [u8; 16] {
    let mut md5 = Md5::default();
    md5.update(content);
    md5.finish()
}

/// Takes blocks of one stream in.
fn take(state: &mut State, blocks: &[[u8; BLOCK]]) {
    let mut wrapping = state.map(Wrapping);
    for block in blocks {
        let mut words = [Wrapping(0); WORDS];
        for (word, bytes) in words.iter_mut().zip(block.as_chunks().0) {
            *word = Wrapping(u32::from_le_bytes(*bytes));
        }
        wrapping = take_block(wrapping, &words, Wrapping);
    }
    *state = wrapping.map(|word| word.0);
}

/// Takes the next bytes of several streams in at once: eight such take little longer than one alone, if they are given about
/// as many bytes each.
pub fn update_md5s(streams: &mut [(&mut Md5, &[u8])]) {
    let lanes = Lanes::new();
    for (md5, bytes) in &mut *streams {
        *bytes = md5.complete_block(bytes);
    }
    loop {
        let mut states = [START; LANES];
        let mut inputs: [&[u8]; LANES] = [&[]; LANES];
        let mut count = 0;
        let waiting = streams.iter().filter(|(_, bytes)| bytes.len() >= BLOCK);
        for ((state, input), (md5, bytes)) in states.iter_mut().zip(&mut inputs).zip(waiting) {
            (*state, *input) = (md5.state, bytes);
            count += 1;
        }
        if count < lanes.worthwhile() {
            break;
        }
        let taken = lanes.take(&mut states[..count], &inputs[..count]);
        let waiting = streams.iter_mut().filter(|(_, bytes)| bytes.len() >= BLOCK);
        for ((md5, bytes), state) in waiting.zip(&states[..count]) {
            md5.state = *state;
            *bytes = &bytes[taken..];
        }
    }
    for (md5, bytes) in streams {
        let (blocks, tail) = bytes.as_chunks();
        take(&mut md5.state, blocks);
        md5.begin_block(tail);
    }
}
