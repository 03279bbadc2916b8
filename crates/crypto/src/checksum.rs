//! One algorithm over one stream, and the checksum of checksums.

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use crc_fast::CrcAlgorithm;
use larder_types::{Checksum, ChecksumAlgorithm};

/// Streams bytes through one of S3's checksum algorithms.
#[derive(Clone)]
pub struct ChecksumHasher {
    algorithm: ChecksumAlgorithm,
    state: State,
}

// Both variants are of a few hundred bytes and the hasher lives as long as a request: boxing would gain nothing.
#[expect(clippy::large_enum_variant)]
#[derive(Clone)]
enum State {
    Crc(crc_fast::Digest),
    Sha(Context),
}

impl ChecksumHasher {
    /// A hasher that has seen no bytes.
    #[must_use]
    pub fn new(algorithm: ChecksumAlgorithm) -> Self {
        let state = match algorithm {
            ChecksumAlgorithm::Crc32 => State::Crc(crc_fast::Digest::new(CrcAlgorithm::Crc32IsoHdlc)),
            ChecksumAlgorithm::Crc32c => State::Crc(crc_fast::Digest::new(CrcAlgorithm::Crc32Iscsi)),
            ChecksumAlgorithm::Crc64Nvme => State::Crc(crc_fast::Digest::new(CrcAlgorithm::Crc64Nvme)),
            ChecksumAlgorithm::Sha1 => State::Sha(Context::new(&SHA1_FOR_LEGACY_USE_ONLY)),
            ChecksumAlgorithm::Sha256 => State::Sha(Context::new(&SHA256)),
        };
        Self { algorithm, state }
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Crc(digest) => digest.update(bytes),
            State::Sha(context) => context.update(bytes),
        }
    }

    /// The checksum of everything taken in.
    #[must_use]
    pub fn finish(self) -> Checksum {
        let size = self.algorithm.size();
        let value = match self.state {
            State::Crc(digest) => Checksum::new(self.algorithm, &digest.finalize().to_be_bytes()[8 - size..]),
            State::Sha(context) => Checksum::new(self.algorithm, context.finish().as_ref()),
        };
        value.expect("a finished digest has its algorithm's size")
    }
}

/// The composite checksum of a multipart object: the checksum of its parts' raw checksums, one after another.
///
/// `None` when a part's checksum is of another algorithm, and for CRC-64/NVME, of which S3 has no composite kind. S3 shows
/// the value with `-` and the number of parts after it; that suffix is not part of it.
/// Source: "Checking object integrity", Amazon S3 user guide.
#[must_use]
pub fn composite<'a>(algorithm: ChecksumAlgorithm, parts: impl Iterator<Item = &'a Checksum>) -> Option<Checksum> {
    if algorithm == ChecksumAlgorithm::Crc64Nvme {
        return None;
    }
    let mut hasher = ChecksumHasher::new(algorithm);
    for part in parts {
        if part.algorithm() != algorithm {
            return None;
        }
        hasher.update(part.value());
    }
    Some(hasher.finish())
}
