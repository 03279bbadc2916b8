//! What the generated encoders write a response to, and how each kind of header is written.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;

use crate::headers;
use crate::timestamp;
use crate::xml::{WriteXml, document};

/// A response but for what every response carries (request ids, date) and for a streamed body.
#[derive(Clone, Debug)]
pub struct EncodedResponse {
    /// The operation's status: 206 when there is a `Content-Range`.
    pub status: StatusCode,
    /// The operation's own headers.
    pub headers: HeaderMap,
    /// The XML document; empty when there is none and when the caller streams an object's bytes.
    pub body: Bytes,
}

impl EncodedResponse {
    pub(crate) fn new(status: StatusCode) -> Self {
        EncodedResponse { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// Sets the body to text that is JSON.
    pub(crate) fn set_json(&mut self, text: &str) {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.body = Bytes::copy_from_slice(text.as_bytes());
    }

    /// Sets the body to a document; `capacity` is a guess of its length in bytes.
    pub(crate) fn set_document<T: WriteXml + ?Sized>(&mut self, root: &str, capacity: usize, content: &T) {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        self.body = document(root, capacity, content);
    }
}

pub(crate) fn text(headers: &mut HeaderMap, name: &'static str, value: Option<&str>) {
    if let Some(value) = value {
        headers.insert(HeaderName::from_static(name), headers::value(value));
    }
}

pub(crate) fn integer(headers: &mut HeaderMap, name: &'static str, value: Option<impl Into<i64>>) {
    if let Some(value) = value {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value.into()));
    }
}

pub(crate) fn boolean(headers: &mut HeaderMap, name: &'static str, value: Option<bool>) {
    if let Some(value) = value {
        let text = if value { "true" } else { "false" };
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(text));
    }
}

pub(crate) fn http_date(headers: &mut HeaderMap, name: &'static str, value: Option<Timestamp>) {
    if let Some(value) = value {
        ascii(headers, name, &timestamp::http_date(value));
    }
}

pub(crate) fn iso8601(headers: &mut HeaderMap, name: &'static str, value: Option<Timestamp>) {
    if let Some(value) = value {
        ascii(headers, name, &timestamp::iso8601(value));
    }
}

fn ascii(headers: &mut HeaderMap, name: &'static str, value: &[u8]) {
    let value = HeaderValue::from_bytes(value).expect("a written date is a header value");
    headers.insert(HeaderName::from_static(name), value);
}

/// One header for each entry of a map such as user metadata. An entry whose name cannot be part of a header's name is
/// left out; none can be stored that came as a header.
pub(crate) fn map(headers: &mut HeaderMap, prefix: &'static str, entries: &[(String, String)]) {
    let mut name = String::from(prefix);
    for (key, value) in entries {
        name.truncate(prefix.len());
        name.push_str(key);
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
            headers.insert(name, headers::value(value));
        }
    }
}
