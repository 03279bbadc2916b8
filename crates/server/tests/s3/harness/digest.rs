//! Digests of small contents.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use larder_crypto::{ContentHasher, HashPlan};
use larder_types::ChecksumAlgorithm;

/// SHA-256 in hex.
pub(crate) fn sha256_hex(content: &[u8]) -> String {
    let mut hasher = ContentHasher::new(HashPlan { sha256: true, ..HashPlan::default() });
    hasher.update(content);
    hex::encode(hasher.finish().sha256.expect("it was asked for"))
}

/// MD5.
pub(crate) fn md5(content: &[u8]) -> [u8; 16] {
    larder_crypto::md5(content)
}

/// MD5 in hex and quotes, as an entity tag.
pub(crate) fn etag(content: &[u8]) -> String {
    format!("\"{}\"", hex::encode(md5(content)))
}

/// MD5 in base64, as `Content-MD5`.
pub(crate) fn content_md5(content: &[u8]) -> String {
    base64(md5(content))
}

/// A checksum in base64.
pub(crate) fn checksum(algorithm: ChecksumAlgorithm, content: &[u8]) -> String {
    let mut hasher = larder_crypto::ChecksumHasher::new(algorithm);
    hasher.update(content);
    larder_crypto::checksum_to_base64(&hasher.finish())
}

/// Base64.
pub(crate) fn base64(bytes: impl AsRef<[u8]>) -> String {
    STANDARD.encode(bytes)
}

/// SHA-256.
pub(crate) fn sha256(content: &[u8]) -> Vec<u8> {
    hex::decode(sha256_hex(content)).expect("hex")
}

/// HMAC-SHA256 (RFC 2104).
pub(crate) fn hmac_sha256(key: &[u8], text: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 64;
    let mut block = if key.len() > BLOCK { sha256(key) } else { key.to_vec() };
    block.resize(BLOCK, 0);
    let padded = |pad: u8| block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
    let inner = sha256(&[&padded(0x36), text].concat());
    sha256(&[padded(0x5c), inner].concat())
}
