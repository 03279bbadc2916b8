//! User-defined metadata: the `x-amz-meta-*` headers.
//!
//! HTTP headers hold ASCII. S3 decodes RFC 2047 encoded words in the values it is sent and encodes values that are not
//! printable ASCII when it returns them. Values sent raw are read as UTF-8, or as ISO 8859-1 when they are not.
//!
//! A decoded value can hold anything, line breaks included; it goes back into a header through [`encode_value`] only.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use larder_types::limits::MAX_USER_METADATA_BYTES;

use crate::error::{ErrorCode, S3Error};

/// What the names of metadata headers begin with.
pub const PREFIX: &str = "x-amz-meta-";

/// Decodes the values of a request's metadata headers, in place, and checks the limit. Names are without the prefix.
///
/// # Errors
/// `MetadataTooLarge` above [`MAX_USER_METADATA_BYTES`].
pub fn decode(entries: &mut [(String, String)]) -> Result<(), S3Error> {
    for (_, value) in entries.iter_mut().filter(|(_, value)| value.contains("=?")) {
        *value = decode_value(value.as_bytes());
    }
    check_size(entries)
}

/// The metadata headers of an answer: the same names, with values that a header can hold.
pub fn encode<'a>(entries: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    entries.into_iter().map(|(name, value)| (name.to_owned(), encode_value(value).into_owned())).collect()
}

/// Refuses metadata above [`MAX_USER_METADATA_BYTES`], wherever it came from (headers or the fields of a form).
///
/// # Errors
/// `MetadataTooLarge`, with the `Size` and `MaxSizeAllowed` that AWS sends.
pub fn check_size(entries: &[(String, String)]) -> Result<(), S3Error> {
    let size: usize = entries.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size <= MAX_USER_METADATA_BYTES {
        return Ok(());
    }
    Err(S3Error::new(ErrorCode::MetadataTooLarge)
        .with_extra("Size", size.to_string())
        .with_extra("MaxSizeAllowed", MAX_USER_METADATA_BYTES.to_string()))
}

/// The text of a header value: encoded words decoded, else UTF-8, else ISO 8859-1.
pub fn decode_value(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(text) if text.contains("=?") => decode_words(text),
        Ok(text) => text.to_owned(),
        Err(_) => latin1(raw),
    }
}

/// The header form of a text: itself when it is printable ASCII that nobody would decode, else one encoded word. As
/// AWS does, in the `Q` encoding when most characters are ASCII and in `B` otherwise.
pub fn encode_value(text: &str) -> Cow<'_, str> {
    let plain = text.bytes().all(|b| (b' '..=b'~').contains(&b)) && !text.contains("=?") && text.trim() == text;
    if plain {
        return Cow::Borrowed(text);
    }
    let characters = text.chars().count();
    let ascii = text.chars().filter(char::is_ascii).count();
    if ascii * 2 <= characters {
        return Cow::Owned(format!("=?UTF-8?B?{}?=", BASE64.encode(text)));
    }
    let mut word = String::with_capacity(text.len() * 2 + 12);
    word.push_str("=?UTF-8?Q?");
    for byte in text.bytes() {
        match byte {
            b' ' => word.push('_'),
            b'=' | b'?' | b'_' => word.push_str(&format!("={byte:02X}")),
            b'!'..=b'~' => word.push(char::from(byte)),
            _ => word.push_str(&format!("={byte:02X}")),
        }
    }
    word.push_str("?=");
    Cow::Owned(word)
}

/// Decodes the encoded words of a text. White space between two of them belongs to neither (RFC 2047, section 6.2);
/// what is no valid encoded word is kept as it is.
fn decode_words(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    let mut after_word = false;
    while let Some(at) = rest.find("=?") {
        let (before, candidate) = rest.split_at(at);
        match decode_word(candidate) {
            Some((word, length)) => {
                if !(after_word && before.bytes().all(|b| b == b' ' || b == b'\t')) {
                    decoded.push_str(before);
                }
                decoded.push_str(&word);
                rest = &candidate[length..];
                after_word = true;
            }
            None => {
                decoded.push_str(before);
                decoded.push_str("=?");
                rest = &candidate[2..];
                after_word = false;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

/// Decodes the encoded word at the start of `text` and tells its length.
fn decode_word(text: &str) -> Option<(String, usize)> {
    let inner = text.strip_prefix("=?")?;
    let (charset, inner) = inner.split_once('?')?;
    let (encoding, inner) = inner.split_once('?')?;
    let content = &inner[..inner.find("?=")?];
    let length = 2 + charset.len() + 1 + encoding.len() + 1 + content.len() + 2;
    let bytes = match encoding {
        "B" | "b" => BASE64.decode(content).ok()?,
        "Q" | "q" => decode_q(content)?,
        _ => return None,
    };
    // RFC 2231 allows a language after the charset: `UTF-8*en`.
    let charset = charset.split('*').next().unwrap_or(charset);
    let word = if charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("us-ascii") {
        String::from_utf8(bytes).ok()?
    } else if charset.eq_ignore_ascii_case("iso-8859-1") {
        latin1(&bytes)
    } else {
        return None;
    };
    Some((word, length))
}

fn decode_q(content: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(content.len());
    let mut rest = content.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'_' => b' ',
            b'=' => {
                let (high, low) = (char::from(rest.next()?).to_digit(16)?, char::from(rest.next()?).to_digit(16)?);
                u8::try_from(high * 16 + low).ok()?
            }
            b'!'..=b'~' => byte,
            _ => return None,
        });
    }
    Some(bytes)
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&b| char::from(b)).collect()
}

#[cfg(test)]
mod tests;
