//! Whether a bucket keeps versions.
//!
//! Source: PutBucketVersioning, Amazon S3 API reference.

use serde::{Deserialize, Serialize};

use crate::MALFORMED_XML;

/// A bucket's versioning state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum VersioningStatus {
    /// Versioning was never configured. A bucket never returns to this state.
    #[default]
    Unversioned,
    /// Every write makes a version of its own.
    Enabled,
    /// Writes make or replace the null version; existing versions stay.
    Suspended,
}

/// Why a versioning state is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VersioningError {
    /// Another word than `Enabled` or `Suspended`, in exactly this case.
    #[error("{MALFORMED_XML}")]
    Malformed,
    /// The document has no `Status`.
    #[error("The Versioning element must be specified")]
    Missing,
    /// A bucket with Object Lock must stay versioned.
    #[error("An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")]
    ObjectLockPresent,
}

impl VersioningError {
    /// AWS's error code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "MalformedXML",
            Self::Missing => "IllegalVersioningConfigurationException",
            Self::ObjectLockPresent => "InvalidBucketState",
        }
    }
}

impl VersioningStatus {
    /// The state that a `VersioningConfiguration` document asks for.
    ///
    /// # Errors
    /// [`VersioningError::Missing`] without a `Status`, [`VersioningError::Malformed`] for an unknown one.
    pub fn from_document(status: Option<&str>) -> Result<Self, VersioningError> {
        match status {
            Some("Enabled") => Ok(Self::Enabled),
            Some("Suspended") => Ok(Self::Suspended),
            Some(_) => Err(VersioningError::Malformed),
            None => Err(VersioningError::Missing),
        }
    }

    /// The `Status` of the document that GetBucketVersioning answers; an unversioned bucket's has none.
    #[must_use]
    pub fn as_document(self) -> Option<&'static str> {
        match self {
            Self::Unversioned => None,
            Self::Enabled => Some("Enabled"),
            Self::Suspended => Some("Suspended"),
        }
    }

    /// Whether a bucket may take this state.
    ///
    /// # Errors
    /// [`VersioningError::ObjectLockPresent`] when the bucket has Object Lock and this is not [`Self::Enabled`].
    pub fn check_object_lock(self, object_lock: bool) -> Result<(), VersioningError> {
        if object_lock && self != Self::Enabled { Err(VersioningError::ObjectLockPresent) } else { Ok(()) }
    }
}
