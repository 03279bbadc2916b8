//! Entity tags.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An object's or part's entity tag: 16 bytes, and for a multipart object the number of its parts.
///
/// For a plain object the bytes are the MD5 of the content; for a multipart object the MD5 of its parts' MD5s. `Display`
/// writes it as S3 does in headers and XML, with double quotes: `"d41d8cd98f00b204e9800998ecf8427e"`, `"…-3"`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ETag {
    /// The digest.
    pub digest: [u8; 16],
    /// How many parts made the object; 0 for an object that was put whole.
    pub parts: u16,
}

/// The text is no entity tag of this store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an entity tag is 32 hexadecimal digits, for a multipart object followed by - and the number of parts")]
pub struct InvalidETag;

impl ETag {
    /// The tag of an object or part that was put whole.
    #[must_use]
    pub fn of_md5(digest: [u8; 16]) -> Self {
        Self { digest, parts: 0 }
    }

    /// Parses a tag with or without its double quotes; hexadecimal digits of either case.
    ///
    /// # Errors
    /// [`InvalidETag`] for any other text.
    pub fn parse(text: &str) -> Result<Self, InvalidETag> {
        let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
        let (hex, parts) = match bare.split_once('-') {
            Some((hex, count)) if count.bytes().all(|byte| byte.is_ascii_digit()) => {
                (hex, count.parse::<u16>().ok().filter(|&count| count > 0).ok_or(InvalidETag)?)
            }
            Some(_) => return Err(InvalidETag),
            None => (bare, 0),
        };
        if hex.len() != 32 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidETag);
        }
        let number = u128::from_str_radix(hex, 16).map_err(|_| InvalidETag)?;
        Ok(Self { digest: number.to_be_bytes(), parts })
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Listings write thousands of these: not digit by digit.
        let mut text = *b"\"00000000000000000000000000000000\"";
        for (digits, byte) in text[1..].as_chunks_mut::<2>().0.iter_mut().zip(self.digest) {
            *digits = [byte >> 4, byte & 0xf].map(|digit| b"0123456789abcdef"[usize::from(digit)]);
        }
        let text = std::str::from_utf8(&text).expect("digits and quotes");
        match self.parts {
            0 => f.write_str(text),
            parts => write!(f, "{}-{parts}\"", &text[..33]),
        }
    }
}

impl fmt::Debug for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_and_rubbish_is_refused() {
        let whole = ETag::of_md5([0xab; 16]);
        let parts = ETag { digest: [1; 16], parts: 10_000 };
        for tag in [whole, parts] {
            assert_eq!(ETag::parse(&tag.to_string()), Ok(tag));
            assert_eq!(ETag::parse(tag.to_string().trim_matches('"')), Ok(tag));
        }
        for bad in
            ["", "\"\"", "abc", "-1", "\"01010101010101010101010101010101-0\"", "01010101010101010101010101010101-"]
        {
            assert_eq!(ETag::parse(bad), Err(InvalidETag), "{bad}");
        }
    }
}
