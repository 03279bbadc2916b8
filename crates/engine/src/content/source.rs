//! Where the bytes of a write come from.

use bytes::Bytes;
use larder_types::Checksum;

/// Why a source stopped before its end. The caller that made the source knows what is inside.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// What the content must turn out to be; each that is given is checked before anything becomes visible.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Its length in bytes.
    pub length: Option<u64>,
    /// `Content-MD5`.
    pub md5: Option<[u8; 16]>,
    /// `x-amz-content-sha256`.
    pub sha256: Option<[u8; 32]>,
    /// `x-amz-checksum-*`, from a header or the trailer.
    pub checksum: Option<Checksum>,
}

/// A body on its way in.
#[async_trait::async_trait]
pub trait ContentSource: Send {
    /// The next bytes, or `None` at the end.
    ///
    /// # Errors
    /// When the rest will not come or was tampered with: nothing of the content is kept.
    async fn next(&mut self) -> Result<Option<Bytes>, SourceError>;

    /// What the content must turn out to be. Asked for once before the first byte, for what is known then, and once after
    /// the end, when a trailer may have said more.
    fn expected(&self) -> Expected;
}

/// A source of bytes already at hand.
#[derive(Debug)]
pub struct BytesSource {
    bytes: Option<Bytes>,
}

impl BytesSource {
    /// Gives `bytes` in one piece.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self { bytes: Some(bytes.into()).filter(|bytes: &Bytes| !bytes.is_empty()) }
    }
}

#[async_trait::async_trait]
impl ContentSource for BytesSource {
    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        Ok(self.bytes.take())
    }

    fn expected(&self) -> Expected {
        Expected::default()
    }
}
