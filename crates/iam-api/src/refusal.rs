//! Refusals that are decided before a request gets here, in this protocol's form.

use bytes::Bytes;
use http::Response;

use crate::Service;
use crate::protocol::{Code, Fault, failure};

/// Why a request is refused before its operation is looked at.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such access key, it is inactive, or its session token is not valid: `InvalidClientTokenId`.
    UnknownCredentials,
    /// The session is over: `ExpiredToken`.
    ExpiredToken,
    /// The request is not signed: `MissingAuthenticationToken`.
    NotSigned,
    /// The signature is not that of the request: `SignatureDoesNotMatch`. With what is wrong, in AWS's words.
    Signature(String),
    /// Parts of the signature are missing or not understood: `IncompleteSignature`.
    IncompleteSignature(String),
    /// The form is larger than [`MAX_FORM_BYTES`](crate::MAX_FORM_BYTES).
    TooLarge,
    /// The body broke off, or is not what was signed.
    BadBody(String),
    /// The server has too much to do: `Throttling`.
    Busy,
}

impl Refusal {
    /// The answer.
    #[must_use]
    pub fn answer(self, service: Service, request_id: &str) -> Response<Bytes> {
        failure(service, &self.into_fault(), request_id)
    }

    fn into_fault(self) -> Fault {
        match self {
            Self::UnknownCredentials => {
                Fault::new(Code::InvalidClientTokenId, "The security token included in the request is invalid.")
            }
            Self::ExpiredToken => {
                Fault::new(Code::ExpiredCredentials, "The security token included in the request is expired")
            }
            Self::NotSigned => Fault::new(Code::MissingAuthenticationToken, "Request is missing Authentication Token"),
            Self::Signature(message) => Fault::new(Code::SignatureDoesNotMatch, message),
            Self::IncompleteSignature(message) => Fault::new(Code::IncompleteSignature, message),
            Self::TooLarge => Fault::new(Code::RequestTooLarge, "The request is too large."),
            Self::BadBody(message) => Fault::new(Code::MalformedInput, message),
            Self::Busy => Fault::new(Code::Throttling, "Rate exceeded"),
        }
    }
}
