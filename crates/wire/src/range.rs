//! The `Range` header of a read (RFC 9110, section 14).
//!
//! As AWS does: one range of bytes is served, several or a malformed header are ignored and the whole object is
//! answered, and a range that touches no byte of the object is `InvalidRange`.

use crate::error::{ErrorCode, S3Error};

/// One requested range of bytes, before the object's size is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// `bytes=first-last`, both counted from zero and included; `first <= last`.
    FromTo(u64, u64),
    /// `bytes=first-`
    From(u64),
    /// `bytes=-count`: the last `count` bytes.
    Suffix(u64),
}

/// A range within an object of a known size: `first <= last < size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResolvedRange {
    /// First byte, counted from zero.
    pub first: u64,
    /// Last byte, included.
    pub last: u64,
    /// Size of the whole object.
    pub size: u64,
}

impl ResolvedRange {
    /// Number of bytes in the range; at least one.
    pub fn length(&self) -> u64 {
        self.last - self.first + 1
    }

    /// The `Content-Range` header's value.
    pub fn content_range(&self) -> String {
        format!("bytes {}-{}/{}", self.first, self.last, self.size)
    }
}

impl Range {
    /// Reads a `Range` header; `None` when it is to be ignored: another unit, several ranges, `last` before `first`,
    /// or no valid syntax. Numbers too large for 64 bits count as the largest.
    pub fn parse(header: &str) -> Option<Range> {
        let (unit, set) = header.trim().split_once('=')?;
        if !unit.trim_end().eq_ignore_ascii_case("bytes") {
            return None;
        }
        let (first, last) = set.trim().split_once('-')?;
        match (number(first.trim_end())?, number(last.trim_start())?) {
            (Some(first), Some(last)) if first <= last => Some(Range::FromTo(first, last)),
            (Some(first), None) => Some(Range::From(first)),
            (None, Some(count)) => Some(Range::Suffix(count)),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }

    /// The range's bytes in an object of `size` bytes.
    ///
    /// # Errors
    /// `InvalidRange`, with the `RangeRequested` and `ActualObjectSize` that AWS sends, when no byte of the object is
    /// in the range; so always for an empty object. `header` is the header as sent.
    pub fn resolve(self, size: u64, header: &str) -> Result<ResolvedRange, S3Error> {
        let (first, last) = match self {
            Range::FromTo(first, last) => (first, last),
            Range::From(first) => (first, u64::MAX),
            Range::Suffix(0) => return Err(invalid_range(size, header)),
            Range::Suffix(count) => (size.saturating_sub(count), u64::MAX),
        };
        if first >= size {
            return Err(invalid_range(size, header));
        }
        Ok(ResolvedRange { first, last: last.min(size - 1), size })
    }
}

/// The answer to a range that cannot be served.
pub fn invalid_range(size: u64, header: &str) -> S3Error {
    S3Error::new(ErrorCode::InvalidRange)
        .with_extra("RangeRequested", header)
        .with_extra("ActualObjectSize", size.to_string())
}

/// `Some(None)` for nothing, `None` for what is no number.
fn number(text: &str) -> Option<Option<u64>> {
    if text.is_empty() {
        return Some(None);
    }
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(Some(text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_range_and_ignores_the_rest() {
        for (header, expected) in [
            ("bytes=0-0", Some(Range::FromTo(0, 0))),
            ("bytes=4-7", Some(Range::FromTo(4, 7))),
            ("Bytes=4-7", Some(Range::FromTo(4, 7))),
            (" bytes = 4 - 7 ", Some(Range::FromTo(4, 7))),
            ("bytes=4-", Some(Range::From(4))),
            ("bytes=-7", Some(Range::Suffix(7))),
            ("bytes=-0", Some(Range::Suffix(0))),
            ("bytes=0-99999999999999999999999", Some(Range::FromTo(0, u64::MAX))),
            ("bytes=7-4", None),
            ("bytes=-", None),
            ("bytes=", None),
            ("bytes", None),
            ("", None),
            ("bytes=0-1,3-4", None),
            ("bytes=0-1,", None),
            ("bytes=a-b", None),
            ("bytes=+1-2", None),
            ("bytes=0x1-2", None),
            ("bytes=1--2", None),
            ("bytes=--2", None),
            ("items=0-1", None),
            ("bytes:0-1", None),
        ] {
            assert_eq!(Range::parse(header), expected, "{header}");
        }
    }

    #[test]
    fn resolves_against_the_size() {
        for (header, size, expected) in [
            ("bytes=0-0", 10, Some((0, 0))),
            ("bytes=4-7", 10, Some((4, 7))),
            ("bytes=4-70", 10, Some((4, 9))),
            ("bytes=9-", 10, Some((9, 9))),
            ("bytes=10-", 10, None),
            ("bytes=10-20", 10, None),
            ("bytes=-3", 10, Some((7, 9))),
            ("bytes=-30", 10, Some((0, 9))),
            ("bytes=-0", 10, None),
            ("bytes=0-", 0, None),
            ("bytes=-1", 0, None),
            ("bytes=0-", u64::MAX, Some((0, u64::MAX - 1))),
        ] {
            let resolved = Range::parse(header).unwrap().resolve(size, header);
            assert_eq!(resolved.ok().map(|range| (range.first, range.last)), expected, "{header} of {size}");
        }
    }

    #[test]
    fn error_tells_what_was_asked_and_what_is_there() {
        let error = Range::From(5).resolve(5, "bytes=5-").unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidRange);
        assert_eq!(error.extra_value("RangeRequested"), Some("bytes=5-"));
        assert_eq!(error.extra_value("ActualObjectSize"), Some("5"));
        let range = Range::FromTo(1, 3).resolve(5, "").unwrap();
        assert_eq!((range.length(), range.content_range().as_str()), (3, "bytes 1-3/5"));
    }
}
