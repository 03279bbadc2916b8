//! Refusals as clients see them: a code, an HTTP status, a message.

use larder_identity::{ChangeError, IamError, IamErrorKind};

use super::Service;

/// The codes of errors, each with the status that AWS's models give it. What they have in common is in
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "the names are AWS's")]
pub(crate) enum Code {
    AccessDenied,
    ConcurrentModification,
    DeleteConflict,
    EntityAlreadyExists,
    EntityTemporarilyUnmodifiable,
    ExpiredCredentials,
    ExpiredToken,
    IdpCommunicationError,
    IncompleteSignature,
    InternalFailure,
    InvalidAction,
    InvalidAuthenticationCode,
    InvalidAuthorizationMessage,
    InvalidClientTokenId,
    InvalidIdentityToken,
    InvalidInput,
    LimitExceeded,
    MalformedInput,
    MalformedPolicyDocument,
    MalformedQueryString,
    MissingAction,
    MissingAuthenticationToken,
    NoSuchEntity,
    NotImplemented,
    PackedPolicyTooLarge,
    RequestTooLarge,
    SignatureDoesNotMatch,
    Throttling,
    UnmodifiableEntity,
    ValidationError,
}

impl Code {
    /// The code on the wire and its HTTP status.
    pub(crate) fn parts(self) -> (&'static str, u16) {
        match self {
            Self::AccessDenied => ("AccessDenied", 403),
            Self::ConcurrentModification => ("ConcurrentModification", 409),
            Self::DeleteConflict => ("DeleteConflict", 409),
            Self::EntityAlreadyExists => ("EntityAlreadyExists", 409),
            Self::EntityTemporarilyUnmodifiable => ("EntityTemporarilyUnmodifiable", 409),
            Self::ExpiredCredentials => ("ExpiredToken", 403),
            Self::ExpiredToken => ("ExpiredTokenException", 400),
            Self::IdpCommunicationError => ("IDPCommunicationError", 400),
            Self::IncompleteSignature => ("IncompleteSignature", 400),
            Self::InternalFailure => ("ServiceFailure", 500),
            Self::InvalidAction => ("InvalidAction", 400),
            Self::InvalidAuthenticationCode => ("InvalidAuthenticationCode", 403),
            Self::InvalidAuthorizationMessage => ("InvalidAuthorizationMessageException", 400),
            Self::InvalidClientTokenId => ("InvalidClientTokenId", 403),
            Self::InvalidIdentityToken => ("InvalidIdentityToken", 400),
            Self::InvalidInput => ("InvalidInput", 400),
            Self::LimitExceeded => ("LimitExceeded", 409),
            Self::MalformedInput => ("MalformedInput", 400),
            Self::MalformedPolicyDocument => ("MalformedPolicyDocument", 400),
            Self::MalformedQueryString => ("MalformedQueryString", 400),
            Self::MissingAction => ("MissingAction", 400),
            Self::MissingAuthenticationToken => ("MissingAuthenticationToken", 403),
            Self::NoSuchEntity => ("NoSuchEntity", 404),
            Self::NotImplemented => ("NotImplemented", 501),
            Self::PackedPolicyTooLarge => ("PackedPolicyTooLarge", 400),
            Self::RequestTooLarge => ("RequestEntityTooLarge", 413),
            Self::SignatureDoesNotMatch => ("SignatureDoesNotMatch", 403),
            Self::Throttling => ("Throttling", 400),
            Self::UnmodifiableEntity => ("UnmodifiableEntity", 400),
            Self::ValidationError => ("ValidationError", 400),
        }
    }
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Something is not there, in IAM's words.
    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(Code::NoSuchEntity, message)
    }

    /// A value that the operation's rules do not allow.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::ValidationError, message)
    }

    /// The request names no operation of the service.
    pub(crate) fn unknown_action(action: &str, service: Service) -> Self {
        let message = format!("Could not find operation {action} for version {}", service.version());
        Self::new(Code::InvalidAction, message)
    }

    /// The server failed. The reason goes to the log, not to the client.
    pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "a request about identities failed");
        Self::new(Code::InternalFailure, "The request processing has failed because of an unknown error.")
    }
}

impl From<IamError> for Fault {
    fn from(error: IamError) -> Self {
        Self { code: code(error.kind), message: error.message }
    }
}

impl From<ChangeError> for Fault {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(error) => error.into(),
            // The account was deleted between the check of the signature and now.
            ChangeError::NoSuchAccount(_) => {
                Self::new(Code::InvalidClientTokenId, "The security token included in the request is invalid.")
            }
            ChangeError::Contended => Self::new(
                Code::ConcurrentModification,
                "The request was rejected because of a concurrent change. Retry.",
            ),
            ChangeError::Store(error) => Self::internal(&error),
        }
    }
}

fn code(kind: IamErrorKind) -> Code {
    match kind {
        IamErrorKind::NoSuchEntity => Code::NoSuchEntity,
        IamErrorKind::EntityAlreadyExists => Code::EntityAlreadyExists,
        IamErrorKind::DeleteConflict => Code::DeleteConflict,
        IamErrorKind::LimitExceeded => Code::LimitExceeded,
        IamErrorKind::MalformedPolicyDocument => Code::MalformedPolicyDocument,
        IamErrorKind::InvalidInput => Code::InvalidInput,
        IamErrorKind::ValidationError => Code::ValidationError,
        IamErrorKind::InvalidAuthenticationCode => Code::InvalidAuthenticationCode,
        IamErrorKind::EntityTemporarilyUnmodifiable => Code::EntityTemporarilyUnmodifiable,
        IamErrorKind::UnmodifiableEntity => Code::UnmodifiableEntity,
        IamErrorKind::AccessDenied => Code::AccessDenied,
        IamErrorKind::PackedPolicyTooLarge => Code::PackedPolicyTooLarge,
        IamErrorKind::InvalidIdentityToken => Code::InvalidIdentityToken,
        IamErrorKind::ExpiredWebIdentityToken => Code::ExpiredToken,
        IamErrorKind::IdpCommunicationError => Code::IdpCommunicationError,
        IamErrorKind::InvalidAuthorizationMessage => Code::InvalidAuthorizationMessage,
    }
}
