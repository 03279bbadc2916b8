//! What is wrong with a configuration, in AWS's words.

use crate::cors::{CorsError, CorsRefusal};
use crate::encryption::EncryptionError;
use crate::location::LocationError;
use crate::object_lock::{LockError, LockRefusal};
use crate::ownership::OwnershipError;
use crate::tagging::TagError;
use crate::versioning::VersioningError;

/// AWS's message for a document that is not of its schema; its code is `MalformedXML`.
pub const MALFORMED_XML: &str =
    "The XML you provided was not well-formed or did not validate against our published schema";

/// Any refusal of this crate: `Display` is AWS's message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Of a CORS configuration.
    #[error(transparent)]
    Cors(#[from] CorsError),
    /// Of a preflight request.
    #[error(transparent)]
    CorsRefusal(#[from] CorsRefusal),
    /// Of a default encryption.
    #[error(transparent)]
    Encryption(#[from] EncryptionError),
    /// Of a location constraint.
    #[error(transparent)]
    Location(#[from] LocationError),
    /// Of an object-lock document or header.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Of a change to a locked version.
    #[error(transparent)]
    LockRefusal(#[from] LockRefusal),
    /// Of ownership controls.
    #[error(transparent)]
    Ownership(#[from] OwnershipError),
    /// Of tags.
    #[error(transparent)]
    Tag(#[from] TagError),
    /// Of a versioning configuration.
    #[error(transparent)]
    Versioning(#[from] VersioningError),
}

impl ConfigError {
    /// AWS's error code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cors(error) => error.code(),
            Self::CorsRefusal(error) => error.code(),
            Self::Encryption(error) => error.code(),
            Self::Location(error) => error.code(),
            Self::Lock(error) => error.code(),
            Self::LockRefusal(error) => error.code(),
            Self::Ownership(error) => error.code(),
            Self::Tag(error) => error.code(),
            Self::Versioning(error) => error.code(),
        }
    }

    /// The further elements of AWS's error document, such as `ArgumentName`, in the order AWS writes them.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Cors(_) | Self::LockRefusal(_) | Self::Versioning(_) => Vec::new(),
            Self::CorsRefusal(error) => error.details(),
            Self::Encryption(error) => error.details(),
            Self::Location(error) => error.details(),
            Self::Lock(error) => error.details(),
            Self::Ownership(error) => error.details(),
            Self::Tag(error) => error.details(),
        }
    }
}
