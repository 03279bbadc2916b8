//! The chain of signatures over the chunks of an aws-chunked body: each covers the one before it, the first covers the
//! request's own.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>.

use std::sync::Arc;

use crate::canonical::{EMPTY_SHA256, hex_of};
use crate::date::AmzDate;
use crate::error::SignatureMismatch;
use crate::signing_key::{SigningKey, constant_time_eq};
use crate::v4a::{V4aKeyPair, V4aVerifyingKey};

/// Hex digits of an ECDSA signature in a chunk line: shorter ones are filled up with `*`, so that the length of a body
/// is known before it is signed.
pub(crate) const PADDED_ECDSA_DIGITS: usize = 144;

/// Which link of the chain.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    Chunk,
    Trailer,
}

/// What all strings to sign of one chain share.
struct Chain {
    ecdsa: bool,
    date: AmzDate,
    scope: Box<str>,
    previous: String,
}

impl Chain {
    fn string_to_sign(&self, link: Link, hash: &[u8]) -> String {
        let algorithm = match (self.ecdsa, link) {
            (false, Link::Chunk) => "AWS4-HMAC-SHA256-PAYLOAD",
            (false, Link::Trailer) => "AWS4-HMAC-SHA256-TRAILER",
            (true, Link::Chunk) => "AWS4-ECDSA-P256-SHA256-PAYLOAD",
            (true, Link::Trailer) => "AWS4-ECDSA-P256-SHA256-TRAILER",
        };
        let mut text = String::with_capacity(384);
        for part in [algorithm, "\n", self.date.as_str(), "\n", &self.scope, "\n", &self.previous, "\n"] {
            text.push_str(part);
        }
        if link == Link::Chunk {
            text.push_str(EMPTY_SHA256);
            text.push('\n');
        }
        text.push_str(std::str::from_utf8(&hex_of(hash)).expect("hex is ASCII"));
        text
    }
}

enum VerifierKey {
    Hmac(Arc<SigningKey>),
    Ecdsa(Arc<V4aVerifyingKey>),
}

/// Verifies the signatures of the chunks of one body, in order. Made by [`crate::V4Auth::chunk_verifier`].
pub struct ChunkVerifier {
    key: VerifierKey,
    chain: Chain,
    access_key_id: Box<str>,
}

impl std::fmt::Debug for ChunkVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChunkVerifier").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

impl ChunkVerifier {
    pub(crate) fn hmac(key: Arc<SigningKey>, access_key_id: &str, scope: &str, date: &AmzDate, seed: &str) -> Self {
        let chain = Chain { ecdsa: false, date: *date, scope: scope.into(), previous: seed.to_owned() };
        Self { key: VerifierKey::Hmac(key), chain, access_key_id: access_key_id.into() }
    }

    pub(crate) fn ecdsa(
        key: Arc<V4aVerifyingKey>,
        access_key_id: &str,
        scope: &str,
        date: &AmzDate,
        seed: &str,
    ) -> Self {
        let chain = Chain { ecdsa: true, date: *date, scope: scope.into(), previous: seed.to_owned() };
        Self { key: VerifierKey::Ecdsa(key), chain, access_key_id: access_key_id.into() }
    }

    /// Verifies the next link, whose content has the SHA-256 `hash`.
    pub(crate) fn verify(&mut self, link: Link, hash: &[u8], signature: &str) -> Result<(), Box<SignatureMismatch>> {
        let string_to_sign = self.chain.string_to_sign(link, hash);
        let bare = match &self.key {
            VerifierKey::Hmac(_) => signature,
            VerifierKey::Ecdsa(_) => signature.trim_end_matches('*'),
        };
        let good = match &self.key {
            VerifierKey::Hmac(key) => {
                constant_time_eq(&hex_of(&key.sign_parts(&[string_to_sign.as_bytes()])), bare.as_bytes())
            }
            VerifierKey::Ecdsa(key) => key.verify_hex(string_to_sign.as_bytes(), bare),
        };
        if good {
            bare.clone_into(&mut self.chain.previous);
            return Ok(());
        }
        Err(Box::new(SignatureMismatch {
            access_key_id: self.access_key_id.to_string(),
            string_to_sign,
            signature_provided: signature.to_owned(),
            canonical_request: None,
        }))
    }
}

enum ChunkSignerKey {
    Hmac(Arc<SigningKey>),
    Ecdsa(Arc<V4aKeyPair>),
}

/// Signs the chunks of one body, in order.
pub struct ChunkSigner {
    key: ChunkSignerKey,
    chain: Chain,
}

impl std::fmt::Debug for ChunkSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ChunkSigner(..)")
    }
}

impl ChunkSigner {
    /// Signs with the derived key of SigV4. `scope` is `yyyyMMdd/region/service/aws4_request`, `seed` the signature of
    /// the request.
    #[must_use]
    pub fn hmac(key: Arc<SigningKey>, scope: &str, date: AmzDate, seed: &str) -> Self {
        let chain = Chain { ecdsa: false, date, scope: scope.into(), previous: seed.to_owned() };
        Self { key: ChunkSignerKey::Hmac(key), chain }
    }

    /// Signs with the key pair of SigV4A. `scope` is `yyyyMMdd/service/aws4_request`.
    #[must_use]
    pub fn ecdsa(key: Arc<V4aKeyPair>, scope: &str, date: AmzDate, seed: &str) -> Self {
        let chain = Chain { ecdsa: true, date, scope: scope.into(), previous: seed.to_owned() };
        Self { key: ChunkSignerKey::Ecdsa(key), chain }
    }

    /// Signs the next link and returns the signature as it stands in the body.
    pub(crate) fn sign(&mut self, link: Link, hash: &[u8]) -> String {
        let string_to_sign = self.chain.string_to_sign(link, hash);
        let mut signature = match &self.key {
            ChunkSignerKey::Hmac(key) => hex::encode(key.sign_parts(&[string_to_sign.as_bytes()])),
            ChunkSignerKey::Ecdsa(key) => key.sign_hex(string_to_sign.as_bytes()),
        };
        signature.clone_into(&mut self.chain.previous);
        if self.chain.ecdsa {
            let padding = PADDED_ECDSA_DIGITS.saturating_sub(signature.len());
            signature.extend(std::iter::repeat_n('*', padding));
        }
        signature
    }
}
