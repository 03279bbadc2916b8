//! What the generated decoders take a request from, and how each kind of value is read.
//!
//! A presigned URL may carry in its query what is otherwise a header (`x-amz-acl`, `x-amz-meta-*`); both are read, and
//! the header wins. Of a header that comes twice the first counts, except metadata, whose values S3 joins with commas.

use std::fmt;

use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use larder_types::limits::MAX_PART_NUMBER;

use crate::error::{ErrorCode, S3Error};
use crate::headers;
use crate::query::Query;
use crate::string_enum::StringEnum;
use crate::timestamp;
use crate::xml::{ReadXml, read_document};

/// A request without its body, after its address is understood.
#[derive(Clone, Copy, Debug)]
pub struct RequestParts<'a> {
    /// The bucket's name, for every operation but ListBuckets.
    pub bucket: Option<&'a str>,
    /// The object's key, decoded.
    pub key: Option<&'a str>,
    /// The query string, decoded.
    pub query: &'a Query,
    /// The headers as received.
    pub headers: &'a HeaderMap,
}

impl<'a> RequestParts<'a> {
    pub(crate) fn required_bucket(&self) -> Result<String, S3Error> {
        self.bucket.map(str::to_owned).ok_or_else(|| S3Error::new(ErrorCode::InvalidBucketName))
    }

    pub(crate) fn required_key(&self) -> Result<String, S3Error> {
        self.key.map(str::to_owned).ok_or_else(|| S3Error::new(ErrorCode::InvalidURI))
    }

    /// Calls `take` with the lower-case name and the value of each header, then of each query parameter that stands
    /// for one.
    pub(crate) fn each_header(&self, mut take: impl FnMut(&str, &[u8]) -> Result<(), S3Error>) -> Result<(), S3Error> {
        for (name, value) in self.headers {
            take(name.as_str(), value.as_bytes())?;
        }
        for (name, value) in self.query.iter() {
            // A name that no header can have stands for none; signatures (SigV2's) may not cover it either.
            let stands_for_header = name.as_bytes().get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"x-amz-"))
                && HeaderName::from_bytes(name.as_bytes()).is_ok();
            if stands_for_header {
                let name = name.to_ascii_lowercase();
                if !self.headers.contains_key(&name) {
                    take(&name, value.as_bytes())?;
                }
            }
        }
        Ok(())
    }

    pub(crate) fn required_header(&self, name: &str) -> Result<String, S3Error> {
        match self.headers.get(name) {
            Some(value) => Ok(headers::text(value.as_bytes()).into_owned()),
            None => self.query.get_ignore_case(name).map(str::to_owned).ok_or_else(|| missing_header(name)),
        }
    }

    pub(crate) fn query_text(&self, name: &str) -> Option<String> {
        self.query.get(name).map(str::to_owned)
    }

    /// An enumeration of which S3 refuses values that it does not know, the empty one included, before anything else.
    pub(crate) fn query_known<T: StringEnum>(&self, name: &str, message: &'static str) -> Result<Option<T>, S3Error> {
        match self.query.get(name).map(|value| (T::from(value), value)) {
            Some((known, _)) if known.is_known() => Ok(Some(known)),
            Some((_, value)) => Err(invalid_argument(name, value).with_message(message)),
            None => Ok(None),
        }
    }

    /// A parameter sent without a value counts as not sent.
    pub(crate) fn query_integer<T: TryFrom<i64>>(&self, name: &str) -> Result<Option<T>, S3Error> {
        self.query.get(name).filter(|value| !value.is_empty()).map(|value| parse_integer(name, value)).transpose()
    }

    pub(crate) fn query_boolean(&self, name: &str) -> Result<Option<bool>, S3Error> {
        self.query.get(name).filter(|value| !value.is_empty()).map(|value| parse_boolean(name, value)).transpose()
    }

    pub(crate) fn required_query_text(&self, name: &str) -> Result<String, S3Error> {
        self.query_text(name).ok_or_else(|| missing_parameter(name))
    }

    pub(crate) fn required_query_integer<T: TryFrom<i64>>(&self, name: &str) -> Result<T, S3Error> {
        let value = self.query.get(name).ok_or_else(|| missing_parameter(name))?;
        parse_integer(name, value)
    }
}

/// Reads a body that must be there.
pub(crate) fn payload<T: ReadXml>(body: &[u8], root: &str) -> Result<T, S3Error> {
    if body.is_empty() {
        return Err(S3Error::new(ErrorCode::MissingRequestBodyError));
    }
    read_document(body, root)
}

/// Reads a body that is text and must be there. Only policies are such bodies.
pub(crate) fn payload_text(body: &[u8]) -> Result<String, S3Error> {
    if body.is_empty() {
        return Err(S3Error::new(ErrorCode::MissingRequestBodyError));
    }
    String::from_utf8(body.to_vec()).map_err(|_| S3Error::new(ErrorCode::MalformedPolicy))
}

/// Reads a body for which an empty one is a malformed one.
pub(crate) fn payload_strict<T: ReadXml>(body: &[u8], root: &str) -> Result<T, S3Error> {
    read_document(body, root)
}

/// Reads a body that may be left out.
pub(crate) fn optional_payload<T: ReadXml>(body: &[u8], root: &str) -> Result<Option<T>, S3Error> {
    if body.is_empty() { Ok(None) } else { read_document(body, root).map(Some) }
}

pub(crate) fn text(slot: &mut Option<String>, value: &[u8]) {
    if slot.is_none() {
        *slot = Some(headers::text(value).into_owned());
    }
}

pub(crate) fn enumeration<T: StringEnum>(slot: &mut Option<T>, value: &[u8]) {
    if slot.is_none() {
        *slot = Some(T::from(&headers::text(value)));
    }
}

pub(crate) fn enumerations<T: StringEnum>(slot: &mut Vec<T>, value: &[u8]) {
    slot.extend(headers::list(&headers::text(value)).map(T::from));
}

pub(crate) fn boolean(slot: &mut Option<bool>, name: &str, value: &[u8]) -> Result<(), S3Error> {
    if slot.is_none() {
        *slot = Some(parse_boolean(name, &headers::text(value))?);
    }
    Ok(())
}

pub(crate) fn integer<T: TryFrom<i64>>(slot: &mut Option<T>, name: &str, value: &[u8]) -> Result<(), S3Error> {
    if slot.is_none() {
        *slot = Some(parse_integer(name, &headers::text(value))?);
    }
    Ok(())
}

/// A date of a condition: S3 ignores one that it cannot read, as RFC 9110 section 13.1.3 demands.
pub(crate) fn http_date(slot: &mut Option<Timestamp>, value: &[u8]) {
    if slot.is_none() {
        *slot = timestamp::parse_http_date(&headers::text(value));
    }
}

pub(crate) fn iso8601(slot: &mut Option<Timestamp>, name: &str, value: &[u8]) -> Result<(), S3Error> {
    if slot.is_none() {
        let text = headers::text(value);
        let parsed = timestamp::parse_iso8601(text.trim());
        *slot = Some(parsed.ok_or_else(|| {
            invalid_argument(name, &text).with_message("The retain until date must be provided in ISO 8601 format")
        })?);
    }
    Ok(())
}

/// One header of a map such as user metadata; `name` is without the prefix.
pub(crate) fn entry(map: &mut Vec<(String, String)>, name: &str, value: &[u8]) {
    let value = headers::text(value);
    match map.iter_mut().find(|(present, _)| present == name) {
        Some((_, present)) => {
            present.push(',');
            present.push_str(&value);
        }
        None => map.push((name.to_owned(), value.into_owned())),
    }
}

pub(crate) fn missing_header(name: &str) -> S3Error {
    S3Error::new(ErrorCode::InvalidRequest).with_message(format!("Missing required header for this request: {name}"))
}

fn missing_parameter(name: &str) -> S3Error {
    S3Error::new(ErrorCode::InvalidRequest).with_message(format!("Missing required parameter for this request: {name}"))
}

fn invalid_argument(name: &str, value: &str) -> S3Error {
    S3Error::new(ErrorCode::InvalidArgument).with_extra("ArgumentName", name).with_extra("ArgumentValue", value)
}

/// S3 knows no negative number in a request; most of its refusals name the parameter, a few their own name for it.
fn parse_integer<T: TryFrom<i64>>(name: &str, value: &str) -> Result<T, S3Error> {
    let number = value.parse::<i64>().ok();
    let refusal = match (name, number) {
        ("partNumber", Some(number)) if (1..=i64::from(MAX_PART_NUMBER)).contains(&number) => None,
        ("partNumber", _) => {
            Some((name, format!("Part number must be an integer between 1 and {MAX_PART_NUMBER}, inclusive")))
        }
        (_, Some(number)) if number < 0 => {
            let name = if name == "max-keys" { "maxKeys" } else { name };
            Some((name, format!("Argument {name} must be an integer between 0 and {}", i32::MAX)))
        }
        _ => None,
    };
    if let Some((name, message)) = refusal {
        return Err(invalid_argument(name, value).with_message(message));
    }
    number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
        invalid_argument(name, value).with_message(format!("Provided {name} not an integer or within integer range"))
    })
}

fn parse_boolean(name: &str, value: &str) -> Result<bool, S3Error> {
    if value.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if value.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err(invalid_argument(name, value).with_message(format!("Provided {name} is neither true nor false")))
    }
}

/// Stands in debug output for a value that must not reach a log.
pub(crate) struct Hidden;

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<hidden>")
    }
}
