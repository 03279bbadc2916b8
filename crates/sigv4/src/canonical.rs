//! The canonical request and the string to sign of Signature Version 4, in the variant of S3: the path is encoded once
//! and never normalised.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.

use aws_lc_rs::digest::{SHA256, digest};
use http::HeaderMap;

use crate::percent::{write_canonical_path, write_canonical_query_text};
use crate::request::{Request, query_pairs};

/// SHA-256 of nothing, in hex.
pub(crate) const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The SHA-256 of `data` in lower-case hex.
pub(crate) fn sha256_hex(data: &[u8]) -> [u8; 64] {
    hex_of(digest(&SHA256, data).as_ref())
}

/// `hash` in lower-case hex.
pub(crate) fn hex_of(hash: &[u8]) -> [u8; 64] {
    let mut out = [0; 64];
    hex::encode_to_slice(hash, &mut out).expect("a SHA-256 is 32 bytes");
    out
}

/// Builds the canonical request. `payload` is its last line: the value of `x-amz-content-sha256`.
pub(crate) fn canonical_request(request: &Request<'_>, signed_headers: &str, payload: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(512 + request.path.len() + request.query.len() * 2);
    out.extend_from_slice(request.method.as_bytes());
    out.push(b'\n');
    write_canonical_path(&mut out, request.path);
    out.push(b'\n');
    write_canonical_query(&mut out, request.query);
    out.push(b'\n');
    write_canonical_headers(&mut out, signed_headers, request.headers);
    out.push(b'\n');
    out.extend(signed_headers.bytes().map(|byte| byte.to_ascii_lowercase()));
    out.push(b'\n');
    out.extend_from_slice(payload.as_bytes());
    out
}

/// Where a canonicalised pair lies in the scratch buffer: name, then value.
struct Span {
    start: usize,
    value: usize,
    end: usize,
}

/// Appends the canonical query: each name and value re-encoded, sorted by name and then value, `X-Amz-Signature` left out.
pub(crate) fn write_canonical_query(out: &mut Vec<u8>, query: &str) {
    let mut scratch = Vec::with_capacity(query.len() + query.len() / 2);
    let mut spans = Vec::new();
    for (name, value) in query_pairs(query) {
        if name == "X-Amz-Signature" {
            continue;
        }
        let start = scratch.len();
        write_canonical_query_text(&mut scratch, name);
        let middle = scratch.len();
        write_canonical_query_text(&mut scratch, value);
        spans.push(Span { start, value: middle, end: scratch.len() });
    }
    let name = |span: &Span| &scratch[span.start..span.value];
    let value = |span: &Span| &scratch[span.value..span.end];
    spans.sort_unstable_by(|a, b| (name(a), value(a)).cmp(&(name(b), value(b))));
    for (index, span) in spans.iter().enumerate() {
        if index > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(name(span));
        out.push(b'=');
        out.extend_from_slice(value(span));
    }
}

/// Appends `name:value\n` for each name of the `;`-separated list, in its order.
///
/// A listed header that is absent gives an empty value: the signature then simply does not match.
fn write_canonical_headers(out: &mut Vec<u8>, signed_headers: &str, headers: &HeaderMap) {
    for name in signed_headers.split(';') {
        out.extend(name.bytes().map(|byte| byte.to_ascii_lowercase()));
        out.push(b':');
        for (index, value) in headers.get_all(name).iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write_folded(out, value.as_bytes());
        }
        out.push(b'\n');
    }
}

/// Appends a header value without the spaces at its ends and with every run of spaces made one.
fn write_folded(out: &mut Vec<u8>, value: &[u8]) {
    let value = value.trim_ascii();
    // A run of spaces is rare: values are nearly always copied whole.
    if !value.windows(2).any(|pair| pair == b"  ") {
        out.extend_from_slice(value);
        return;
    }
    let mut after_space = false;
    for &byte in value {
        if !(byte == b' ' && after_space) {
            out.push(byte);
        }
        after_space = byte == b' ';
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn queries_are_sorted_by_encoded_name_then_value() {
        let mut out = Vec::new();
        write_canonical_query(&mut out, "b=2&a=%7e&a=%2B&&a-b=1&X-Amz-Signature=zz&A&c=d=e");
        assert_eq!(out, b"A=&a=%2B&a=~&a-b=1&b=2&c=d%3De");
    }

    #[test]
    fn header_values_are_trimmed_folded_and_joined() {
        let mut headers = HeaderMap::new();
        headers.append("my-header", HeaderValue::from_static("  a   b  c "));
        headers.append("my-header", HeaderValue::from_static("d"));
        let mut out = Vec::new();
        write_canonical_headers(&mut out, "My-Header;absent", &headers);
        assert_eq!(out, b"my-header:a b c,d\nabsent:\n");
    }

    #[test]
    fn the_hash_of_nothing_is_the_constant() {
        assert_eq!(&sha256_hex(b"")[..], EMPTY_SHA256.as_bytes());
    }
}
