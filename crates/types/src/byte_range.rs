//! Byte ranges within an object whose size is known.

/// A non-empty range of bytes that lies within an object: `start <= last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    start: u64,
    last: u64,
}

impl ByteRange {
    /// The range from `start` to `last`, both included; `None` when it would be empty.
    #[must_use]
    pub fn new(start: u64, last: u64) -> Option<Self> {
        (start <= last && last < u64::MAX).then_some(Self { start, last })
    }

    /// Offset of the first byte.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Offset of the last byte.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Offset just past the last byte.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.last + 1
    }

    /// Number of bytes; never 0.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a range is never empty")]
    pub fn len(&self) -> u64 {
        self.last - self.start + 1
    }
}
