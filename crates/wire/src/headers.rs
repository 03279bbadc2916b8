//! Header values as text, both ways.

use std::borrow::Cow;

use http::HeaderValue;

/// A header's value as text: UTF-8 when it is that, otherwise one character for each byte (ISO 8859-1), so that no
/// value that HTTP can carry is lost.
pub fn text(value: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(value) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(value.iter().map(|&byte| char::from(byte)).collect()),
    }
}

/// Text as a header's value. Control characters, which would end the header or be refused by the client, become
/// spaces; what is not ASCII is sent as UTF-8.
pub fn value(text: &str) -> HeaderValue {
    if let Ok(value) = HeaderValue::from_str(text) {
        return value;
    }
    let safe: String = text.chars().map(|c| if c.is_ascii_control() { ' ' } else { c }).collect();
    HeaderValue::from_str(&safe).expect("text without control characters is a header value")
}

/// The items of a header that holds a list separated by commas, empty items left out.
pub fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_never_lost_and_never_splits_the_response() {
        assert_eq!(value("a\r\nSet-Cookie: b").as_bytes(), b"a  Set-Cookie: b");
        assert_eq!(value("caf\u{e9}").as_bytes(), "caf\u{e9}".as_bytes());
        assert_eq!(text("caf\u{e9}".as_bytes()), "caf\u{e9}");
        assert_eq!(text(b"caf\xe9"), "caf\u{e9}");
    }

    #[test]
    fn a_list_has_no_empty_items() {
        assert_eq!(list(" ETag, ,Checksum,").collect::<Vec<_>>(), ["ETag", "Checksum"]);
    }
}
