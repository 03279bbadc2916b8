//! The URL under which an answer says that an object is found.

use std::fmt::Display;

use larder_wire::address::Style;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::call::Call;

/// Everything but RFC 3986's unreserved characters: S3 encodes a key's slashes as well.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Text as a component of a URL.
pub(crate) fn encoded(text: &str) -> impl Display {
    utf8_percent_encode(text, COMPONENT)
}

/// The URL of an object, by the host and in the style of the request.
pub(crate) fn of(call: &Call<'_>, bucket: &str, key: &str) -> String {
    url(call.facts.secure, call.host, call.style, bucket, key)
}

fn url(secure: bool, host: Option<&str>, style: Style, bucket: &str, key: &str) -> String {
    let origin = match host {
        Some(host) => format!("{}://{host}", if secure { "https" } else { "http" }),
        None => String::new(),
    };
    match style {
        Style::Path => format!("{origin}/{bucket}/{}", encoded(key)),
        Style::VirtualHosted => format!("{origin}/{}", encoded(key)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_has_the_style_of_the_request() {
        let cases = [
            (true, Some("s3.test:9000"), Style::Path, "https://s3.test:9000/b/a%2Fb%20%2B.txt"),
            (false, Some("b.s3.test"), Style::VirtualHosted, "http://b.s3.test/a%2Fb%20%2B.txt"),
            (false, None, Style::Path, "/b/a%2Fb%20%2B.txt"),
        ];
        for (secure, host, style, expected) in cases {
            assert_eq!(url(secure, host, style, "b", "a/b +.txt"), expected);
        }
    }
}
