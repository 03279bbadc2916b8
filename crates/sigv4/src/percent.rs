//! Percent encoding by the rules of SigV4: only `A-Z a-z 0-9 - . _ ~` stay, hex digits are upper case.

use std::borrow::Cow;

const HEX_DIGITS: &[u8; 16] = b"0123456789ABCDEF";

const UNRESERVED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let c = byte as u8;
        table[byte] = c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b'~');
        byte += 1;
    }
    table
};

const fn hex_value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The byte that the escape at `text[at]` (a `%`) stands for, if it is a well-formed escape.
fn escape_at(text: &[u8], at: usize) -> Option<u8> {
    let high = hex_value(*text.get(at + 1)?)?;
    let low = hex_value(*text.get(at + 2)?)?;
    Some(high << 4 | low)
}

fn push_encoded(out: &mut Vec<u8>, byte: u8) {
    if UNRESERVED[byte as usize] {
        out.push(byte);
    } else {
        out.extend_from_slice(&[b'%', HEX_DIGITS[(byte >> 4) as usize], HEX_DIGITS[(byte & 15) as usize]]);
    }
}

/// Appends `raw` decoded once and encoded again. `keep` is a byte that stays itself when it stands there raw
/// (the `/` of a path); an escape of it stays an escape.
fn reencode(out: &mut Vec<u8>, raw: &[u8], keep: Option<u8>, plus_is_space: bool) {
    let mut at = 0;
    while at < raw.len() {
        let run = raw[at..].iter().take_while(|&&byte| UNRESERVED[byte as usize] || Some(byte) == keep).count();
        out.extend_from_slice(&raw[at..at + run]);
        at += run;
        let Some(&byte) = raw.get(at) else { break };
        match byte {
            b'%' => {
                if let Some(decoded) = escape_at(raw, at) {
                    push_encoded(out, decoded);
                    at += 2;
                } else {
                    push_encoded(out, b'%');
                }
            }
            b'+' if plus_is_space => out.extend_from_slice(b"%20"),
            other => push_encoded(out, other),
        }
        at += 1;
    }
}

/// Appends the canonical form of a path; an empty path is `/`.
pub(crate) fn write_canonical_path(out: &mut Vec<u8>, raw: &[u8]) {
    if raw.is_empty() {
        out.push(b'/');
    }
    reencode(out, raw, Some(b'/'), false);
}

/// Appends the canonical form of a query name or value.
pub(crate) fn write_canonical_query_text(out: &mut Vec<u8>, raw: &str) {
    reencode(out, raw.as_bytes(), None, true);
}

/// Appends unencoded `text` in encoded form.
pub(crate) fn write_encoded(out: &mut String, text: &str) {
    for &byte in text.as_bytes() {
        if UNRESERVED[byte as usize] {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX_DIGITS[(byte >> 4) as usize]));
            out.push(char::from(HEX_DIGITS[(byte & 15) as usize]));
        }
    }
}

/// Decodes a query name or value (`+` is a space). `None` if the result is not UTF-8; a malformed escape stays as it is.
pub(crate) fn decode_query_text(raw: &str) -> Option<Cow<'_, str>> {
    if !raw.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return Some(Cow::Borrowed(raw));
    }
    let text = raw.as_bytes();
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'+' => out.push(b' '),
            b'%' => match escape_at(text, at) {
                Some(decoded) => {
                    out.push(decoded);
                    at += 2;
                }
                None => out.push(b'%'),
            },
            other => out.push(other),
        }
        at += 1;
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(raw: &str) -> String {
        let mut out = Vec::new();
        write_canonical_path(&mut out, raw.as_bytes());
        String::from_utf8(out).expect("canonical paths are ASCII")
    }

    #[test]
    fn paths_are_decoded_once_and_encoded_again() {
        assert_eq!(path(""), "/");
        assert_eq!(path("/a//b/./../c"), "/a//b/./../c");
        assert_eq!(path("/%7e/%41/%2f/%2F/a+b"), "/~/A/%2F/%2F/a%2Bb");
        assert_eq!(path("/a b(1)"), "/a%20b%281%29");
        assert_eq!(path("/%2541"), "/%2541");
        assert_eq!(path("/50%"), "/50%25");
        assert_eq!(path("/%zz"), "/%25zz");
        assert_eq!(path("/é"), "/%C3%A9");
    }

    #[test]
    fn a_plus_in_a_query_is_a_space() {
        let mut out = Vec::new();
        write_canonical_query_text(&mut out, "a+b%2Bc/d");
        assert_eq!(out, b"a%20b%2Bc%2Fd");
        assert_eq!(decode_query_text("a+b%2Bc%"), Some(Cow::Owned("a b+c%".to_owned())));
        assert_eq!(decode_query_text("%ff"), None);
    }
}
