//! The error that every S3 operation answers with: a code from the table, a message and the extra elements AWS sends.
//!
//! The status and the default message come from [`ErrorCode`]; an operation adds what is specific to the request
//! (`Key`, `BucketName`, `Condition` ...), in the order AWS sends them.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

pub use crate::error_table::ErrorCode;

/// An S3 error answer before it is given a request id.
///
/// One pointer wide, so that `Result<T, S3Error>` costs nothing on the way of success.
#[derive(Clone)]
pub struct S3Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: ErrorCode,
    message: Option<Cow<'static, str>>,
    extra: Vec<(&'static str, String)>,
    headers: HeaderMap,
}

impl S3Error {
    /// An error with the code's default message and no extra elements.
    pub fn new(code: ErrorCode) -> S3Error {
        S3Error(Box::new(Inner { code, message: None, extra: Vec::new(), headers: HeaderMap::new() }))
    }

    /// Replaces the code's default message.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> S3Error {
        self.0.message = Some(message.into());
        self
    }

    /// Adds an element such as `Key` or `BucketName` after the message; `name` must be an XML element name.
    #[must_use]
    pub fn with_extra(mut self, name: &'static str, value: impl Into<String>) -> S3Error {
        self.0.extra.push((name, value.into()));
        self
    }

    /// Adds a header to the answer, such as `Allow`, `x-amz-delete-marker` or `Retry-After`.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> S3Error {
        self.0.headers.append(name, value);
        self
    }

    /// The error's kind; what a caller matches on.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// The HTTP status to answer with.
    pub fn status(&self) -> StatusCode {
        self.0.code.status()
    }

    /// The message for people: the one given, or the code's default.
    pub fn message(&self) -> &str {
        self.0.message.as_deref().unwrap_or(self.0.code.default_message())
    }

    /// The elements sent between `Message` and `RequestId`, in order.
    pub fn extra(&self) -> &[(&'static str, String)] {
        &self.0.extra
    }

    /// The value of the first extra element of this name.
    pub fn extra_value(&self, name: &str) -> Option<&str> {
        self.0.extra.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }

    /// Headers to add to the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Whether the answer carries a body at all: a 304 does not (RFC 9110, section 15.4.5).
    pub fn has_body(&self) -> bool {
        self.status() != StatusCode::NOT_MODIFIED
    }

    /// The `Error` document, in AWS's order: `Code`, `Message`, the extra elements, `Resource` (left out when
    /// `resource` is empty, as AWS leaves it out of most errors), `RequestId`, `HostId`.
    pub fn to_xml(&self, resource: &str, request_id: &str, host_id: &str) -> Bytes {
        let message = self.message();
        let extras: usize = self.0.extra.iter().map(|(name, value)| 2 * name.len() + 5 + value.len()).sum();
        let mut xml =
            String::with_capacity(192 + message.len() + extras + resource.len() + request_id.len() + host_id.len());
        xml.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
        push_element(&mut xml, "Code", self.0.code.as_str());
        push_element(&mut xml, "Message", message);
        for (name, value) in &self.0.extra {
            push_element(&mut xml, name, value);
        }
        if !resource.is_empty() {
            push_element(&mut xml, "Resource", resource);
        }
        push_element(&mut xml, "RequestId", request_id);
        push_element(&mut xml, "HostId", host_id);
        xml.push_str("</Error>");
        Bytes::from(xml)
    }
}

/// Appends `<name>text</name>`. Characters that XML 1.0 cannot hold (a key may hold them) are sent as character
/// references, as AWS does.
fn push_element(xml: &mut String, name: &str, text: &str) {
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    for c in text.chars() {
        match c {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}' | '\u{fffe}' | '\u{ffff}' => {
                xml.push_str(&format!("&#x{:x};", u32::from(c)));
            }
            _ => xml.push(c),
        }
    }
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}

impl From<ErrorCode> for S3Error {
    fn from(code: ErrorCode) -> S3Error {
        S3Error::new(code)
    }
}

impl fmt::Display for S3Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.message())
    }
}

impl fmt::Debug for S3Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("S3Error");
        out.field("code", &self.0.code).field("message", &self.message());
        if !self.0.extra.is_empty() {
            out.field("extra", &self.0.extra);
        }
        if !self.0.headers.is_empty() {
            out.field("headers", &self.0.headers);
        }
        out.finish()
    }
}

impl std::error::Error for S3Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn document_is_in_awss_order_and_escaped() {
        let error = S3Error::new(ErrorCode::NoSuchKey).with_extra("Key", "a<b>&\u{1}");
        let xml = error.to_xml("/bucket/a", "REQ", "HOST");
        assert_eq!(
            std::str::from_utf8(&xml).unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code>\
             <Message>The specified key does not exist.</Message><Key>a&lt;b&gt;&amp;&#x1;</Key>\
             <Resource>/bucket/a</Resource><RequestId>REQ</RequestId><HostId>HOST</HostId></Error>"
        );
        assert_eq!(error.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn resource_is_left_out_when_empty() {
        let xml = S3Error::new(ErrorCode::AccessDenied).with_message("no").to_xml("", "R", "H");
        assert!(std::str::from_utf8(&xml).unwrap().contains("<Message>no</Message><RequestId>R</RequestId>"));
    }

    #[test]
    fn result_is_one_pointer() {
        assert_eq!(size_of::<Result<(), S3Error>>(), size_of::<usize>());
    }
}
