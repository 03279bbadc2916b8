//! What the fuzz targets call: nothing here panics, whatever the bytes are, and what was read is written so that it reads the
//! same.

use http::{HeaderMap, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::fields::{copy_source, encryption, mfa, token};

/// Any bytes as the headers and the parameters whose values have a grammar of this crate's own.
pub fn fields(bytes: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(bytes)
        && let Ok(Some((serial, _code))) = mfa::parse(&HeaderMap::from_iter([(mfa::NAME, value)]))
    {
        assert!(!serial.is_empty() && !serial.contains(' '), "a serial number that is none");
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = encryption::parse_context(text);
    copy_source(text);
    tokens(text);
}

fn copy_source(text: &str) {
    let Ok(found) = copy_source::parse(text) else { return };
    let version = found.version.map(|version| format!("?versionId={version}")).unwrap_or_default();
    let key = utf8_percent_encode(found.key.as_str(), NON_ALPHANUMERIC);
    let again = copy_source::parse(&format!("{}/{key}{version}", found.bucket));
    assert!(again.is_ok_and(|again| again == found), "a source that is another one when it is written again");
}

fn tokens(text: &str) {
    if let Ok(position) = token::objects(text) {
        let again = token::of_objects(&position).and_then(|written| token::objects(&written).ok());
        assert_eq!(again, Some(position), "another position");
    }
    if let Ok(name) = token::buckets(text) {
        assert_eq!(token::buckets(&token::of_buckets(&name)).ok(), Some(name), "another bucket");
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::fields;

    proptest! {
        /// The seeded, short form of the fuzz target `s3_fields`.
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, text in "[a-z0-9./%+?=: \u{e9}]{0,40}", kind in "[kpbx]") {
            fields(&bytes);
            fields(text.as_bytes());
            fields(format!("source/{text}?versionId=null").as_bytes());
            fields(format!("{text} 123456").as_bytes());
            fields(URL_SAFE_NO_PAD.encode(format!("{kind}{text}")).as_bytes());
            fields(STANDARD.encode(&bytes).as_bytes());
            fields(STANDARD.encode(format!("{{\"a\": \"{text}\"}}")).as_bytes());
        }
    }
}
