//! What Object Lock refuses, in AWS's words.

use crate::MALFORMED_XML;

pub(super) const MODE_HEADER: &str = "x-amz-object-lock-mode";
pub(super) const DATE_HEADER: &str = "x-amz-object-lock-retain-until-date";
const HOLD_HEADER: &str = "x-amz-object-lock-legal-hold";

/// Why an Object Lock document or header is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// Something is missing, unknown or given twice in a document.
    #[error("{MALFORMED_XML}")]
    Malformed,
    /// A default period of no days or years.
    #[error("Default retention period must be a positive integer value.")]
    PeriodNotPositive {
        /// `Days` or `Years`.
        element: &'static str,
        /// What was given.
        value: i64,
    },
    /// A default period of more than 100 years.
    #[error("Default retention period too large.")]
    PeriodTooLarge {
        /// `Days` or `Years`.
        element: &'static str,
        /// What was given.
        value: i64,
    },
    /// A retain-until date that is over.
    #[error("The retain until date must be in the future!")]
    DateNotInFuture {
        /// The element or header.
        argument: &'static str,
        /// What was given.
        value: String,
    },
    /// A header's date that is none.
    #[error("The retain until date must be provided in ISO 8601 format")]
    InvalidDate {
        /// What was given.
        value: String,
    },
    /// One of the two retention headers without the other.
    #[error("x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied")]
    Incomplete {
        /// The header that is missing.
        missing: &'static str,
    },
    /// A header's mode that is none.
    #[error("Unknown wormMode directive.")]
    UnknownMode {
        /// What was given.
        value: String,
    },
    /// A header's legal hold that is none.
    #[error("Legal Hold must be either of 'ON' or 'OFF'")]
    InvalidLegalHold {
        /// What was given.
        value: String,
    },
    /// Object Lock on a bucket that does not keep versions.
    #[error("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")]
    VersioningNotEnabled,
}

impl LockError {
    /// AWS's error code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "MalformedXML",
            Self::VersioningNotEnabled => "InvalidBucketState",
            Self::PeriodNotPositive { .. }
            | Self::PeriodTooLarge { .. }
            | Self::DateNotInFuture { .. }
            | Self::InvalidDate { .. }
            | Self::Incomplete { .. }
            | Self::UnknownMode { .. }
            | Self::InvalidLegalHold { .. } => "InvalidArgument",
        }
    }

    /// The further elements of AWS's error document.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, String)> {
        let argument = |name: &str, value: String| vec![("ArgumentName", name.to_owned()), ("ArgumentValue", value)];
        match self {
            Self::Malformed | Self::VersioningNotEnabled => Vec::new(),
            Self::PeriodNotPositive { element, value } | Self::PeriodTooLarge { element, value } => {
                argument(element, value.to_string())
            }
            Self::DateNotInFuture { argument: name, value } => argument(name, value.clone()),
            Self::InvalidDate { value } => argument(DATE_HEADER, value.clone()),
            Self::Incomplete { missing } => vec![("ArgumentName", (*missing).to_owned())],
            Self::UnknownMode { value } => argument(MODE_HEADER, value.clone()),
            Self::InvalidLegalHold { value } => argument(HOLD_HEADER, value.clone()),
        }
    }
}

/// A change that a lock forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LockRefusal {
    /// The version is under a legal hold.
    #[error("Access Denied because object protected by object lock.")]
    LegalHold,
    /// The version is retained in governance mode and the request does not bypass that.
    #[error("Access Denied because object protected by object lock.")]
    Governance,
    /// The version is retained in compliance mode.
    #[error("Access Denied because object protected by object lock.")]
    Compliance,
}

impl LockRefusal {
    /// AWS's error code.
    #[must_use]
    pub fn code(self) -> &'static str {
        "AccessDenied"
    }
}
