//! The location constraint that CreateBucket takes and GetBucketLocation answers.
//!
//! Source: CreateBucket and GetBucketLocation, Amazon S3 API reference.

use larder_types::Region;
use serde::{Deserialize, Serialize};

/// The region that the old constraint `EU` stands for.
const EU_REGION: &str = "eu-west-1";

/// A bucket's location constraint, as it was given when the bucket was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LocationConstraint {
    /// None: the bucket is in us-east-1.
    #[default]
    None,
    /// The old name `EU` for eu-west-1, which GetBucketLocation repeats.
    Eu,
    /// The region.
    Region(Region),
}

/// Why a location constraint is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// us-east-1 takes no constraint, not even its own name.
    #[error("The specified location-constraint is not valid")]
    Invalid {
        /// What was given.
        constraint: String,
    },
    /// Every other region wants its name.
    #[error(
        "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."
    )]
    Unspecified,
    /// The constraint names another region than the server's.
    #[error(
        "The {constraint} location constraint is incompatible for the region specific endpoint this request was sent to."
    )]
    Incompatible {
        /// What was given.
        constraint: String,
    },
}

impl LocationError {
    /// AWS's error code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "InvalidLocationConstraint",
            Self::Unspecified | Self::Incompatible { .. } => "IllegalLocationConstraintException",
        }
    }

    /// The further elements of AWS's error document.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Invalid { constraint } => vec![("LocationConstraint", constraint.clone())],
            Self::Unspecified | Self::Incompatible { .. } => Vec::new(),
        }
    }
}

impl LocationConstraint {
    /// Checks the constraint of a CreateBucket request (absent or empty when there is none) on a server of `region`.
    ///
    /// AWS's us-east-1 endpoint also makes buckets elsewhere; a server that has one region cannot, and answers for any
    /// other region what us-east-1 answers for an unknown one.
    ///
    /// # Errors
    /// [`LocationError`] says how it does not fit the region.
    pub fn check(region: &Region, constraint: Option<&str>) -> Result<Self, LocationError> {
        let constraint = constraint.filter(|text| !text.is_empty());
        match (region.as_str(), constraint) {
            (Region::US_EAST_1, None) => Ok(Self::None),
            (Region::US_EAST_1, Some(other)) => Err(LocationError::Invalid { constraint: other.to_owned() }),
            (_, None) => Err(LocationError::Unspecified),
            (EU_REGION, Some("EU")) => Ok(Self::Eu),
            (own, Some(given)) if own == given => Ok(Self::Region(region.clone())),
            (_, Some(other)) => Err(LocationError::Incompatible { constraint: other.to_owned() }),
        }
    }

    /// The content of GetBucketLocation's `LocationConstraint`; an empty element for us-east-1.
    #[must_use]
    pub fn as_document(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Eu => Some("EU"),
            Self::Region(region) => Some(region.as_str()),
        }
    }
}
