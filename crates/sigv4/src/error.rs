//! Why a request is not authenticated.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::date::error_time;

/// How far the clock of a client may be from ours, in milliseconds (15 minutes).
pub const MAX_SKEW_MILLISECONDS: u32 = 900_000;

/// Why a request is refused before anyone asks what it may do.
///
/// The `Display` of each variant is the `Message` that S3 answers; its fields are the further elements of the error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// `AuthorizationHeaderMalformed`, 400. `region` is the `Region` element: the one to sign for.
    #[error("The authorization header is malformed; {detail}")]
    HeaderMalformed {
        /// What is wrong.
        detail: String,
        /// The region that this server expects, when that is what is wrong.
        region: Option<String>,
    },
    /// `AuthorizationQueryParametersError`, 400.
    #[error("{message}")]
    QueryParameters {
        /// What is wrong.
        message: Cow<'static, str>,
        /// The region that this server expects, when that is what is wrong.
        region: Option<String>,
    },
    /// `InvalidArgument`, 400, with `ArgumentName` and `ArgumentValue`.
    #[error("{message}")]
    InvalidArgument {
        /// The header, parameter or form field.
        name: Cow<'static, str>,
        /// What it holds.
        value: String,
        /// What is wrong.
        message: Cow<'static, str>,
    },
    /// `SignatureDoesNotMatch`, 403.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your key and signing method."
    )]
    SignatureDoesNotMatch(Box<SignatureMismatch>),
    /// `RequestTimeTooSkewed`, 403, with `MaxAllowedSkewMilliseconds` = [`MAX_SKEW_MILLISECONDS`].
    #[error("The difference between the request time and the current time is too large.")]
    RequestTimeTooSkewed {
        /// `RequestTime`: as the request gave it.
        request_time: String,
        /// `ServerTime`: such as `2015-06-04T22:26:16Z`.
        server_time: String,
    },
    /// `AccessDenied`, 403: a presigned URL after its time.
    #[error("Request has expired")]
    RequestExpired {
        /// `X-Amz-Expires`: the lifetime in seconds, for SigV4.
        expires_seconds: Option<u32>,
        /// `Expires`: the end of its life.
        expires: String,
        /// `ServerTime`.
        server_time: String,
    },
    /// `AccessDenied`, 403: a presigned URL before its time.
    #[error("Request is not yet valid")]
    NotYetValid,
    /// `AccessDenied`, 403.
    #[error("AWS authentication requires a valid Date or x-amz-date header")]
    MissingDate,
    /// `AccessDenied`, 403: a SigV2 presigned URL that lacks a parameter.
    #[error("Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")]
    MissingV2Parameters,
    /// `AccessDenied`, 403, with `HeadersNotSigned`: the names joined with `, `.
    #[error("There were headers present in the request which were not signed")]
    HeadersNotSigned {
        /// The names, lower case.
        headers: Vec<String>,
    },
    /// `InvalidRequest`, 400: SigV4 for S3 without `x-amz-content-sha256`.
    #[error("Missing required header for this request: x-amz-content-sha256")]
    MissingContentSha256,
    /// `MissingSecurityHeader`, 400: a header that authentication needs is absent.
    #[error("Your request was missing a required header")]
    MissingSecurityHeader {
        /// `MissingHeaderName`.
        header: &'static str,
    },
    /// `InvalidRequest`, 400: a mechanism that this server does not take.
    #[error("The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")]
    UnsupportedMechanism,
    /// `AccessDenied`, 403, with no more to say.
    #[error("Access Denied")]
    AccessDenied,
}

impl AuthError {
    /// Whether the request lacks a part of its signature, or has one that is not understood, so that nothing could be
    /// verified. Services other than S3 call all of these `IncompleteSignature`.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        match self {
            Self::HeaderMalformed { .. }
            | Self::QueryParameters { .. }
            | Self::InvalidArgument { .. }
            | Self::MissingDate
            | Self::MissingSecurityHeader { .. }
            | Self::MissingContentSha256
            | Self::MissingV2Parameters => true,
            Self::SignatureDoesNotMatch(_)
            | Self::RequestTimeTooSkewed { .. }
            | Self::RequestExpired { .. }
            | Self::NotYetValid
            | Self::HeadersNotSigned { .. }
            | Self::UnsupportedMechanism
            | Self::AccessDenied => false,
        }
    }
}

/// What a client needs to find its mistake in a signature: the further elements of `SignatureDoesNotMatch`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureMismatch {
    /// `AWSAccessKeyId`.
    pub access_key_id: String,
    /// `StringToSign`, as we built it.
    pub string_to_sign: String,
    /// `SignatureProvided`.
    pub signature_provided: String,
    /// `CanonicalRequest`, for SigV4 requests.
    pub canonical_request: Option<String>,
}

impl SignatureMismatch {
    /// `StringToSignBytes`: the bytes of the string to sign in hex, separated by spaces.
    #[must_use]
    pub fn string_to_sign_bytes(&self) -> String {
        spaced_hex(&self.string_to_sign)
    }

    /// `CanonicalRequestBytes`: like [`Self::string_to_sign_bytes`].
    #[must_use]
    pub fn canonical_request_bytes(&self) -> Option<String> {
        self.canonical_request.as_deref().map(spaced_hex)
    }
}

fn spaced_hex(text: &str) -> String {
    let digits = hex::encode(text);
    let mut spaced = String::with_capacity(text.len() * 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 2 == 0 {
            spaced.push(' ');
        }
        spaced.push(digit);
    }
    spaced
}

impl AuthError {
    pub(crate) fn header(detail: impl Into<String>) -> Self {
        Self::HeaderMalformed { detail: detail.into(), region: None }
    }

    pub(crate) fn query(message: impl Into<Cow<'static, str>>) -> Self {
        Self::QueryParameters { message: message.into(), region: None }
    }

    pub(crate) fn argument(
        name: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::InvalidArgument { name: name.into(), value: value.into(), message: message.into() }
    }

    /// Refuses a request whose time is more than 15 minutes from `now`.
    pub(crate) fn check_skew(request: Timestamp, as_sent: &str, now: Timestamp) -> Result<(), Self> {
        if (now.as_millisecond() - request.as_millisecond()).unsigned_abs() <= u64::from(MAX_SKEW_MILLISECONDS) {
            return Ok(());
        }
        Err(Self::RequestTimeTooSkewed { request_time: as_sent.to_owned(), server_time: error_time(now) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_spaced_hex() {
        let mismatch = SignatureMismatch {
            access_key_id: "AKID".into(),
            string_to_sign: "A\n".into(),
            signature_provided: "x".into(),
            canonical_request: Some("GET".into()),
        };
        assert_eq!(mismatch.string_to_sign_bytes(), "41 0a");
        assert_eq!(mismatch.canonical_request_bytes().as_deref(), Some("47 45 54"));
    }
}
