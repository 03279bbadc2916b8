//! Conditional headers.

use http::{HeaderMap, header};
use larder_engine::{Condition, ReadConditions, Side, TagMatch, WriteConditions};
use larder_types::{ETag, Timestamp};
use larder_wire::error::{ErrorCode, S3Error};

/// The tags of an `If-Match` or `If-None-Match`: `*`, or a list with weak tags and unquoted ones among them. Text that
/// cannot be a tag of this store matches nothing and is left out.
pub(crate) fn tags(header: &str) -> TagMatch {
    if header.trim() == "*" {
        return TagMatch::Any;
    }
    let tag = |text: &str| {
        let text = text.trim();
        ETag::parse(text.strip_prefix("W/").unwrap_or(text)).ok()
    };
    TagMatch::OneOf(header.split(',').filter_map(tag).collect())
}

/// The header that a condition came in, as S3 writes it in the document of an error.
pub(crate) fn header(condition: Condition, side: Side) -> &'static str {
    match (side, condition) {
        (Side::Target, Condition::IfMatch) => "If-Match",
        (Side::Target, Condition::IfNoneMatch) => "If-None-Match",
        (Side::Target, Condition::IfModifiedSince) => "If-Modified-Since",
        (Side::Target, Condition::IfUnmodifiedSince) => "If-Unmodified-Since",
        (Side::Source, Condition::IfMatch) => "x-amz-copy-source-If-Match",
        (Side::Source, Condition::IfNoneMatch) => "x-amz-copy-source-If-None-Match",
        (Side::Source, Condition::IfModifiedSince) => "x-amz-copy-source-If-Modified-Since",
        (Side::Source, Condition::IfUnmodifiedSince) => "x-amz-copy-source-If-Unmodified-Since",
    }
}

/// Conditions of a read, as the generated inputs hold them.
pub(crate) fn read(
    if_match: Option<&str>,
    if_none_match: Option<&str>,
    if_modified_since: Option<jiff::Timestamp>,
    if_unmodified_since: Option<jiff::Timestamp>,
) -> ReadConditions {
    ReadConditions {
        if_match: if_match.map(tags),
        if_none_match: if_none_match.map(tags),
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
    Ok(WriteConditions { if_match: if_match.map(tags), if_none_match: if_none_match.map(tags) })
}

/// Whether a `Range` is to be heeded: an `If-Range` that does not name this very object asks for all of it, so that what
/// a client resumes is not continued with the bytes of another one. <https://www.rfc-editor.org/rfc/rfc9110#section-13.1.5>
pub(crate) fn range_holds(headers: &HeaderMap, etag: ETag, modified: Timestamp) -> bool {
    let Some(value) = headers.get(header::IF_RANGE) else { return true };
    // What is no text, and a weak tag too, names nothing.
    let Ok(text) = value.to_str().map(str::trim) else { return false };
    match ETag::parse(text) {
        Ok(tag) => tag == etag,
        Err(_) => larder_wire::timestamp::parse_http_date(text) == Some(modified.to_jiff_seconds()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_clients_write_them() {
        let (one, two) = ("0123456789abcdef0123456789abcdef", "1123456789abcdef0123456789abcdef");
        let parsed = |text: &str| ETag::parse(text).unwrap();
        assert_eq!(tags(" * "), TagMatch::Any);
        let list = format!("W/\"{one}\", {two} ,\"not of this store\"");
        assert_eq!(tags(&list), TagMatch::OneOf(vec![parsed(one), parsed(two)]));
        assert_eq!(tags(""), TagMatch::OneOf(Vec::new()));
    }

    #[test]
    fn a_range_is_of_the_object_that_if_range_names() {
        let etag = ETag::parse("\"0123456789abcdef0123456789abcdef\"").unwrap();
        let modified: jiff::Timestamp = "2013-05-24T00:00:00.5Z".parse().unwrap();
        for (value, holds) in [
            ("\"0123456789abcdef0123456789abcdef\"", true),
            ("\"1123456789abcdef0123456789abcdef\"", false),
            ("W/\"0123456789abcdef0123456789abcdef\"", false),
            ("Fri, 24 May 2013 00:00:00 GMT", true),
            ("Fri, 24 May 2013 00:00:01 GMT", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::IF_RANGE, value.parse().unwrap())]);
            assert_eq!(range_holds(&headers, etag, Timestamp::from(modified)), holds, "{value}");
        }
        assert!(range_holds(&HeaderMap::new(), etag, Timestamp::from(modified)));
    }
}
