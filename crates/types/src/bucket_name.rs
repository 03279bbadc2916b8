//! Bucket names.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::limits::{MAX_BUCKET_NAME, MIN_BUCKET_NAME};

/// A general purpose bucket's name under AWS's rules.
///
/// 3 to 63 lower-case letters, digits, dots and hyphens; begins and ends with a letter or digit; no two dots in a row; not
/// shaped like an IPv4 address; none of the reserved prefixes and suffixes.
/// Source: "General purpose bucket naming rules", Amazon S3 user guide.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BucketName(Arc<str>);

/// The text breaks a rule of bucket naming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name breaks the rules for bucket names")]
pub struct InvalidBucketName;

const RESERVED_PREFIXES: [&str; 2] = ["xn--", "sthree-"];
const RESERVED_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

impl BucketName {
    /// Parses a name.
    ///
    /// AWS also reserves `amzn-s3-demo-` for its documentation's examples, which people paste into a server of their own: that
    /// prefix is accepted.
    ///
    /// # Errors
    /// [`InvalidBucketName`] when a rule is broken.
    pub fn parse(text: &str) -> Result<Self, InvalidBucketName> {
        let bytes = text.as_bytes();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let well_formed = (MIN_BUCKET_NAME..=MAX_BUCKET_NAME).contains(&bytes.len())
            && bytes.iter().all(|&byte| plain(byte) || byte == b'.' || byte == b'-')
            && bytes.first().copied().is_some_and(plain)
            && bytes.last().copied().is_some_and(plain)
            && !text.contains("..")
            && !looks_like_ipv4(text);
        let reserved = RESERVED_PREFIXES.iter().any(|prefix| text.starts_with(prefix))
            || RESERVED_SUFFIXES.iter().any(|suffix| text.ends_with(suffix));
        if well_formed && !reserved { Ok(Self(text.into())) } else { Err(InvalidBucketName) }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn looks_like_ipv4(text: &str) -> bool {
    text.split('.').count() == 4
        && text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

impl TryFrom<String> for BucketName {
    type Error = InvalidBucketName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<BucketName> for String {
    fn from(name: BucketName) -> Self {
        name.0.as_ref().to_owned()
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rules() {
        for good in ["abc", "a.b", "my-bucket-1", "1234", "a".repeat(63).as_str(), "amzn-s3-demo-bucket", "1.2.3"] {
            assert!(BucketName::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "ab",
            "Abc",
            "a_b",
            "-abc",
            "abc-",
            ".abc",
            "abc.",
            "a..b",
            "192.168.5.4",
            "999.1.1.1",
            "xn--abc",
            "sthree-x",
            "a-s3alias",
            "a--ol-s3",
            "a.mrap",
            "a--x-s3",
            "a b",
            "ä-bucket",
            "a".repeat(64).as_str(),
        ] {
            assert_eq!(BucketName::parse(bad), Err(InvalidBucketName), "{bad}");
        }
    }
}
