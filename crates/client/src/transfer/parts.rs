//! How a large object is cut.

use larder_types::limits::{MAX_PART_NUMBER, MIN_PART_BYTES};

const MIB: u64 = 1024 * 1024;

/// S3 takes no larger part, and so no object of more than 10,000 of these: 48.8 TiB.
const MAX_PART_BYTES: u64 = 5 * 1024 * MIB;
const MOST_IN_PARTS: u64 = MAX_PART_BYTES * MAX_PART_NUMBER as u64;

/// From this size on a transfer goes in parts, side by side.
pub const DEFAULT_THRESHOLD: u64 = 16 * MIB;

/// The cut of one object: parts of one size, the last of what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Bytes of the whole.
    pub size: u64,
    /// Bytes of each part but the last.
    pub part_size: u64,
}

/// One part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// From 1.
    pub number: i32,
    /// Where it begins.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

impl Cut {
    /// Cuts `size` bytes into parts of `wanted` bytes, or of what suits the size: 8 MiB, and for more than 2 GiB more, so that
    /// there are neither very many requests nor too few to keep the way busy. Never more than S3's 10,000 parts.
    ///
    /// `None` when the object would be larger than what fits into so many parts of S3's largest.
    #[must_use]
    pub fn new(size: u64, wanted: Option<u64>) -> Option<Self> {
        if size > MOST_IN_PARTS {
            return None;
        }
        let suits = match size / (1024 * MIB) {
            0..2 => 8 * MIB,
            2..16 => 16 * MIB,
            16..128 => 32 * MIB,
            _ => 64 * MIB,
        };
        let least = size.div_ceil(u64::from(MAX_PART_NUMBER)).next_multiple_of(MIB);
        let wanted = wanted.unwrap_or(suits).clamp(MIN_PART_BYTES, MAX_PART_BYTES);
        Some(Self { size, part_size: wanted.max(least) })
    }

    /// The parts in order.
    pub fn parts(self) -> impl Iterator<Item = Part> {
        (0..self.count()).map(move |index| {
            let offset = u64::from(index) * self.part_size;
            let number = i32::try_from(index + 1).unwrap_or(i32::MAX);
            Part { number, offset, length: self.part_size.min(self.size - offset) }
        })
    }

    /// How many parts; one at least.
    #[must_use]
    pub fn count(self) -> u32 {
        u32::try_from(self.size.div_ceil(self.part_size).max(1)).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_cover_the_whole(size in 0..=MOST_IN_PARTS, wanted in prop::option::of(1_u64..20_000 * MIB)) {
            let cut = Cut::new(size, wanted).expect("within S3's limits");
            prop_assert!(cut.count() <= u32::from(MAX_PART_NUMBER));
            prop_assert!((MIN_PART_BYTES..=MAX_PART_BYTES).contains(&cut.part_size));
            let (mut at, mut number) = (0, 0);
            for part in cut.parts() {
                prop_assert_eq!((part.offset, part.number), (at, number + 1));
                at += part.length;
                number = part.number;
            }
            prop_assert_eq!(at, size);
        }
    }

    #[test]
    fn sizes_suit() {
        let size_of = |size| Cut::new(size, None).map(|cut| cut.part_size / MIB);
        assert_eq!(size_of(17 * MIB), Some(8));
        assert_eq!(size_of(4 * 1024 * MIB), Some(16));
        assert_eq!(size_of(MOST_IN_PARTS), Some(5_120));
        assert_eq!(size_of(MOST_IN_PARTS + 1), None);
    }
}
