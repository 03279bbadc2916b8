//! Places that commands name: a path on this machine, or `s3://bucket/key`.

use std::fmt;
use std::path::PathBuf;

/// A place given on a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A file or a folder on this machine.
    Local(PathBuf),
    /// A bucket, a prefix in it, or an object.
    Bucket(BucketPath),
}

/// `s3://bucket/key`, where the key may be empty, a prefix or a whole key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketPath {
    /// The bucket's name, or the ARN of an access point.
    pub bucket: String,
    /// Empty for the bucket itself.
    pub key: String,
}

/// A text that names no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// `s3://` and nothing more.
    #[error("`{0}` names no bucket")]
    NoBucket(String),
    /// Not an S3 URI where one is needed.
    #[error("`{0}` does not begin with s3://")]
    NotS3(String),
    /// Nothing at all.
    #[error("an empty text is no path")]
    Empty,
}

impl Location {
    /// Reads what a user wrote.
    ///
    /// # Errors
    /// When the text is empty, or is `s3://` without a bucket.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        if text.is_empty() {
            return Err(LocationError::Empty);
        }
        if text.starts_with(SCHEME) {
            return BucketPath::parse(text).map(Self::Bucket);
        }
        Ok(Self::Local(PathBuf::from(text)))
    }
}

const SCHEME: &str = "s3://";

impl BucketPath {
    /// Reads `s3://bucket`, `s3://bucket/` or `s3://bucket/key`. The bucket may be the ARN of an access point, whose last
    /// part follows a slash.
    ///
    /// # Errors
    /// When the scheme or the bucket is missing.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| LocationError::NotS3(text.to_owned()))?;
        let split_at = if rest.starts_with("arn:") { rest.find(":accesspoint/").map(|at| at + 13) } else { None };
        let from = split_at.unwrap_or(0);
        let end = rest[from..].find('/').map_or(rest.len(), |at| from + at);
        if end == 0 {
            return Err(LocationError::NoBucket(text.to_owned()));
        }
        let key = rest.get(end + 1..).unwrap_or_default();
        Ok(Self { bucket: rest[..end].to_owned(), key: key.to_owned() })
    }

    /// Reads a bucket with or without the scheme, as `ls` and `mb` take it.
    ///
    /// # Errors
    /// When there is no bucket.
    pub fn parse_bucket_or_uri(text: &str) -> Result<Self, LocationError> {
        if text.starts_with(SCHEME) { Self::parse(text) } else { Self::parse(&format!("{SCHEME}{text}")) }
    }

    /// The place of `key` in the same bucket.
    #[must_use]
    pub fn with_key(&self, key: impl Into<String>) -> Self {
        Self { bucket: self.bucket.clone(), key: key.into() }
    }

    /// The key as the prefix of everything below it: with a slash at its end, unless it is the whole bucket.
    #[must_use]
    pub fn as_folder(&self) -> Self {
        if self.key.is_empty() || self.key.ends_with('/') {
            return self.clone();
        }
        self.with_key(format!("{}/", self.key))
    }

    /// Whether it names a bucket or a prefix that ends at a slash, so that a copy to it keeps the source's name.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.key.is_empty() || self.key.ends_with('/')
    }
}

impl fmt::Display for BucketPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.bucket, self.key)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => path.display().fmt(f),
            Self::Bucket(path) => path.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Option<(String, String)> {
        BucketPath::parse(text).ok().map(|path| (path.bucket, path.key))
    }

    #[test]
    fn uris_split_into_bucket_and_key() {
        let pair = |bucket: &str, key: &str| Some((bucket.to_owned(), key.to_owned()));
        assert_eq!(split("s3://b"), pair("b", ""));
        assert_eq!(split("s3://b/"), pair("b", ""));
        assert_eq!(split("s3://b/k/l"), pair("b", "k/l"));
        assert_eq!(split("s3://b//k"), pair("b", "/k"));
        let arn = "arn:aws:s3:us-west-2:123456789012:accesspoint/mine";
        assert_eq!(split(&format!("s3://{arn}/a/b")), pair(arn, "a/b"));
        assert_eq!(split("s3://"), None);
        assert_eq!(split("s3:///k"), None);
        assert_eq!(split("/tmp"), None);
    }

    #[test]
    fn what_is_no_uri_is_a_path() {
        assert_eq!(Location::parse("a/b"), Ok(Location::Local("a/b".into())));
        assert_eq!(Location::parse(""), Err(LocationError::Empty));
        assert_eq!(Location::parse("s3:/b"), Ok(Location::Local("s3:/b".into())));
    }
}
