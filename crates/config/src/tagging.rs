//! Tags of objects and buckets.
//!
//! Sources: "Categorizing your objects using tags" in the Amazon S3 user guide; the type `Tag` in the API reference, which
//! gives the pattern of allowed characters.

use larder_types::limits::{MAX_BUCKET_TAGS, MAX_OBJECT_TAGS, MAX_TAG_KEY, MAX_TAG_VALUE};
use serde::{Deserialize, Serialize};

use crate::MALFORMED_XML;

/// What the tags are put on: the limits are the same in kind, the numbers and messages differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagScope {
    /// An object version.
    Object,
    /// A bucket, by PutBucketTagging.
    Bucket,
    /// A bucket, by CreateBucket.
    NewBucket,
}

impl TagScope {
    fn limit(self) -> usize {
        match self {
            Self::Object => MAX_OBJECT_TAGS,
            Self::Bucket | Self::NewBucket => MAX_BUCKET_TAGS,
        }
    }
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tag {
    /// Its key; keys of a set differ.
    pub key: String,
    /// Its value, which may be empty.
    pub value: String,
}

/// A set of tags, ordered by key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TagSet(Vec<Tag>);

/// Why tags are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// A tag without key or value.
    #[error("{MALFORMED_XML}")]
    Malformed,
    /// More tags than an object can have.
    #[error("Object tags cannot be greater than {MAX_OBJECT_TAGS}")]
    TooManyOnObject,
    /// More tags than a bucket can have.
    #[error("Bucket tag count cannot be greater than {MAX_BUCKET_TAGS}")]
    TooManyOnBucket,
    /// A key that is empty, too long or has a character that is not allowed.
    #[error("The TagKey you have provided is invalid")]
    InvalidKey {
        /// The key.
        key: String,
    },
    /// A value that is too long or has a character that is not allowed.
    #[error("The TagValue you have provided is invalid")]
    InvalidValue {
        /// The key.
        key: String,
        /// The value.
        value: String,
    },
    /// A key that occurs twice.
    #[error("Cannot provide multiple Tags with the same key")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A key with AWS's own prefix, on an object.
    #[error("Your TagKey cannot be prefixed with aws:")]
    SystemKeyOnObject {
        /// The key.
        key: String,
    },
    /// A key with AWS's own prefix, on a bucket.
    #[error("System tags cannot be added/updated by requester")]
    SystemKeyOnBucket {
        /// The key.
        key: String,
    },
    /// A key with AWS's own prefix, in CreateBucket.
    #[error(
        "User-defined tag keys can't start with \"aws:\". This prefix is reserved for system tags. Remove \"aws:\" from your tag keys and try again."
    )]
    SystemKeyOnNewBucket,
    /// An `x-amz-tagging` header that is not URL-encoded or repeats a key.
    #[error(
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."
    )]
    InvalidHeader {
        /// The header's value.
        value: String,
    },
}

impl TagError {
    /// AWS's error code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "MalformedXML",
            Self::TooManyOnObject | Self::TooManyOnBucket => "BadRequest",
            Self::InvalidHeader { .. } => "InvalidArgument",
            Self::InvalidKey { .. }
            | Self::InvalidValue { .. }
            | Self::DuplicateKey { .. }
            | Self::SystemKeyOnObject { .. }
            | Self::SystemKeyOnBucket { .. }
            | Self::SystemKeyOnNewBucket => "InvalidTag",
        }
    }

    /// The further elements of AWS's error document.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Malformed | Self::TooManyOnObject | Self::TooManyOnBucket | Self::SystemKeyOnNewBucket => Vec::new(),
            Self::InvalidKey { key }
            | Self::DuplicateKey { key }
            | Self::SystemKeyOnObject { key }
            | Self::SystemKeyOnBucket { key } => vec![("TagKey", key.clone())],
            Self::InvalidValue { key, value } => vec![("TagKey", key.clone()), ("TagValue", value.clone())],
            Self::InvalidHeader { value } => {
                vec![("ArgumentName", "x-amz-tagging".to_owned()), ("ArgumentValue", value.clone())]
            }
        }
    }
}

impl TagSet {
    /// A set from the key and value of each `Tag` of a `Tagging` document, `None` for an element that is missing.
    ///
    /// # Errors
    /// [`TagError`] names the first tag that breaks a rule of the scope.
    pub fn new(
        scope: TagScope,
        pairs: impl IntoIterator<Item = (Option<String>, Option<String>)>,
    ) -> Result<Self, TagError> {
        let mut tags = Vec::new();
        for (key, value) in pairs {
            let (Some(key), Some(value)) = (key, value) else {
                return Err(TagError::Malformed);
            };
            if tags.len() == scope.limit() {
                return Err(match scope {
                    TagScope::Object => TagError::TooManyOnObject,
                    TagScope::Bucket | TagScope::NewBucket => TagError::TooManyOnBucket,
                });
            }
            tags.push(Tag { key, value });
        }
        for tag in &tags {
            check(scope, tag)?;
        }
        Self::ordered(tags).map_err(|key| TagError::DuplicateKey { key })
    }

    /// An object's tags from the value of an `x-amz-tagging` header: a URL query such as `project=x&urgent`.
    ///
    /// A key without `=` has the empty value, and empty parameters are skipped, as AWS does.
    ///
    /// # Errors
    /// [`TagError`] says what is wrong with the header or names the first tag that breaks a rule.
    pub fn from_header(header: &str) -> Result<Self, TagError> {
        let invalid = || TagError::InvalidHeader { value: header.to_owned() };
        let mut tags = Vec::new();
        for parameter in header.split('&').filter(|parameter| !parameter.is_empty()) {
            let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            if key.is_empty() || value.contains('=') {
                return Err(invalid());
            }
            let (Some(key), Some(value)) = (decode(key), decode(value)) else {
                return Err(invalid());
            };
            if tags.len() == MAX_OBJECT_TAGS {
                return Err(TagError::TooManyOnObject);
            }
            let tag = Tag { key, value };
            check(TagScope::Object, &tag)?;
            tags.push(tag);
        }
        Self::ordered(tags).map_err(|_| invalid())
    }

    /// Orders the tags; the key of two of them is the error.
    fn ordered(mut tags: Vec<Tag>) -> Result<Self, String> {
        tags.sort_by(|left, right| left.key.cmp(&right.key));
        match tags.windows(2).find(|pair| pair[0].key == pair[1].key) {
            Some(pair) => Err(pair[0].key.clone()),
            None => Ok(Self(tags)),
        }
    }

    /// The tags, ordered by key.
    #[must_use]
    pub fn tags(&self) -> &[Tag] {
        &self.0
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        let index = self.0.binary_search_by(|tag| tag.key.as_str().cmp(key)).ok()?;
        Some(&self.0[index].value)
    }

    /// How many tags there are: the value of `x-amz-tagging-count`.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no tag.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn check(scope: TagScope, tag: &Tag) -> Result<(), TagError> {
    let units = |text: &str| text.encode_utf16().count();
    let key = || tag.key.clone();
    if tag.key.is_empty() || units(&tag.key) > MAX_TAG_KEY || !tag.key.chars().all(allowed) {
        return Err(TagError::InvalidKey { key: key() });
    }
    if units(&tag.value) > MAX_TAG_VALUE || !tag.value.chars().all(allowed) {
        return Err(TagError::InvalidValue { key: key(), value: tag.value.clone() });
    }
    // The prefix is reserved in any case of its letters.
    if tag.key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
        return Err(match scope {
            TagScope::Object => TagError::SystemKeyOnObject { key: key() },
            TagScope::Bucket => TagError::SystemKeyOnBucket { key: key() },
            TagScope::NewBucket => TagError::SystemKeyOnNewBucket,
        });
    }
    Ok(())
}

/// AWS's pattern `[\p{L}\p{Z}\p{N}_.:/=+\-@]`. "Alphabetic" is `\p{L}` and the vowel signs of scripts that need them.
fn allowed(character: char) -> bool {
    character.is_alphanumeric()
        || (character.is_whitespace() && !character.is_control())
        || "_.:/=+-@".contains(character)
}

/// Decodes a form-encoded key or value; `None` for a broken escape or bytes that are not UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high << 4 | low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}
