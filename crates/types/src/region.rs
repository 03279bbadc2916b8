//! Region names.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A region's name such as `eu-central-1`: 1 to 63 lower-case letters, digits and hyphens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(Arc<str>);

/// The text cannot name a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a region name is 1 to 63 lower-case letters, digits and hyphens")]
pub struct InvalidRegion;

impl Region {
    /// AWS's oldest region, which a bucket without a LocationConstraint is in.
    pub const US_EAST_1: &'static str = "us-east-1";

    /// Parses a region's name.
    ///
    /// # Errors
    /// [`InvalidRegion`] when another character occurs or the length is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidRegion> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=63).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidRegion)
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Region {
    type Error = InvalidRegion;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.0.as_ref().to_owned()
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
