//! Checksums, content digests and entity tags: what S3 computes over the bytes it is given; and keys and sealing.
//!
//! [`ContentHasher`] reads a body once for everything that has to be known about it. [`combine`] and [`composite`] derive
//! the checksum of a multipart object from those of its parts, [`multipart_etag`] its entity tag. The text forms that
//! headers carry are parsed by [`parse_checksum`], [`parse_content_md5`] and [`parse_sha256_hex`].
//!
//! [`SecretKey`] is a key, [`SealingKey`] seals small secrets under one, [`ContentCipher`] the frames of an object's content.
//!
//! No IO.

mod checksum;
mod combine;
mod content;
mod content_cipher;
pub mod fuzz_entry;
mod md5;
mod seal;
mod secret_key;
mod text;

pub use checksum::{ChecksumHasher, composite};
pub use combine::combine;
pub use content::{ContentDigests, ContentHasher, HashPlan, multipart_etag};
pub use content_cipher::{
    ContentCipher, ContentSealer, DamagedFrame, DataKeys, FRAME_BYTES, Stream, TAG_BYTES, sealed_length,
};
pub use md5::{Md5, md5, update_md5s};
pub use seal::SealingKey;
pub use secret_key::{KEY_BYTES, SecretKey};
pub use text::{DigestTextError, checksum_to_base64, equal, parse_checksum, parse_content_md5, parse_sha256_hex};
