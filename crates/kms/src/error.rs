//! What can go wrong, by kind. Messages are AWS's where they are known.

use std::sync::Arc;

use larder_store::StoreError;

/// Why something was refused: the exceptions of AWS's API, one to one.
/// <https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KmsErrorKind {
    /// `AccessDeniedException`.
    AccessDenied,
    /// `AlreadyExistsException`.
    AlreadyExists,
    /// `ConflictException`.
    Conflict,
    /// `DisabledException`.
    Disabled,
    /// `DryRunOperationException`.
    DryRun,
    /// `ExpiredImportTokenException`.
    ExpiredImportToken,
    /// `IncorrectKeyException`.
    IncorrectKey,
    /// `IncorrectKeyMaterialException`.
    IncorrectKeyMaterial,
    /// `InvalidAliasNameException`.
    InvalidAliasName,
    /// `InvalidArnException`.
    InvalidArn,
    /// `InvalidCiphertextException`.
    InvalidCiphertext,
    /// `InvalidGrantIdException`.
    InvalidGrantId,
    /// `InvalidGrantTokenException`.
    InvalidGrantToken,
    /// `InvalidImportTokenException`.
    InvalidImportToken,
    /// `InvalidKeyUsageException`.
    InvalidKeyUsage,
    /// `InvalidMarkerException`.
    InvalidMarker,
    /// `KeyUnavailableException`.
    KeyUnavailable,
    /// `KMSInternalException`: the store failed; see [`std::error::Error::source`].
    Internal,
    /// `KMSInvalidMacException`.
    InvalidMac,
    /// `KMSInvalidSignatureException`.
    InvalidSignature,
    /// `KMSInvalidStateException`.
    InvalidState,
    /// `LimitExceededException`.
    LimitExceeded,
    /// `MalformedPolicyDocumentException`.
    MalformedPolicyDocument,
    /// `NotFoundException`.
    NotFound,
    /// `TagException`.
    Tag,
    /// `UnsupportedOperationException`.
    UnsupportedOperation,
    /// `ValidationException`.
    Validation,
}

impl KmsErrorKind {
    /// AWS's name of it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDeniedException",
            Self::AlreadyExists => "AlreadyExistsException",
            Self::Conflict => "ConflictException",
            Self::Disabled => "DisabledException",
            Self::DryRun => "DryRunOperationException",
            Self::ExpiredImportToken => "ExpiredImportTokenException",
            Self::IncorrectKey => "IncorrectKeyException",
            Self::IncorrectKeyMaterial => "IncorrectKeyMaterialException",
            Self::InvalidAliasName => "InvalidAliasNameException",
            Self::InvalidArn => "InvalidArnException",
            Self::InvalidCiphertext => "InvalidCiphertextException",
            Self::InvalidGrantId => "InvalidGrantIdException",
            Self::InvalidGrantToken => "InvalidGrantTokenException",
            Self::InvalidImportToken => "InvalidImportTokenException",
            Self::InvalidKeyUsage => "InvalidKeyUsageException",
            Self::InvalidMarker => "InvalidMarkerException",
            Self::KeyUnavailable => "KeyUnavailableException",
            Self::Internal => "KMSInternalException",
            Self::InvalidMac => "KMSInvalidMacException",
            Self::InvalidSignature => "KMSInvalidSignatureException",
            Self::InvalidState => "KMSInvalidStateException",
            Self::LimitExceeded => "LimitExceededException",
            Self::MalformedPolicyDocument => "MalformedPolicyDocumentException",
            Self::NotFound => "NotFoundException",
            Self::Tag => "TagException",
            Self::UnsupportedOperation => "UnsupportedOperationException",
            Self::Validation => "ValidationException",
        }
    }
}

/// A refusal.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}: {message}", kind.code())]
pub struct KmsError {
    /// What kind.
    pub kind: KmsErrorKind,
    /// For people; AWS leaves it empty for some kinds.
    pub message: String,
    /// What failed below; only for [`KmsErrorKind::Internal`].
    #[source]
    source: Option<Arc<StoreError>>,
}

impl KmsError {
    /// A refusal of this kind.
    #[must_use]
    pub fn new(kind: KmsErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new(KmsErrorKind::Validation, message)
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(KmsErrorKind::UnsupportedOperation, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(KmsErrorKind::NotFound, message)
    }

    /// Something that has no way to fail but failed: aws-lc out of memory and the like.
    pub(crate) fn internal(message: &str) -> Self {
        Self::new(KmsErrorKind::Internal, message)
    }

    /// What a ciphertext that does not open is answered with; AWS gives no message.
    pub(crate) fn invalid_ciphertext() -> Self {
        Self::new(KmsErrorKind::InvalidCiphertext, "")
    }
}

impl From<StoreError> for KmsError {
    fn from(error: StoreError) -> Self {
        Self {
            kind: KmsErrorKind::Internal,
            message: "the keys cannot be read or written".to_owned(),
            source: Some(Arc::new(error)),
        }
    }
}
