//! Authentication of AWS requests: Signature Version 4, 4A and 2, POST policies and the aws-chunked body format.
//!
//! Everything here is pure: no IO, no clock, no lookups. A server does, in this order:
//!
//! 1. [`parse`] the request: which mechanism, who claims to send it, and is it well formed. The rule that every
//!    `x-amz-*` header must be signed is applied here, so that nothing later obeys a header nobody vouched for.
//! 2. [`V4Auth::check_time`], [`V4Auth::check_region`] against its own clock and region.
//! 3. Look the access key up, take the key from a [`SigningKeyCache`] (or [`V4aKeyCache`]).
//! 4. [`V4Auth::verify`] (or [`V4Auth::verify_v4a`], [`V2Auth::verify`]).
//! 5. For a presigned request, merge [`hoisted_headers`] into the headers before decoding the operation.
//! 6. Read the body as [`V4Auth::payload`] says: compare its SHA-256, or run it through a [`ChunkedDecoder`].
//!
//! Two decisions on bytes that other crates must share, because a signature only protects what both sides read alike:
//! in a query a raw `+` means a space (AWS accepts it as such), in a path a raw `+` is a plus sign, and `%2F` in a path
//! is kept apart from `/`.

mod canonical;
mod chunk_signature;
mod chunked;
mod chunked_encode;
mod credential;
mod date;
mod error;
mod form_auth;
pub mod fuzz_entry;
mod key_cache;
mod parse;
mod payload;
mod percent;
mod policy_condition;
mod post_policy;
mod presign;
mod request;
mod sign;
mod signing_key;
mod v2;
mod v4;
mod v4a;

pub use chunk_signature::{ChunkSigner, ChunkVerifier};
pub use chunked::{
    ChunkError, ChunkedDecoder, MAX_CHUNK_LINE_BYTES, MAX_TRAILER_BYTES, MAX_TRAILERS, MIN_CHUNK_BYTES, Progress,
};
pub use chunked_encode::ChunkedEncoder;
pub use credential::{CredentialProblem, CredentialScope};
pub use date::AmzDate;
pub use error::{AuthError, MAX_SKEW_MILLISECONDS, SignatureMismatch};
pub use form_auth::{FormAuth, FormV2, FormV4};
pub use key_cache::{SigningKeyCache, V4aKeyCache};
pub use parse::{Credential, parse};
pub use payload::{Payload, StreamSignature, announced_trailers};
pub use policy_condition::Condition;
pub use post_policy::{MAX_POLICY_BYTES, MAX_POLICY_CONDITIONS, PolicyError, PostPolicy};
pub use presign::{MAX_EXPIRES_SECONDS, hoisted_headers};
pub use request::Request;
pub use sign::{PresignOptions, Signer, SignerKey};
pub use signing_key::SigningKey;
pub use v2::{V2Auth, sign_v2};
pub use v4::{Algorithm, Location, V4Auth};
pub use v4a::{V4aKeyPair, V4aVerifyingKey, region_set_matches};
