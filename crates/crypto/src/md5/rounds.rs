//! What MD5 does with one block of 64 bytes (RFC 1321, section 3.4), for one stream or for several side by side.

use std::num::Wrapping;
use std::ops::{Add, BitAnd, BitOr, BitXor, Not};

/// Words of a block.
pub(super) const WORDS: usize = 16;

/// What a stream begins with (RFC 1321, section 3.3).
pub(super) const START: [u32; 4] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];

/// `floor(2^32 * abs(sin(i + 1)))`.
#[rustfmt::skip]
const SINES: [u32; 64] = [
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
];

/// By how much each of four steps in a row rotates, for each round.
const ROTATIONS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// A word of one stream, or one word of each of several.
pub(super) trait Word:
    Copy + Add<Output = Self> + BitAnd<Output = Self> + BitOr<Output = Self> + BitXor<Output = Self> + Not<Output = Self>
{
    fn rotate(self, bits: u32) -> Self;
}

impl Word for Wrapping<u32> {
    #[inline(always)]
    fn rotate(self, bits: u32) -> Self {
        Self(self.0.rotate_left(bits))
    }
}

/// Takes a block into `state`. `repeated` gives a constant as a word.
#[inline(always)]
pub(super) fn take_block<W: Word>(state: [W; 4], block: &[W; WORDS], repeated: impl Fn(u32) -> W) -> [W; 4] {
    let [mut a, mut b, mut c, mut d] = state;
    macro_rules! step {
        ($round:literal, $index:expr, $number:expr, $mix:expr, $a:ident, $b:ident, $c:ident, $d:ident) => {
            let known = block[$index($number) % WORDS] + repeated(SINES[$number]) + $a;
            $a = $b + (known + $mix($b, $c, $d)).rotate(ROTATIONS[$round][$number % 4]);
        };
    }
    macro_rules! round {
        ($round:literal, $index:expr, $mix:expr, $($four:literal)*) => {$(
            let number = $round * 16 + $four * 4;
            step!($round, $index, number, $mix, a, b, c, d);
            step!($round, $index, number + 1, $mix, d, a, b, c);
            step!($round, $index, number + 2, $mix, c, d, a, b);
            step!($round, $index, number + 3, $mix, b, c, d, a);
        )*};
    }
    round!(0, |i: usize| i, |x: W, y: W, z: W| z ^ (x & (y ^ z)), 0 1 2 3);
    // A sum, where the RFC has an `or` of the same two, which never share a bit: what does not depend on the step before is
    // then added up meanwhile. A stream alone gets a quarter faster by it.
    round!(1, |i: usize| 5 * i + 1, |x: W, y: W, z: W| (x & z) + (y & !z), 0 1 2 3);
    round!(2, |i: usize| 3 * i + 5, |x: W, y: W, z: W| x ^ y ^ z, 0 1 2 3);
    round!(3, |i: usize| 7 * i, |x: W, y: W, z: W| y ^ (x | !z), 0 1 2 3);
    [a + state[0], b + state[1], c + state[2], d + state[3]]
}
