//! Signature Version 4: the parsed claim and its verification.

use std::borrow::Cow;
use std::sync::Arc;

use http::header::HeaderName;
use jiff::Timestamp;

use crate::canonical::{canonical_request, hex_of, sha256_hex};
use crate::chunk_signature::ChunkVerifier;
use crate::credential::CredentialScope;
use crate::date::{AmzDate, error_time};
use crate::error::{AuthError, MAX_SKEW_MILLISECONDS, SignatureMismatch};
use crate::payload::{Payload, StreamSignature};
use crate::presign::query_credential_error;
use crate::request::Request;
use crate::signing_key::{SigningKey, constant_time_eq};
use crate::v4a::{V4aVerifyingKey, region_set_matches};

/// The algorithm that a SigV4 request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `AWS4-HMAC-SHA256`.
    HmacSha256,
    /// `AWS4-ECDSA-P256-SHA256`: SigV4A.
    EcdsaP256Sha256,
}

impl Algorithm {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HmacSha256 => "AWS4-HMAC-SHA256",
            Self::EcdsaP256Sha256 => "AWS4-ECDSA-P256-SHA256",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::HmacSha256, Self::EcdsaP256Sha256].into_iter().find(|algorithm| algorithm.as_str() == name)
    }
}

/// Where the request carries its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// In the `Authorization` header.
    Header,
    /// In the query: a presigned URL.
    Query,
}

/// What a request signed with SigV4 or SigV4A claims. Nothing of it is true before [`V4Auth::verify`] or
/// [`V4Auth::verify_v4a`] agrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct V4Auth<'a> {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Header or query.
    pub location: Location,
    /// Who, and the scope of the key.
    pub credential: CredentialScope<'a>,
    /// The names of the signed headers, separated by `;`. `host` is among them.
    pub signed_headers: Cow<'a, str>,
    /// The signature in hex.
    pub signature: Cow<'a, str>,
    /// The session token, from the header or the query.
    pub security_token: Option<Cow<'a, str>>,
    /// When the request was signed.
    pub date: AmzDate,
    /// The lifetime of a presigned URL in seconds.
    pub expires: Option<u32>,
    /// `X-Amz-Region-Set`, for SigV4A.
    pub region_set: Option<Cow<'a, str>>,
    /// How the body is protected.
    pub payload: Payload,
    /// The last line of the canonical request; `None` for [`Payload::Body`].
    pub(crate) payload_text: Option<Cow<'a, str>>,
}

impl V4Auth<'_> {
    /// Refuses a request signed more than 15 minutes from `now`, a presigned one outside its lifetime.
    ///
    /// # Errors
    /// [`AuthError::RequestTimeTooSkewed`], [`AuthError::RequestExpired`] or [`AuthError::NotYetValid`].
    pub fn check_time(&self, now: Timestamp) -> Result<(), AuthError> {
        let signed = self.date.timestamp();
        let Some(lifetime) = self.expires else {
            return AuthError::check_skew(signed, self.date.as_str(), now);
        };
        if signed.as_millisecond() - now.as_millisecond() > i64::from(MAX_SKEW_MILLISECONDS) {
            return Err(AuthError::NotYetValid);
        }
        let end = signed.as_second() + i64::from(lifetime);
        if now > Timestamp::from_second(end).unwrap_or(Timestamp::MAX) {
            let expires = Timestamp::from_second(end).map(error_time).unwrap_or_default();
            return Err(AuthError::RequestExpired {
                expires_seconds: Some(lifetime),
                expires,
                server_time: error_time(now),
            });
        }
        Ok(())
    }

    /// Refuses a request signed for another region than `expected`. For SigV4A the region set must cover it.
    ///
    /// # Errors
    /// [`AuthError::HeaderMalformed`] or [`AuthError::QueryParameters`], with the region to sign for.
    pub fn check_region(&self, expected: &str) -> Result<(), AuthError> {
        let claimed = match self.algorithm {
            Algorithm::HmacSha256 if self.credential.region() == expected => return Ok(()),
            Algorithm::HmacSha256 => self.credential.region(),
            Algorithm::EcdsaP256Sha256 => {
                let set = self.region_set.as_deref().unwrap_or_default();
                if region_set_matches(set, expected) {
                    return Ok(());
                }
                set
            }
        };
        let detail = format!("the region '{claimed}' is wrong; expecting '{expected}'");
        Err(self.credential_error(detail, Some(expected.to_owned())))
    }

    /// The error for a request signed for a service that this endpoint does not have; `expected` is one that it has.
    #[must_use]
    pub fn wrong_service(&self, expected: &str) -> AuthError {
        let service = self.credential.service();
        self.credential_error(
            format!("incorrect service \"{service}\". This endpoint belongs to \"{expected}\"."),
            None,
        )
    }

    fn credential_error(&self, detail: String, region: Option<String>) -> AuthError {
        match self.location {
            Location::Header => AuthError::HeaderMalformed { detail, region },
            Location::Query => query_credential_error(&detail, region),
        }
    }

    /// Verifies a SigV4 signature with the key derived for [`V4Auth::credential`].
    ///
    /// `body_sha256` is the SHA-256 of the body; it is only looked at for [`Payload::Body`].
    ///
    /// # Errors
    /// [`AuthError::SignatureDoesNotMatch`]; [`AuthError::MissingContentSha256`] when the SHA-256 of the body is needed
    /// and not given.
    pub fn verify(
        &self,
        request: &Request<'_>,
        key: &SigningKey,
        body_sha256: Option<&[u8; 32]>,
    ) -> Result<(), AuthError> {
        let canonical = self.canonical(request, body_sha256)?;
        let hash = sha256_hex(&canonical);
        if self.algorithm == Algorithm::HmacSha256 {
            // Fed part by part: the string itself is only built for an error.
            let (name, date) = (self.algorithm.as_str().as_bytes(), self.date.as_str().as_bytes());
            let scope = self.credential.scope().as_bytes();
            let tag = key.sign_parts(&[name, b"\n", date, b"\n", scope, b"\n", &hash]);
            if constant_time_eq(&hex_of(&tag), self.signature.as_bytes()) {
                return Ok(());
            }
        }
        Err(self.mismatch(&canonical, &hash))
    }

    /// Verifies a SigV4A signature; otherwise like [`V4Auth::verify`].
    ///
    /// # Errors
    /// As [`V4Auth::verify`].
    pub fn verify_v4a(
        &self,
        request: &Request<'_>,
        key: &V4aVerifyingKey,
        body_sha256: Option<&[u8; 32]>,
    ) -> Result<(), AuthError> {
        let canonical = self.canonical(request, body_sha256)?;
        let hash = sha256_hex(&canonical);
        let is_v4a = self.algorithm == Algorithm::EcdsaP256Sha256;
        if is_v4a && key.verify_hex(self.string_to_sign(&hash).as_bytes(), &self.signature) {
            return Ok(());
        }
        Err(self.mismatch(&canonical, &hash))
    }

    fn canonical(&self, request: &Request<'_>, body_sha256: Option<&[u8; 32]>) -> Result<Vec<u8>, AuthError> {
        let body;
        let payload = match (&self.payload_text, body_sha256) {
            (Some(text), _) => text.as_ref(),
            (None, Some(hash)) => {
                body = hex::encode(hash);
                &body
            }
            (None, None) => return Err(AuthError::MissingContentSha256),
        };
        Ok(canonical_request(request, &self.signed_headers, payload))
    }

    fn string_to_sign(&self, hash: &[u8; 64]) -> String {
        string_to_sign(self.algorithm, &self.date, self.credential.scope(), hash)
    }

    fn mismatch(&self, canonical: &[u8], hash: &[u8; 64]) -> AuthError {
        AuthError::SignatureDoesNotMatch(Box::new(SignatureMismatch {
            access_key_id: self.credential.access_key_id().to_owned(),
            string_to_sign: self.string_to_sign(hash),
            signature_provided: self.signature.clone().into_owned(),
            canonical_request: Some(String::from_utf8_lossy(canonical).into_owned()),
        }))
    }

    /// The verifier for the chunks of this request's body, seeded with its signature. `None` unless its payload is a
    /// stream signed with HMAC. Call it only after [`V4Auth::verify`]: an unverified seed proves nothing.
    #[must_use]
    pub fn chunk_verifier(&self, key: Arc<SigningKey>) -> Option<ChunkVerifier> {
        let hmac = matches!(self.payload, Payload::Streaming { signature: StreamSignature::Hmac, .. });
        (hmac && self.algorithm == Algorithm::HmacSha256).then(|| {
            let credential = &self.credential;
            ChunkVerifier::hmac(key, credential.access_key_id(), credential.scope(), &self.date, &self.signature)
        })
    }

    /// As [`V4Auth::chunk_verifier`], for a stream signed with ECDSA.
    #[must_use]
    pub fn chunk_verifier_v4a(&self, key: Arc<V4aVerifyingKey>) -> Option<ChunkVerifier> {
        let ecdsa = matches!(self.payload, Payload::Streaming { signature: StreamSignature::Ecdsa, .. });
        (ecdsa && self.algorithm == Algorithm::EcdsaP256Sha256).then(|| {
            let credential = &self.credential;
            ChunkVerifier::ecdsa(key, credential.access_key_id(), credential.scope(), &self.date, &self.signature)
        })
    }
}

/// The string to sign of a request.
pub(crate) fn string_to_sign(algorithm: Algorithm, date: &AmzDate, scope: &str, canonical_hash: &[u8; 64]) -> String {
    let hash = std::str::from_utf8(canonical_hash).expect("hex is ASCII");
    format!("{}\n{}\n{scope}\n{hash}", algorithm.as_str(), date.as_str())
}

/// The three parts of an `Authorization` header of SigV4.
pub(crate) struct HeaderParts<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) credential: CredentialScope<'a>,
    pub(crate) signed_headers: &'a str,
    pub(crate) signature: &'a str,
}

/// Parses what follows the algorithm in an `Authorization` header.
pub(crate) fn parse_header_parts(algorithm: Algorithm, parameters: &str) -> Result<HeaderParts<'_>, AuthError> {
    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    for component in parameters.split(',').map(str::trim) {
        let Some((name, value)) = component.split_once('=') else {
            return Err(AuthError::header(format!("the authorization component \"{component}\" is malformed.")));
        };
        let slot = match name {
            "Credential" => &mut credential,
            "SignedHeaders" => &mut signed_headers,
            "Signature" => &mut signature,
            _ => return Err(AuthError::header(format!("the authorization component \"{component}\" is malformed."))),
        };
        if slot.replace(value).is_some() {
            return Err(AuthError::header(
                "the authorization header requires three components: Credential, SignedHeaders, and Signature.",
            ));
        }
    }
    let credential = credential.ok_or_else(|| AuthError::header("missing Credential."))?;
    let signed_headers = signed_headers.ok_or_else(|| AuthError::header("missing SignedHeaders."))?;
    let signature = signature.ok_or_else(|| AuthError::header("missing Signature."))?;
    let credential = CredentialScope::parse(credential.into(), algorithm == Algorithm::HmacSha256)
        .map_err(|problem| AuthError::header(problem.to_string()))?;
    if !are_header_names(signed_headers) || names_repeat(signed_headers) {
        return Err(AuthError::header("the SignedHeaders component is malformed."));
    }
    Ok(HeaderParts { algorithm, credential, signed_headers, signature })
}

/// Whether `list` is one or more header names separated by `;`.
pub(crate) fn are_header_names(list: &str) -> bool {
    list.split(';').all(|name| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    })
}

/// Whether a name stands twice in a list of header names.
///
/// Each name brings its header's value into the canonical request: with repetitions, a head of 64 KiB would make one of
/// hundreds of megabytes.
pub(crate) fn names_repeat(list: &str) -> bool {
    let mut names: Vec<String> = list.split(';').map(str::to_ascii_lowercase).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1])
}

/// Refuses a request that holds headers which change its meaning and which its signature does not cover.
///
/// S3 wants `host`, `content-md5` and every `x-amz-*` header signed. It lets `x-amz-content-sha256` go unsigned, and
/// rightly so: its value is the last line of the canonical request anyway.
pub(crate) fn check_signed_headers(request: &Request<'_>, signed_headers: &str) -> Result<(), AuthError> {
    let is_signed = |name: &str| signed_headers.split(';').any(|signed| signed.eq_ignore_ascii_case(name));
    let must_be_signed = |name: &HeaderName| {
        let name = name.as_str();
        name == "content-md5" || (name.starts_with("x-amz-") && name != "x-amz-content-sha256")
    };
    let mut missing: Vec<String> = Vec::new();
    if !is_signed("host") {
        missing.push("host".to_owned());
    }
    missing.extend(
        request
            .headers
            .keys()
            .filter(|name| must_be_signed(name) && !is_signed(name.as_str()))
            .map(|name| name.as_str().to_owned()),
    );
    if missing.is_empty() {
        return Ok(());
    }
    missing.sort_unstable();
    Err(AuthError::HeadersNotSigned { headers: missing })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_signed_once() {
        let parse = |names: &str| {
            let text = format!("Credential=A/20130524/r/s3/aws4_request, SignedHeaders={names}, Signature=00");
            parse_header_parts(Algorithm::HmacSha256, &text).map(|_| ())
        };
        assert_eq!(parse("host;x-amz-date"), Ok(()));
        // Not in order, which some clients send.
        assert_eq!(parse("x-amz-date;host"), Ok(()));
        for names in ["host;host", "host;x-amz-date;Host", "a;b;a"] {
            assert!(matches!(parse(names), Err(AuthError::HeaderMalformed { .. })), "{names}");
        }
    }
}
