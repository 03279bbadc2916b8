//! Conditional headers.

use larder_engine::{ReadConditions, TagMatch, WriteConditions};
use larder_types::Timestamp;
use larder_wire::error::{ErrorCode, S3Error};

/// Conditions of a read, as the generated inputs hold them.
pub(crate) fn read(
    if_match: Option<&str>,
    if_none_match: Option<&str>,
    if_modified_since: Option<jiff::Timestamp>,
    if_unmodified_since: Option<jiff::Timestamp>,
) -> ReadConditions {
    ReadConditions {
        if_match: if_match.map(TagMatch::parse),
        if_none_match: if_none_match.map(TagMatch::parse),
        if_modified_since: if_modified_since.map(Timestamp::from),
        if_unmodified_since: if_unmodified_since.map(Timestamp::from),
    }
}

/// Conditions of a write.
///
/// # Errors
/// `NotImplemented` for `If-None-Match` with anything but `*`, as S3 answers.
pub(crate) fn write(if_match: Option<&str>, if_none_match: Option<&str>) -> Result<WriteConditions, S3Error> {
    if if_none_match.is_some_and(|value| value.trim() != "*") {
        return Err(S3Error::new(ErrorCode::NotImplemented).with_extra("Header", "If-None-Match"));
    }
    Ok(WriteConditions { if_match: if_match.map(TagMatch::parse), if_none_match: if_none_match.map(TagMatch::parse) })
}
