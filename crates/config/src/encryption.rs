//! How a bucket's new objects are encrypted when the request does not say it.
//!
//! Sources: "Setting default server-side encryption behavior for Amazon S3 buckets" and "Blocking or unblocking SSE-C for a
//! general purpose bucket", Amazon S3 user guide; the API reference's ServerSideEncryptionRule.

use serde::{Deserialize, Serialize};

use crate::MALFORMED_XML;

/// Longest name of a KMS key, in bytes: an ARN with an alias of 256 characters fits.
const MAX_KEY_BYTES: usize = 2_048;

/// A kind of server-side encryption with keys that the server has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SseAlgorithm {
    /// SSE-S3: `AES256`.
    #[default]
    S3,
    /// SSE-KMS: `aws:kms`.
    Kms,
    /// DSSE-KMS: `aws:kms:dsse`, encrypted twice.
    KmsDsse,
}

impl SseAlgorithm {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::S3, Self::Kms, Self::KmsDsse];

    /// AWS's name for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::S3 => "AES256",
            Self::Kms => "aws:kms",
            Self::KmsDsse => "aws:kms:dsse",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A bucket's default encryption, and what it blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptionConfiguration {
    /// The kind of encryption; `None` leaves it to the server, which is SSE-S3 unless its operator says otherwise.
    pub algorithm: Option<SseAlgorithm>,
    /// The KMS key by id, ARN or alias; `None` is the account's `aws/s3` key.
    pub key: Option<String>,
    /// Whether objects' data keys are sealed under a key of the bucket, which saves calls of the KMS.
    pub bucket_key: bool,
    /// Whether uploads with a customer's key (SSE-C) are refused.
    pub blocks_customer_keys: bool,
}

/// One rule as its document says it.
#[derive(Clone, Copy, Debug)]
pub struct EncryptionRule<'a> {
    /// `SSEAlgorithm` and `KMSMasterKeyID` of `ApplyServerSideEncryptionByDefault`, when that is there.
    pub default: Option<(&'a str, Option<&'a str>)>,
    /// `BucketKeyEnabled`.
    pub bucket_key: Option<bool>,
    /// The types of `BlockedEncryptionTypes`, when that is there.
    pub blocked: Option<&'a [&'a str]>,
}

/// Why a document is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncryptionError {
    /// Not exactly one rule, or a value that is not known.
    #[error("{MALFORMED_XML}")]
    Malformed,
    /// A KMS key beside an algorithm that has none.
    #[error("a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")]
    KeyWithoutKms,
    /// A key's name that is empty or too long.
    #[error("The KMSMasterKeyID is not valid.")]
    InvalidKey,
}

impl EncryptionError {
    /// AWS's error code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "MalformedXML",
            Self::KeyWithoutKms | Self::InvalidKey => "InvalidArgument",
        }
    }

    /// The further elements of AWS's error document.
    #[must_use]
    pub fn details(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Malformed => Vec::new(),
            Self::KeyWithoutKms | Self::InvalidKey => vec![("ArgumentName", "KMSMasterKeyID".to_owned())],
        }
    }
}

impl EncryptionConfiguration {
    /// Reads the rules of a document. Where it says nothing of blocked types, `blocks_customer_keys` stays what it was.
    ///
    /// # Errors
    /// [`EncryptionError`].
    pub fn from_document(rules: &[EncryptionRule<'_>], blocks_customer_keys: bool) -> Result<Self, EncryptionError> {
        let [rule] = rules else { return Err(EncryptionError::Malformed) };
        let (algorithm, key) = match rule.default {
            None => (None, None),
            Some((name, key)) => (Some(SseAlgorithm::parse(name).ok_or(EncryptionError::Malformed)?), key),
        };
        match key {
            Some(_) if algorithm == Some(SseAlgorithm::S3) => return Err(EncryptionError::KeyWithoutKms),
            Some(key) if key.is_empty() || key.len() > MAX_KEY_BYTES => return Err(EncryptionError::InvalidKey),
            _ => {}
        }
        let blocks_customer_keys = match rule.blocked {
            None | Some([]) => blocks_customer_keys,
            Some(["NONE"]) => false,
            Some(types) if types.iter().all(|name| *name == "SSE-C") => true,
            Some(_) => return Err(EncryptionError::Malformed),
        };
        Ok(Self {
            algorithm,
            key: key.map(str::to_owned),
            bucket_key: rule.bucket_key.unwrap_or(false),
            blocks_customer_keys,
        })
    }

    /// The types that it blocks, as a document lists them.
    #[must_use]
    pub fn blocked_types(&self) -> &'static [&'static str] {
        if self.blocks_customer_keys { &["SSE-C"] } else { &["NONE"] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: EncryptionRule<'_> = EncryptionRule { default: None, bucket_key: None, blocked: None };

    #[test]
    fn a_document_has_one_rule_with_known_values() {
        let read = |rules: &[EncryptionRule<'_>]| EncryptionConfiguration::from_document(rules, true);
        assert_eq!(read(&[]), Err(EncryptionError::Malformed));
        assert_eq!(read(&[NOTHING, NOTHING]), Err(EncryptionError::Malformed));
        let of = |default| read(&[EncryptionRule { default: Some(default), ..NOTHING }]);
        assert_eq!(of(("aes256", None)), Err(EncryptionError::Malformed));
        assert_eq!(of(("AES256", Some("key"))), Err(EncryptionError::KeyWithoutKms));
        assert_eq!(of(("aws:kms", Some(""))), Err(EncryptionError::InvalidKey));
        let kms = of(("aws:kms:dsse", Some("alias/mine"))).expect("valid");
        assert_eq!((kms.algorithm, kms.key.as_deref()), (Some(SseAlgorithm::KmsDsse), Some("alias/mine")));
        assert!(!kms.bucket_key);
    }

    #[test]
    fn what_is_blocked_stays_until_the_document_says_otherwise() {
        let blocks = |blocked, before| {
            let rule = EncryptionRule { blocked, ..NOTHING };
            EncryptionConfiguration::from_document(&[rule], before).map(|read| read.blocks_customer_keys)
        };
        for before in [true, false] {
            assert_eq!(blocks(None, before), Ok(before));
            assert_eq!(blocks(Some(&["NONE"]), before), Ok(false));
            assert_eq!(blocks(Some(&["SSE-C"]), before), Ok(true));
            assert_eq!(blocks(Some(&["NONE", "SSE-C"]), before), Err(EncryptionError::Malformed));
            assert_eq!(blocks(Some(&["SSE-S3"]), before), Err(EncryptionError::Malformed));
        }
    }
}
