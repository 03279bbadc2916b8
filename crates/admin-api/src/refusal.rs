//! How errors become answers.

use http::{HeaderValue, StatusCode, header};
use larder_access::{NotReceived, Refusal};
use larder_http::{Response, ResponseBody};
use larder_identity::{ChangeError, IamErrorKind};
use larder_keyring::KeyringError;

use crate::CONTENT_TYPE;
use crate::messages::Failure;

/// Why a request is refused: its status and kind, and what happened.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct AdminError {
    status: StatusCode,
    kind: &'static str,
    message: String,
}

impl AdminError {
    pub(crate) fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into() }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ValidationException", message)
    }

    pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "an operator's request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalFailure",
            "An internal error occurred; the log tells more.",
        )
    }

    pub(crate) fn into_response(self) -> Response {
        let failure = Failure { kind: self.kind.to_owned(), message: self.message };
        answer(self.status, &failure)
    }
}

impl From<NotReceived> for AdminError {
    fn from(error: NotReceived) -> Self {
        let message = error.to_string();
        match error {
            NotReceived::TooLarge { .. } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException", message)
            }
            NotReceived::Broken(_) | NotReceived::TooSlow => {
                Self::new(StatusCode::BAD_REQUEST, "IncompleteBody", message)
            }
            NotReceived::Busy(_) => Self::new(StatusCode::TOO_MANY_REQUESTS, "ThrottlingException", message),
            NotReceived::OtherBody => Self::new(StatusCode::FORBIDDEN, "InvalidSignatureException", message),
            NotReceived::Refused(Refusal::Signature(_)) => {
                Self::new(StatusCode::FORBIDDEN, "InvalidSignatureException", message)
            }
            NotReceived::Refused(Refusal::Credential { .. }) => {
                Self::new(StatusCode::FORBIDDEN, "UnrecognizedClientException", message)
            }
        }
    }
}

impl From<ChangeError> for AdminError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(refused) => match refused.kind {
                IamErrorKind::EntityAlreadyExists => {
                    Self::new(StatusCode::CONFLICT, "AlreadyExistsException", refused.message)
                }
                IamErrorKind::DeleteConflict => Self::new(StatusCode::CONFLICT, "ConflictException", refused.message),
                IamErrorKind::NoSuchEntity => Self::new(StatusCode::NOT_FOUND, "NotFoundException", refused.message),
                _ => Self::invalid(refused.message),
            },
            ChangeError::NoSuchAccount(_) => Self::new(StatusCode::NOT_FOUND, "NotFoundException", error.to_string()),
            ChangeError::Contended => {
                Self::new(StatusCode::CONFLICT, "ConcurrentModificationException", error.to_string())
            }
            error @ ChangeError::Store(_) => Self::internal(&error),
        }
    }
}

impl From<KeyringError> for AdminError {
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::NotRotatable { .. } => {
                Self::new(StatusCode::CONFLICT, "ConflictException", error.to_string())
            }
            KeyringError::TooManyMasterKeys(_) => {
                Self::new(StatusCode::BAD_REQUEST, "LimitExceededException", error.to_string())
            }
            KeyringError::Contended => {
                Self::new(StatusCode::CONFLICT, "ConcurrentModificationException", error.to_string())
            }
            error => Self::internal(&error),
        }
    }
}

/// An answer that holds a message.
pub(crate) fn answer(status: StatusCode, message: &impl serde::Serialize) -> Response {
    // Plain structures of texts have no way to fail.
    let body = serde_json::to_vec(message).expect("messages are plain data");
    let mut response = Response::new(ResponseBody::from(bytes::Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    response
}
