//! Continuation tokens: opaque to clients, readable by every later version of the server.
//!
//! A token is base64 (URL alphabet, no padding) of a letter for its form and kind, and text.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use larder_engine::ListPosition;
use larder_types::BucketName;
use larder_wire::error::{ErrorCode, S3Error};

/// Behind a key.
const KEY: u8 = b'k';
/// Behind all keys under a common prefix.
const PREFIX: u8 = b'p';
/// Behind a bucket.
const BUCKET: u8 = b'b';

/// The token for what follows a page of objects.
pub(crate) fn of_objects(next: &ListPosition) -> Option<String> {
    match next {
        ListPosition::Start => None,
        ListPosition::AfterKey(key) => Some(write(KEY, key)),
        ListPosition::AfterPrefix(prefix) => Some(write(PREFIX, prefix)),
    }
}

/// Reads a token of [`of_objects`].
///
/// # Errors
/// `InvalidArgument` for any other text.
pub(crate) fn objects(token: &str) -> Result<ListPosition, S3Error> {
    match read(token) {
        Some((KEY, key)) => Ok(ListPosition::AfterKey(key)),
        Some((PREFIX, prefix)) => Ok(ListPosition::AfterPrefix(prefix)),
        _ => Err(incorrect()),
    }
}

/// The token for what follows a page of buckets.
pub(crate) fn of_buckets(last: &BucketName) -> String {
    write(BUCKET, last.as_str())
}

/// Reads a token of [`of_buckets`].
///
/// # Errors
/// `InvalidArgument` for any other text.
pub(crate) fn buckets(token: &str) -> Result<BucketName, S3Error> {
    match read(token) {
        Some((BUCKET, name)) => BucketName::parse(&name).map_err(|_| incorrect()),
        _ => Err(incorrect()),
    }
}

fn write(kind: u8, text: &str) -> String {
    let mut bytes = Vec::with_capacity(1 + text.len());
    bytes.push(kind);
    bytes.extend_from_slice(text.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read(token: &str) -> Option<(u8, String)> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (kind, text) = bytes.split_first()?;
    // Nothing that a page ends with is empty.
    let text = std::str::from_utf8(text).ok().filter(|text| !text.is_empty())?;
    Some((*kind, text.to_owned()))
}

fn incorrect() -> S3Error {
    S3Error::new(ErrorCode::InvalidArgument)
        .with_message("The continuation token provided is incorrect")
        .with_extra("ArgumentName", "continuation-token")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_round_trip() {
        for text in ["a", "a/b c", "\u{0}", "ключ/", "k".repeat(1024).as_str()] {
            for position in [ListPosition::AfterKey(text.to_owned()), ListPosition::AfterPrefix(text.to_owned())] {
                let token = of_objects(&position).unwrap_or_default();
                assert_eq!(objects(&token).ok(), Some(position), "{token}");
                assert!(buckets(&token).is_err(), "{token}");
            }
        }
        let name = BucketName::parse("my-bucket").ok();
        let token = name.as_ref().map(of_buckets).unwrap_or_default();
        assert_eq!(buckets(&token).ok(), name);
        assert!(objects(&token).is_err());
    }

    #[test]
    fn rubbish_is_refused() {
        let of = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        for token in ["garbage", "", "a key", "aw==", &of(b"k"), &of(b"xkey"), &of(b"k\xff"), &of(b"")] {
            for error in [objects(token).err(), buckets(token).err()] {
                let error = error.map(|error| (error.code(), error.message().to_owned()));
                let message = "The continuation token provided is incorrect".to_owned();
                assert_eq!(error, Some((ErrorCode::InvalidArgument, message)), "{token}");
            }
        }
        assert!(buckets(&of(b"bNot_A_Bucket")).is_err());
    }
}
