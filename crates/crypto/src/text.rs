//! Digests as headers write them, and how they are compared.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use larder_types::{Checksum, ChecksumAlgorithm};

/// The text of a header is no digest of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DigestTextError {
    /// A character or the padding is wrong.
    #[error("the digest is not encoded as its header prescribes")]
    Encoding,
    /// It encodes another number of bytes than the algorithm yields.
    #[error("the digest's size is not that of its algorithm")]
    Size,
}

/// Decodes standard base64 with its padding into exactly `size` bytes, without allocating.
fn decode_base64<'a>(text: &str, buffer: &'a mut [u8; 48], size: usize) -> Result<&'a [u8], DigestTextError> {
    // No digest here is longer than 32 bytes (44 characters); a longer text need not be looked at.
    if text.len() > 64 {
        return Err(DigestTextError::Size);
    }
    let length = STANDARD.decode_slice(text, buffer).map_err(|_| DigestTextError::Encoding)?;
    if length == size { Ok(&buffer[..length]) } else { Err(DigestTextError::Size) }
}

/// Parses the value of an `x-amz-checksum-*` header or trailer: base64 of the algorithm's bytes.
///
/// # Errors
/// [`DigestTextError`] says what is wrong with the text.
pub fn parse_checksum(algorithm: ChecksumAlgorithm, base64: &str) -> Result<Checksum, DigestTextError> {
    let mut buffer = [0; 48];
    let value = decode_base64(base64, &mut buffer, algorithm.size())?;
    Checksum::new(algorithm, value).map_err(|_| DigestTextError::Size)
}

/// The value of an `x-amz-checksum-*` header.
#[must_use]
pub fn checksum_to_base64(checksum: &Checksum) -> String {
    STANDARD.encode(checksum.value())
}

/// Parses the value of a `Content-MD5` header (RFC 1864): base64 of 16 bytes.
///
/// # Errors
/// [`DigestTextError`] says what is wrong with the text.
pub fn parse_content_md5(text: &str) -> Result<[u8; 16], DigestTextError> {
    let mut buffer = [0; 48];
    let value = decode_base64(text, &mut buffer, 16)?;
    value.try_into().map_err(|_| DigestTextError::Size)
}

/// Parses the hexadecimal value of an `x-amz-content-sha256` header; digits of either case.
///
/// # Errors
/// [`DigestTextError`] says what is wrong with the text.
pub fn parse_sha256_hex(text: &str) -> Result<[u8; 32], DigestTextError> {
    let mut value = [0; 32];
    if text.len() != 64 {
        return Err(DigestTextError::Size);
    }
    hex::decode_to_slice(text, &mut value).map_err(|_| DigestTextError::Encoding)?;
    Ok(value)
}

/// Whether two byte strings are equal, in a time that does not tell where they differ (it tells their lengths).
#[must_use]
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(left, right).is_ok()
}
