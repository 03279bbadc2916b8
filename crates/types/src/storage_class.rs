//! Storage classes.

use serde::{Deserialize, Serialize};

/// The storage classes AWS names for general purpose buckets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StorageClass {
    /// `STANDARD`, the default.
    #[default]
    Standard,
    /// `REDUCED_REDUNDANCY`.
    ReducedRedundancy,
    /// `STANDARD_IA`.
    StandardIa,
    /// `ONEZONE_IA`.
    OnezoneIa,
    /// `INTELLIGENT_TIERING`.
    IntelligentTiering,
    /// `GLACIER` (Flexible Retrieval).
    Glacier,
    /// `GLACIER_IR` (Instant Retrieval).
    GlacierIr,
    /// `DEEP_ARCHIVE`.
    DeepArchive,
}

/// The text names no storage class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the storage class is not one that S3 has")]
pub struct UnknownStorageClass;

impl StorageClass {
    /// Every class.
    pub const ALL: [Self; 8] = [
        Self::Standard,
        Self::ReducedRedundancy,
        Self::StandardIa,
        Self::OnezoneIa,
        Self::IntelligentTiering,
        Self::Glacier,
        Self::GlacierIr,
        Self::DeepArchive,
    ];

    /// The name AWS gives the class.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::ReducedRedundancy => "REDUCED_REDUNDANCY",
            Self::StandardIa => "STANDARD_IA",
            Self::OnezoneIa => "ONEZONE_IA",
            Self::IntelligentTiering => "INTELLIGENT_TIERING",
            Self::Glacier => "GLACIER",
            Self::GlacierIr => "GLACIER_IR",
            Self::DeepArchive => "DEEP_ARCHIVE",
        }
    }

    /// Parses AWS's name of a class.
    ///
    /// # Errors
    /// [`UnknownStorageClass`] for any other text.
    pub fn parse(text: &str) -> Result<Self, UnknownStorageClass> {
        Self::ALL.into_iter().find(|class| class.as_str() == text).ok_or(UnknownStorageClass)
    }
}
