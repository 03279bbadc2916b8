//! Conditional requests: RFC 9110 section 13 with the precedence S3 documents.
//!
//! The fields are named after the headers of the RFC, whose meaning they have.

use larder_types::{ETag, Timestamp};

use crate::error::Error;
use crate::record::version::VersionRecord;

/// Entity tags that an object's is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagMatch {
    /// Any object at all.
    Any,
    /// One of these.
    OneOf(Vec<ETag>),
}

impl TagMatch {
    fn holds(&self, etag: ETag) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(tags) => tags.contains(&etag),
        }
    }
}

/// One of a request's conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The object has one of these tags.
    IfMatch,
    /// It has none of these tags.
    IfNoneMatch,
    /// It is newer than this.
    IfModifiedSince,
    /// It is no newer than this.
    IfUnmodifiedSince,
}

/// The object that a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that is read or written.
    Target,
    /// The one that a copy is made of.
    Source,
}

/// Conditions of a GET, a HEAD or a copy's source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadConditions {
    /// `If-Match`.
    pub if_match: Option<TagMatch>,
    /// `If-None-Match`.
    pub if_none_match: Option<TagMatch>,
    /// `If-Modified-Since`.
    pub if_modified_since: Option<Timestamp>,
    /// `If-Unmodified-Since`.
    pub if_unmodified_since: Option<Timestamp>,
}

impl ReadConditions {
    /// Checks them against an object.
    ///
    /// `If-Match` that holds outweighs `If-Unmodified-Since`, and `If-None-Match` outweighs `If-Modified-Since`
    /// ("GetObject: additional considerations about request headers", Amazon S3 API reference). A date in the future never
    /// makes `If-Modified-Since` fail.
    ///
    /// # Errors
    /// [`Error::PreconditionFailed`] or [`Error::NotModified`].
    pub fn check(&self, etag: ETag, modified: Timestamp, now: Timestamp) -> Result<(), Error> {
        let modified = modified.as_seconds();
        match (&self.if_match, self.if_unmodified_since) {
            (Some(tags), _) if !tags.holds(etag) => return Err(failed(Condition::IfMatch)),
            (None, Some(since)) if modified > since.as_seconds() => return Err(failed(Condition::IfUnmodifiedSince)),
            _ => {}
        }
        match (&self.if_none_match, self.if_modified_since) {
            (Some(tags), _) if tags.holds(etag) => Err(Error::NotModified),
            (None, Some(since)) if modified <= since.as_seconds() && since <= now => Err(Error::NotModified),
            _ => Ok(()),
        }
    }

    /// As [`ReadConditions::check`], for a copy's source: nothing is ever "not modified" there, the copy fails.
    ///
    /// # Errors
    /// [`Error::PreconditionFailed`].
    pub fn check_source(&self, etag: ETag, modified: Timestamp, now: Timestamp) -> Result<(), Error> {
        let of_source = |condition| Error::PreconditionFailed { condition, side: Side::Source };
        self.check(etag, modified, now).map_err(|error| match (error, &self.if_none_match) {
            (Error::NotModified, Some(_)) => of_source(Condition::IfNoneMatch),
            (Error::NotModified, None) => of_source(Condition::IfModifiedSince),
            (Error::PreconditionFailed { condition, .. }, _) => of_source(condition),
            (other, _) => other,
        })
    }
}

fn failed(condition: Condition) -> Error {
    Error::PreconditionFailed { condition, side: Side::Target }
}

/// Conditions of a write on what the key holds just before it.
///
/// Source: "How to prevent object overwrites with conditional writes", Amazon S3 user guide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteConditions {
    /// `If-Match`: the current object has this tag.
    pub if_match: Option<TagMatch>,
    /// `If-None-Match`: there is no current object with this tag, or none at all.
    pub if_none_match: Option<TagMatch>,
}

impl WriteConditions {
    /// Whether anything is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.if_match.is_none() && self.if_none_match.is_none()
    }

    /// Checks them against the newest version of the key.
    pub(crate) fn check(&self, current: Option<&VersionRecord>) -> Result<(), Error> {
        let object = current.and_then(VersionRecord::object);
        if let Some(tags) = &self.if_match {
            match object {
                None => return Err(Error::NoSuchKey),
                Some((summary, _)) if !tags.holds(summary.etag) => return Err(failed(Condition::IfMatch)),
                Some(_) => {}
            }
        }
        match (&self.if_none_match, object) {
            (Some(tags), Some((summary, _))) if tags.holds(summary.etag) => Err(failed(Condition::IfNoneMatch)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp::from_millis(seconds * 1000))
    }

    #[test]
    fn tags_outweigh_dates() {
        let (etag, other) = (ETag::of_md5([1; 16]), ETag::of_md5([2; 16]));
        let (modified, now) = (Timestamp::from_millis(100_900), Timestamp::from_millis(1_000_000));
        let check = |conditions: ReadConditions| match conditions.check(etag, modified, now) {
            Ok(()) => 200,
            Err(Error::NotModified) => 304,
            Err(_) => 412,
        };
        let matches = |etag: ETag| Some(TagMatch::OneOf(vec![etag]));
        let none = ReadConditions::default();
        let cases = [
            (none.clone(), 200),
            (ReadConditions { if_match: matches(etag), if_unmodified_since: at(50), ..none.clone() }, 200),
            (ReadConditions { if_match: matches(other), if_unmodified_since: at(500), ..none.clone() }, 412),
            (ReadConditions { if_unmodified_since: at(99), ..none.clone() }, 412),
            (ReadConditions { if_unmodified_since: at(100), ..none.clone() }, 200),
            (ReadConditions { if_none_match: matches(etag), if_modified_since: at(50), ..none.clone() }, 304),
            (ReadConditions { if_none_match: matches(other), if_modified_since: at(500), ..none.clone() }, 200),
            (ReadConditions { if_modified_since: at(100), ..none.clone() }, 304),
            (ReadConditions { if_modified_since: at(99), ..none.clone() }, 200),
            (ReadConditions { if_modified_since: at(2_000), ..none.clone() }, 200),
            (ReadConditions { if_match: Some(TagMatch::Any), ..none }, 200),
        ];
        for (conditions, status) in cases {
            assert_eq!(check(conditions.clone()), status, "{conditions:?}");
        }
    }
    #[test]
    fn a_copy_fails_by_what_a_read_would_not_send_again() {
        let (etag, other) = (ETag::of_md5([1; 16]), ETag::of_md5([2; 16]));
        let (modified, now) = (Timestamp::from_millis(100_900), Timestamp::from_millis(1_000_000));
        let one = |etag: ETag| Some(TagMatch::OneOf(vec![etag]));
        let none = ReadConditions::default();
        for (conditions, fails) in [
            (ReadConditions { if_match: one(other), if_none_match: one(etag), ..none.clone() }, Condition::IfMatch),
            (
                ReadConditions { if_none_match: one(etag), if_modified_since: at(500), ..none.clone() },
                Condition::IfNoneMatch,
            ),
            (ReadConditions { if_modified_since: at(100), ..none.clone() }, Condition::IfModifiedSince),
            (ReadConditions { if_unmodified_since: at(99), ..none }, Condition::IfUnmodifiedSince),
        ] {
            let refused = conditions.check_source(etag, modified, now);
            let Err(Error::PreconditionFailed { condition, side: Side::Source }) = refused else {
                panic!("{conditions:?}: {refused:?}");
            };
            assert_eq!(condition, fails);
        }
    }
}
