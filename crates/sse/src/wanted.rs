//! How a new object is to be encrypted.

use larder_config::encryption::{EncryptionConfiguration, SseAlgorithm};

use crate::CustomerKey;

/// How a new object is to be encrypted.
#[derive(Clone, Debug, Default)]
pub enum Wanted {
    /// Not at all: where the server's settings say so.
    Nothing,
    /// SSE-S3.
    #[default]
    Server,
    /// SSE-C.
    Customer(CustomerKey),
    /// SSE-KMS or DSSE-KMS.
    Kms(KmsWish),
}

/// SSE-KMS or DSSE-KMS as a request or a bucket asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KmsWish {
    /// The key by id, ARN or alias; `None` is the requester's `aws/s3` key.
    pub key: Option<String>,
    /// The encryption context that the client gives.
    pub context: Vec<(String, String)>,
    /// Whether the data key is sealed under a key of the bucket.
    pub bucket_key: bool,
    /// DSSE-KMS: encrypted twice. It has no bucket keys.
    pub twice: bool,
}

impl Wanted {
    /// What a bucket's default asks for, if it asks for anything.
    #[must_use]
    pub fn of_bucket(default: &EncryptionConfiguration) -> Option<Self> {
        Some(match default.algorithm? {
            SseAlgorithm::S3 => Self::Server,
            algorithm => Self::Kms(KmsWish {
                key: default.key.clone(),
                context: Vec::new(),
                bucket_key: default.bucket_key && algorithm == SseAlgorithm::Kms,
                twice: algorithm == SseAlgorithm::KmsDsse,
            }),
        })
    }
}
