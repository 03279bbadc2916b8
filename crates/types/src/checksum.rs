//! Additional checksums: their algorithms, kinds and values.
//!
//! Source: "Checking object integrity", Amazon S3 user guide.

use serde::{Deserialize, Serialize};

/// A checksum algorithm that S3 offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChecksumAlgorithm {
    /// CRC-32 (ISO-HDLC).
    Crc32,
    /// CRC-32C (Castagnoli).
    Crc32c,
    /// CRC-64/NVME.
    Crc64Nvme,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl ChecksumAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 5] = [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    /// AWS's name for it, as in `x-amz-checksum-algorithm`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header that carries a value of it.
    #[must_use]
    pub fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// Parses AWS's name, in either case as AWS takes it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(text))
    }

    /// The algorithm whose value the header of this lower-case name carries.
    #[must_use]
    pub fn from_header(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.header() == name)
    }

    /// Bytes in a value.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Whether values over adjoining pieces combine into the value over the whole (the CRCs do).
    #[must_use]
    pub fn combines(self) -> bool {
        matches!(self, Self::Crc32 | Self::Crc32c | Self::Crc64Nvme)
    }
}

/// What a multipart object's checksum is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChecksumType {
    /// Over the whole content.
    FullObject,
    /// Over the parts' checksums.
    Composite,
}

impl ChecksumType {
    /// AWS's name for it, as in `x-amz-checksum-type`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FullObject => "FULL_OBJECT",
            Self::Composite => "COMPOSITE",
        }
    }

    /// Parses AWS's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::FullObject, Self::Composite].into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }
}

/// A checksum's value with its algorithm; the bytes' number is the algorithm's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(ChecksumAlgorithm, Vec<u8>)", into = "(ChecksumAlgorithm, Vec<u8>)")]
pub struct Checksum {
    algorithm: ChecksumAlgorithm,
    bytes: [u8; 32],
}

/// A value whose size is not the algorithm's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the checksum's size is not that of its algorithm")]
pub struct InvalidChecksum;

impl Checksum {
    /// A value of an algorithm.
    ///
    /// # Errors
    /// [`InvalidChecksum`] when the number of bytes is not the algorithm's.
    pub fn new(algorithm: ChecksumAlgorithm, value: &[u8]) -> Result<Self, InvalidChecksum> {
        if value.len() != algorithm.size() {
            return Err(InvalidChecksum);
        }
        let mut bytes = [0; 32];
        bytes[..value.len()].copy_from_slice(value);
        Ok(Self { algorithm, bytes })
    }

    /// Its algorithm.
    #[must_use]
    pub fn algorithm(&self) -> ChecksumAlgorithm {
        self.algorithm
    }

    /// Its value, big-endian for the CRCs.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.bytes[..self.algorithm.size()]
    }
}

impl TryFrom<(ChecksumAlgorithm, Vec<u8>)> for Checksum {
    type Error = InvalidChecksum;

    fn try_from((algorithm, value): (ChecksumAlgorithm, Vec<u8>)) -> Result<Self, Self::Error> {
        Self::new(algorithm, &value)
    }
}

impl From<Checksum> for (ChecksumAlgorithm, Vec<u8>) {
    fn from(checksum: Checksum) -> Self {
        (checksum.algorithm, checksum.value().to_vec())
    }
}
