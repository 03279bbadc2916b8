//! What a key holds, which its first byte says.

use larder_store::Scan;

use super::prefix_bounds;
use crate::error::Error;

/// The kinds of records; the table in [`super`] says what each holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bucket,
    DeletedBucket,
    Current,
    Older,
    Upload,
    Part,
    Completed,
    NamedBlob,
    Outbox,
    Closed,
}

impl Kind {
    const ALL: [Self; 10] = [
        Self::Bucket,
        Self::DeletedBucket,
        Self::Current,
        Self::Older,
        Self::Upload,
        Self::Part,
        Self::Completed,
        Self::NamedBlob,
        Self::Outbox,
        Self::Closed,
    ];

    /// The kind of a stored key; `None` when it is the key of no record.
    pub(crate) fn of(stored: &[u8]) -> Option<Self> {
        let tag = *stored.first()?;
        Self::ALL.into_iter().find(|kind| kind.tag() == tag)
    }

    pub(super) const fn tag(self) -> u8 {
        match self {
            Self::Bucket => b'B',
            Self::DeletedBucket => b'X',
            Self::Current => b'C',
            Self::Older => b'V',
            Self::Upload => b'U',
            Self::Part => b'P',
            Self::Completed => b'T',
            Self::NamedBlob => b'N',
            Self::Outbox => b'O',
            Self::Closed => b'M',
        }
    }

    /// Every record of this kind in a partition.
    pub(crate) fn all(self, limit: usize) -> Scan {
        let (start, end) = prefix_bounds(self, b"");
        Scan { start, end, reverse: false, limit }
    }

    /// What follows the tag in a key of this kind.
    pub(super) fn strip(self, stored: &[u8]) -> Option<&[u8]> {
        stored.strip_prefix(&[self.tag()])
    }

    /// A key that nobody who writes keys of this kind can have written.
    pub(super) fn unreadable(self) -> Error {
        Error::Damaged { what: format!("the key of a record of kind {self:?}") }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_kind_is_told_by_a_tag_of_its_own() {
        let tags: HashSet<u8> = Kind::ALL.into_iter().map(Kind::tag).collect();
        assert_eq!(tags.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(Kind::of(&[kind.tag(), b'x']), Some(kind));
        }
        assert_eq!(Kind::of(b""), None);
        assert_eq!(Kind::of(b"?"), None);
    }
}
