//! Everything that must be known about a body, in one pass over it.

use aws_lc_rs::digest::{Context, SHA256};
use larder_types::{Checksum, ChecksumAlgorithm, ETag};

use crate::{ChecksumHasher, Md5};

/// Bytes that go through every digest before the next are touched: small enough to stay in the first-level cache.
const SLICE: usize = 16 * 1024;

/// Which digests of a body are needed. MD5 costs more than all else that is done with a body: it is worth leaving out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashPlan {
    /// The MD5, for an entity tag that is one and to compare with `Content-MD5`.
    pub md5: bool,
    /// The SHA-256, to compare with `x-amz-content-sha256`.
    pub sha256: bool,
    /// The additional checksum that is verified or stored.
    pub checksum: Option<ChecksumAlgorithm>,
}

impl HashPlan {
    /// The MD5 alone.
    pub const MD5: Self = Self { md5: true, sha256: false, checksum: None };
}

/// What a [`ContentHasher`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentDigests {
    /// Bytes of content.
    pub length: u64,
    /// The MD5, when the plan asked for it.
    pub md5: Option<[u8; 16]>,
    /// SHA-256 of the content, when the plan asked for it.
    pub sha256: Option<[u8; 32]>,
    /// The additional checksum, when the plan asked for one.
    pub checksum: Option<Checksum>,
}

/// Streams content through every digest that its plan asks for, a buffer at a time while that is in cache.
///
/// A SHA-256 that is asked for twice, as digest and as checksum, is computed once.
#[derive(Clone)]
pub struct ContentHasher {
    plan: HashPlan,
    length: u64,
    md5: Option<Md5>,
    sha256: Option<Context>,
    checksum: Option<ChecksumHasher>,
}

impl ContentHasher {
    /// A hasher that has seen no bytes.
    #[must_use]
    pub fn new(plan: HashPlan) -> Self {
        let both = plan.sha256 && plan.checksum == Some(ChecksumAlgorithm::Sha256);
        Self {
            plan,
            length: 0,
            md5: plan.md5.then(Md5::default),
            sha256: plan.sha256.then(|| Context::new(&SHA256)),
            checksum: plan.checksum.filter(|_| !both).map(ChecksumHasher::new),
        }
    }

    /// Takes in the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        for slice in bytes.chunks(SLICE) {
            if let Some(md5) = &mut self.md5 {
                md5.update(slice);
            }
            if let Some(sha256) = &mut self.sha256 {
                sha256.update(slice);
            }
            if let Some(checksum) = &mut self.checksum {
                checksum.update(slice);
            }
        }
    }

    /// Bytes taken in so far.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The digests of everything taken in.
    #[must_use]
    pub fn finish(self) -> ContentDigests {
        let sha256 = self.sha256.map(|context| {
            let mut value = [0; 32];
            value.copy_from_slice(context.finish().as_ref());
            value
        });
        let checksum = match (self.checksum, self.plan.checksum, sha256) {
            (Some(hasher), _, _) => Some(hasher.finish()),
            (None, Some(algorithm), Some(value)) => Checksum::new(algorithm, &value).ok(),
            (None, _, _) => None,
        };
        let md5 = self.md5.map(Md5::finish);
        ContentDigests { length: self.length, md5, sha256, checksum }
    }
}

/// The entity tag of a multipart object: the MD5 of its parts' MD5s one after another, with the number of parts.
///
/// Counts beyond `u16::MAX` are written as that; S3 allows 10,000 parts.
#[must_use]
pub fn multipart_etag(parts: impl Iterator<Item = ETag>) -> ETag {
    let mut md5 = Md5::default();
    let mut count = 0_u16;
    for part in parts {
        md5.update(&part.digest);
        count = count.saturating_add(1);
    }
    ETag { digest: md5.finish(), parts: count }
}
