//! Who owns the objects of a bucket, and whether its ACLs count.
//!
//! Source: "Controlling ownership of objects and disabling ACLs for your bucket", Amazon S3 user guide.

use serde::{Deserialize, Serialize};

use crate::MALFORMED_XML;

/// A bucket's Object Ownership setting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ObjectOwnership {
    /// ACLs are disabled and the bucket's owner owns every object: AWS's default for new buckets.
    #[default]
    BucketOwnerEnforced,
    /// The bucket's owner owns objects that were put with the canned ACL `bucket-owner-full-control`.
    BucketOwnerPreferred,
    /// The writer owns the object.
    ObjectWriter,
}

/// Why ownership controls are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnershipError {
    /// The document has not exactly one rule with a known value.
    #[error("{MALFORMED_XML}")]
    Malformed,
    /// CreateBucket's header has an unknown value.
    #[error("Invalid x-amz-object-ownership header: {value}")]
    InvalidHeader {
        /// The header's value.
        value: String,
    },
}

impl OwnershipError {
    /// AWS's error code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "MalformedXML",
            Self::InvalidHeader { .. } => "InvalidArgument",
        }
    }

    /// The further elements of AWS's error document.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Malformed => Vec::new(),
            Self::InvalidHeader { .. } => vec![("ArgumentName", "x-amz-object-ownership".to_owned())],
        }
    }
}

impl ObjectOwnership {
    /// Every setting.
    pub const ALL: [Self; 3] = [Self::BucketOwnerEnforced, Self::BucketOwnerPreferred, Self::ObjectWriter];

    /// AWS's name for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BucketOwnerEnforced => "BucketOwnerEnforced",
            Self::BucketOwnerPreferred => "BucketOwnerPreferred",
            Self::ObjectWriter => "ObjectWriter",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ownership| ownership.as_str() == text)
    }

    /// The setting of an `OwnershipControls` document, given the `ObjectOwnership` of each of its rules.
    ///
    /// # Errors
    /// [`OwnershipError::Malformed`] unless there is exactly one rule and its value is known.
    pub fn from_document(rules: &[&str]) -> Result<Self, OwnershipError> {
        match rules {
            [rule] => Self::parse(rule).ok_or(OwnershipError::Malformed),
            _ => Err(OwnershipError::Malformed),
        }
    }

    /// The setting of CreateBucket's `x-amz-object-ownership` header.
    ///
    /// # Errors
    /// [`OwnershipError::InvalidHeader`] for an unknown value, the empty one included.
    pub fn from_header(value: &str) -> Result<Self, OwnershipError> {
        Self::parse(value).ok_or_else(|| OwnershipError::InvalidHeader { value: value.to_owned() })
    }

    /// Whether the bucket's and its objects' ACLs are disabled.
    #[must_use]
    pub fn acls_disabled(self) -> bool {
        self == Self::BucketOwnerEnforced
    }
}
