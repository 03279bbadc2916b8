//! How an object is encrypted, within the records of versions and uploads.

use larder_crypto::Stream;
use larder_types::PartNumber;
use serde::{Deserialize, Serialize};

/// How an object's content is encrypted, and its data key as it is stored. `docs/formats/encryption.md` describes both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encryption {
    /// Random; names the object in every frame of its content.
    pub stream: [u8; 16],
    /// Its data key.
    pub key: StoredKey,
}

/// A data key that only its keeper can open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoredKey {
    /// SSE-S3: sealed under a master key of the server.
    Server(ServerKey),
    /// SSE-C: sealed under a key that follows from the customer's, which is not kept.
    Customer {
        /// Random; the sealing key depends on it.
        salt: [u8; 16],
        /// The data key.
        sealed: Vec<u8>,
    },
    /// SSE-KMS and DSSE-KMS.
    Kms(Box<KmsKey>),
}

/// A data key under a master key of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerKey {
    /// Which master key.
    pub master: u32,
    /// The data key.
    pub sealed: Vec<u8>,
}

/// A data key under a key of the KMS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KmsKey {
    /// The ARN of the KMS key.
    pub arn: String,
    /// The encryption context that the client gave, besides what S3 adds.
    pub context: Vec<(String, String)>,
    /// What the KMS gave out and opens: the data key, or the bucket key that it is sealed under.
    pub ciphertext: Vec<u8>,
    /// With a bucket key, the data key sealed under it.
    pub under_bucket_key: Option<Vec<u8>>,
    /// DSSE-KMS: the data key of the second layer.
    pub second: Option<ServerKey>,
}

impl Encryption {
    /// Whether the entity tag of such an object is the MD5 of its content.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html>
    #[must_use]
    pub fn shows_md5(&self) -> bool {
        matches!(self.key, StoredKey::Server(_))
    }

    /// Whether the data key is under a key that the customer keeps.
    #[must_use]
    pub fn is_customers(&self) -> bool {
        matches!(self.key, StoredKey::Customer { .. })
    }

    /// What the frames of an object that is put whole are bound to.
    pub(crate) fn whole(&self) -> Stream {
        Stream::whole(self.stream)
    }

    /// What the frames of a part are bound to.
    pub(crate) fn part(&self, number: PartNumber, content: [u8; 16]) -> Stream {
        Stream { object: self.stream, content, part: number.get() }
    }
}
