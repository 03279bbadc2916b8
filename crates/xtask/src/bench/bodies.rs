//! What objects hold: random bytes that a reader can check without having kept them.
//!
//! Every body is a stamp of its own and then a walk through one pool of random bytes from a place of its own. No two are
//! alike and none compresses, and yet neither making nor checking one costs the load generator more than a copy would.

use std::iter;

/// Larger than any window a compressor looks back over.
const POOL: usize = 16 << 20;

/// A bijection on 64 bits whose outputs look random (the finaliser of SplitMix64).
pub(super) fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// The bodies of one run.
pub(super) struct Bodies {
    pool: Vec<u8>,
    seed: u64,
}

/// The bytes of one object.
pub(super) struct Body<'a> {
    stamp: [u8; 8],
    pool: &'a [u8],
    start: usize,
    length: u64,
}

impl Bodies {
    pub(super) fn new(seed: u64) -> Self {
        let words = (0..POOL as u64 / 8).flat_map(|number| mix(mix(seed) ^ number).to_le_bytes());
        Self { pool: words.collect(), seed }
    }

    pub(super) fn of(&self, object: u64, length: u64) -> Body<'_> {
        let stamp = mix(self.seed ^ mix(object));
        let start = (mix(stamp) % POOL as u64) as usize;
        Body { stamp: stamp.to_le_bytes(), pool: &self.pool, start, length }
    }
}

impl Body<'_> {
    /// The bytes from an offset on, in as many pieces as it takes.
    pub(super) fn pieces(&self, offset: u64) -> impl Iterator<Item = &[u8]> {
        let mut at = offset;
        iter::from_fn(move || {
            let left = usize::try_from(self.length.checked_sub(at)?).unwrap_or(usize::MAX);
            let stamp = self.stamp.len() as u64;
            let whole = if at < stamp {
                &self.stamp[at as usize..]
            } else {
                let place = (self.start as u64 + (at - stamp)) % self.pool.len() as u64;
                &self.pool[place as usize..]
            };
            let piece = &whole[..whole.len().min(left)];
            at += piece.len() as u64;
            (!piece.is_empty()).then_some(piece)
        })
    }

    /// Whether these bytes stand at that offset.
    pub(super) fn holds(&self, offset: u64, mut bytes: &[u8]) -> bool {
        for piece in self.pieces(offset) {
            let length = piece.len().min(bytes.len());
            let (now, later) = bytes.split_at(length);
            if now != &piece[..length] {
                return false;
            }
            bytes = later;
            if bytes.is_empty() {
                break;
            }
        }
        bytes.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_repeatable_its_own_and_checked_in_any_cut() {
        let bodies = Bodies::new(7);
        let bytes = |object, length| bodies.of(object, length).pieces(0).collect::<Vec<_>>().concat();
        let length = POOL as u64 + 100;
        let whole = bytes(3, length);
        assert_eq!(whole.len() as u64, length);
        assert_eq!(whole, Bodies::new(7).of(3, length).pieces(0).collect::<Vec<_>>().concat());
        assert_ne!(bytes(3, 8), bytes(4, 8));
        assert_ne!(whole[..64], Bodies::new(8).of(3, 64).pieces(0).collect::<Vec<_>>().concat());
        assert_eq!(bytes(3, 0), b"");
        assert_eq!(bytes(3, 5), whole[..5]);
        let body = bodies.of(3, length);
        for (offset, end) in [(0, 3), (5, 1_000), (8, 9), (POOL - 5_000_000, POOL + 100), (POOL + 100, POOL + 100)] {
            assert!(body.holds(offset as u64, &whole[offset..end]), "{offset}..{end}");
        }
        let mut changed = whole[5..1_000].to_vec();
        changed[900] ^= 1;
        assert!(!body.holds(5, &changed));
        assert!(!body.holds(POOL as u64 + 99, b"xx"), "longer than the body");
    }
}
