//! Server-side encryption: which data key an object has, and who may have it.
//!
//! The engine writes and reads with data keys that it is given. Here they are made and opened: [`Sse::begin`] for a new
//! object, [`Sse::open`] for one that is stored. A data key is kept sealed: under a master key of the server (SSE-S3), under
//! a key that follows from the customer's (SSE-C), or by the KMS (SSE-KMS, DSSE-KMS), where whoever asks must have the
//! permission to use its key. What is sealed is bound to the object's bucket and key, so that it opens for no other object.
//!
//! `docs/formats/encryption.md` describes the bytes; <https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html>
//! the behaviour.

mod bucket_keys;
mod customer;
mod error;
mod kms;
mod place;
mod server;
mod sse;
mod wanted;

pub use customer::CustomerKey;
pub use error::SseError;
pub use kms::Requester;
pub use place::Place;
pub use sse::{NewEncryption, Sse, SseParts};
pub use wanted::{KmsWish, Wanted};
