//! Part numbers of multipart uploads.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::MAX_PART_NUMBER;

/// A part's number: 1 to 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct PartNumber(u16);

/// The number is not between 1 and 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a part number is between 1 and {MAX_PART_NUMBER}")]
pub struct InvalidPartNumber;

impl PartNumber {
    /// Takes a number as a part number.
    ///
    /// # Errors
    /// [`InvalidPartNumber`] outside 1 to 10,000.
    pub fn new(number: i64) -> Result<Self, InvalidPartNumber> {
        match u16::try_from(number) {
            Ok(number @ 1..=MAX_PART_NUMBER) => Ok(Self(number)),
            _ => Err(InvalidPartNumber),
        }
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for PartNumber {
    type Error = InvalidPartNumber;

    fn try_from(number: u16) -> Result<Self, Self::Error> {
        Self::new(i64::from(number))
    }
}

impl From<PartNumber> for u16 {
    fn from(number: PartNumber) -> Self {
        number.0
    }
}

impl fmt::Display for PartNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
