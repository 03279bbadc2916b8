//! What IAM and STS refuse, by kind and in their words.

use larder_store::StoreError;
use larder_types::AccountId;

/// The kinds of IAM's and STS's errors; each is the error code of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IamErrorKind {
    /// `NoSuchEntity` (404)
    NoSuchEntity,
    /// `EntityAlreadyExists` (409)
    EntityAlreadyExists,
    /// `DeleteConflict` (409)
    DeleteConflict,
    /// `LimitExceeded` (409)
    LimitExceeded,
    /// `MalformedPolicyDocument` (400)
    MalformedPolicyDocument,
    /// `InvalidInput` (400)
    InvalidInput,
    /// `ValidationError` (400)
    ValidationError,
    /// `InvalidAuthenticationCode` (403)
    InvalidAuthenticationCode,
    /// `EntityTemporarilyUnmodifiable` (409)
    EntityTemporarilyUnmodifiable,
    /// `UnmodifiableEntity` (400)
    UnmodifiableEntity,
    /// `AccessDenied` (403)
    AccessDenied,
    /// `PackedPolicyTooLarge` (400)
    PackedPolicyTooLarge,
    /// `InvalidIdentityToken` (400): the web identity token is forged or not understood.
    InvalidIdentityToken,
    /// `ExpiredTokenException` (400): the web identity token has expired.
    ExpiredWebIdentityToken,
    /// `IDPCommunicationError` (400): the provider could not be asked; the client may repeat.
    IdpCommunicationError,
    /// `InvalidAuthorizationMessageException` (400)
    InvalidAuthorizationMessage,
}

/// A refusal, with AWS's message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct IamError {
    /// Its kind.
    pub kind: IamErrorKind,
    /// AWS's message.
    pub message: String,
}

impl IamError {
    /// A refusal of a kind.
    #[must_use]
    pub fn new(kind: IamErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(IamErrorKind::NoSuchEntity, message)
    }

    pub(crate) fn exists(message: impl Into<String>) -> Self {
        Self::new(IamErrorKind::EntityAlreadyExists, message)
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(IamErrorKind::DeleteConflict, message)
    }

    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self::new(IamErrorKind::LimitExceeded, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(IamErrorKind::ValidationError, message)
    }

    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::new(IamErrorKind::InvalidInput, message)
    }
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// IAM refuses it.
    #[error(transparent)]
    Refused(#[from] IamError),
    /// There is no such account.
    #[error("there is no account {0}")]
    NoSuchAccount(AccountId),
    /// The store failed, or what it holds is damaged.
    #[error("the accounts cannot be read or written")]
    Store(#[from] StoreError),
    /// Others kept changing the accounts meanwhile.
    #[error("the accounts are being changed by others")]
    Contended,
}
