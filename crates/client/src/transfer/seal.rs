//! What content is checked against.

use aws_sdk_s3::types::ChecksumType;
use larder_crypto::{ChecksumHasher, ContentHasher, HashPlan, composite, parse_checksum};
use larder_types::{Checksum, ChecksumAlgorithm};

/// What a server said about an object's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seal {
    /// A checksum of the whole.
    Whole(Checksum),
    /// The MD5 that is the entity tag of an object that came in one piece and is not encrypted with a key of its own.
    Md5([u8; 16]),
    /// A checksum of the parts' checksums. It says nothing without the parts' sizes.
    Parts {
        /// The checksum of checksums.
        checksum: Checksum,
        /// How many parts.
        count: u32,
        /// Their sizes in order, where they are known.
        sizes: Vec<u64>,
    },
    /// Nothing to check against.
    None,
}

/// What an answer's headers say, in the order of preference.
pub(crate) struct Claims<'a> {
    pub(crate) crc64: Option<&'a str>,
    pub(crate) crc32c: Option<&'a str>,
    pub(crate) crc32: Option<&'a str>,
    pub(crate) sha256: Option<&'a str>,
    pub(crate) sha1: Option<&'a str>,
    pub(crate) kind: Option<&'a ChecksumType>,
    pub(crate) etag: Option<&'a str>,
    /// The entity tag is no MD5 then.
    pub(crate) own_key: bool,
}

/// HEAD and GET answers have the same methods and no trait for them.
macro_rules! claims {
    ($answer:expr) => {
        $crate::transfer::seal::Claims {
            crc64: $answer.checksum_crc64_nvme(),
            crc32c: $answer.checksum_crc32_c(),
            crc32: $answer.checksum_crc32(),
            sha256: $answer.checksum_sha256(),
            sha1: $answer.checksum_sha1(),
            kind: $answer.checksum_type(),
            etag: $answer.e_tag(),
            own_key: $answer.ssekms_key_id().is_some() || $answer.sse_customer_algorithm().is_some(),
        }
    };
}
pub(crate) use claims;

impl Seal {
    pub(crate) fn of(claims: &Claims<'_>) -> Self {
        use ChecksumAlgorithm::{Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
        let named = [
            (Crc64Nvme, claims.crc64),
            (Crc32c, claims.crc32c),
            (Crc32, claims.crc32),
            (Sha256, claims.sha256),
            (Sha1, claims.sha1),
        ];
        let found = named.into_iter().find_map(|(algorithm, text)| text.map(|text| (algorithm, text)));
        if let Some(seal) = found.and_then(|(algorithm, text)| Self::parse(algorithm, text, claims.kind)) {
            return seal;
        }
        let md5 = claims.etag.filter(|_| !claims.own_key).and_then(md5_of_etag);
        md5.map_or(Self::None, Self::Md5)
    }

    /// `abc=` or, over parts, `abc=-3`.
    fn parse(algorithm: ChecksumAlgorithm, text: &str, kind: Option<&ChecksumType>) -> Option<Self> {
        let (value, count) = match text.rsplit_once('-') {
            Some((value, count)) => (value, count.parse().ok()),
            None => (text, None),
        };
        let checksum = parse_checksum(algorithm, value).ok()?;
        match (count, kind) {
            (Some(count), _) => Some(Self::Parts { checksum, count, sizes: Vec::new() }),
            (None, Some(ChecksumType::Composite)) => None,
            (None, _) => Some(Self::Whole(checksum)),
        }
    }

    /// The algorithm whose values over adjoining ranges give the seal's, if there is one.
    pub(crate) fn combines(&self) -> Option<ChecksumAlgorithm> {
        match self {
            Self::Whole(checksum) if checksum.algorithm().combines() => Some(checksum.algorithm()),
            _ => None,
        }
    }

    /// Whether it can be checked only by reading the whole in order, and not from what ranges have given.
    pub(crate) fn needs_the_whole(&self) -> bool {
        self.is_some() && self.combines().is_none()
    }

    /// Whether there is anything to check.
    #[must_use]
    pub fn is_some(&self) -> bool {
        match self {
            Self::None => false,
            Self::Parts { sizes, .. } => !sizes.is_empty(),
            Self::Whole(_) | Self::Md5(_) => true,
        }
    }

    /// Begins to check content against it.
    #[must_use]
    pub fn check(&self) -> Check {
        let hasher = match self {
            Self::Whole(checksum) => Hasher::Whole(ChecksumHasher::new(checksum.algorithm())),
            Self::Md5(_) => Hasher::Md5(Box::new(ContentHasher::new(HashPlan::MD5))),
            Self::Parts { checksum, sizes, .. } if !sizes.is_empty() => {
                Hasher::Parts { done: Vec::new(), now: ChecksumHasher::new(checksum.algorithm()), left: sizes[0] }
            }
            Self::Parts { .. } | Self::None => Hasher::None,
        };
        Check { seal: self.clone(), hasher }
    }
}

fn md5_of_etag(etag: &str) -> Option<[u8; 16]> {
    let mut md5 = [0; 16];
    hex::decode_to_slice(etag.trim_matches('"'), &mut md5).ok()?;
    Some(md5)
}

/// Content on its way past a seal.
pub struct Check {
    seal: Seal,
    hasher: Hasher,
}

enum Hasher {
    Whole(ChecksumHasher),
    Md5(Box<ContentHasher>),
    Parts { done: Vec<Checksum>, now: ChecksumHasher, left: u64 },
    None,
}

impl Check {
    /// Takes in the next bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        match (&mut self.hasher, &self.seal) {
            (Hasher::Whole(hasher), _) => hasher.update(bytes),
            (Hasher::Md5(hasher), _) => hasher.update(bytes),
            (Hasher::Parts { done, now, left }, Seal::Parts { checksum, sizes, .. }) => {
                while !bytes.is_empty() {
                    let length = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    now.update(&bytes[..length]);
                    bytes = &bytes[length..];
                    *left -= length as u64;
                    while *left == 0 {
                        done.push(std::mem::replace(now, ChecksumHasher::new(checksum.algorithm())).finish());
                        *left = sizes.get(done.len()).copied().unwrap_or(u64::MAX);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether everything taken in is what the seal is of; `true` when there is nothing to check against.
    #[must_use]
    pub fn finish(self) -> bool {
        match (self.hasher, self.seal) {
            (Hasher::Whole(hasher), Seal::Whole(checksum)) => hasher.finish() == checksum,
            (Hasher::Md5(hasher), Seal::Md5(md5)) => hasher.finish().md5 == Some(md5),
            (Hasher::Parts { mut done, now, left }, Seal::Parts { checksum, sizes, .. }) => {
                // An object of nothing has one part, which no byte completes.
                if left == 0 {
                    done.push(now.finish());
                }
                let is_long = left != 0 && left != u64::MAX;
                !is_long && done.len() == sizes.len() && composite(checksum.algorithm(), done.iter()) == Some(checksum)
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(seal: &Seal, content: &[u8]) -> bool {
        let mut check = seal.check();
        for chunk in content.chunks(3) {
            check.update(chunk);
        }
        check.finish()
    }

    fn crc32(content: &[u8]) -> Checksum {
        let mut hasher = ChecksumHasher::new(ChecksumAlgorithm::Crc32);
        hasher.update(content);
        hasher.finish()
    }

    #[test]
    fn seals_hold_their_content_only() {
        let content = b"some content of two parts";
        let whole = Seal::Whole(crc32(content));
        let parts = [crc32(&content[..10]), crc32(&content[10..])];
        let checksum = composite(ChecksumAlgorithm::Crc32, parts.iter()).expect("CRC32 has composites");
        let parts = Seal::Parts { checksum, count: 2, sizes: vec![10, 15] };
        let md5 = Seal::Md5(md5_of_etag("\"900150983cd24fb0d6963f7d28e17f72\"").expect("an MD5"));
        assert!(holds(&whole, content) && holds(&parts, content) && holds(&md5, b"abc") && holds(&Seal::None, b"x"));
        let nothing = [crc32(b"")];
        let checksum = composite(ChecksumAlgorithm::Crc32, nothing.iter()).expect("CRC32 has composites");
        let empty = Seal::Parts { checksum, count: 1, sizes: vec![0] };
        assert!(holds(&empty, b"") && !holds(&empty, b"x"));
        let last_is_empty = [crc32(&content[..10]), crc32(b"")];
        let checksum = composite(ChecksumAlgorithm::Crc32, last_is_empty.iter()).expect("CRC32 has composites");
        assert!(holds(&Seal::Parts { checksum, count: 2, sizes: vec![10, 0] }, &content[..10]));
        assert!(!holds(&whole, b"other") && !holds(&parts, &content[1..]) && !holds(&md5, b"abd"));
        assert_eq!(md5_of_etag("\"900150983cd24fb0d6963f7d28e17f72-2\""), None);
    }

    #[test]
    fn headers_are_read() {
        let nothing = || Claims {
            crc64: None,
            crc32c: None,
            crc32: None,
            sha256: None,
            sha1: None,
            kind: None,
            etag: Some("\"900150983cd24fb0d6963f7d28e17f72\""),
            own_key: false,
        };
        assert!(matches!(Seal::of(&nothing()), Seal::Md5(_)));
        assert_eq!(Seal::of(&Claims { own_key: true, ..nothing() }), Seal::None);
        assert!(matches!(Seal::of(&Claims { crc32: Some("AAAAAA=="), ..nothing() }), Seal::Whole(_)));
        let over_parts = Claims { crc32: Some("AAAAAA==-3"), kind: Some(&ChecksumType::Composite), ..nothing() };
        assert!(matches!(Seal::of(&over_parts), Seal::Parts { count: 3, .. }));
    }
}
