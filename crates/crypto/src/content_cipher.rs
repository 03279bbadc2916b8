//! Encrypted content: frames of 64 KiB, each sealed on its own, so that a range decrypts only the frames it touches.
//!
//! Every frame is AES-256-GCM under a key that is good for one content alone: HKDF-SHA-256 (RFC 5869) of the object's data
//! key, salted with this format's name, with the [`Stream`] as info. The nonce is the frame's number. The additional data
//! are the stream, the number and whether it is the last frame, so that a frame which was changed, moved, left out, put in
//! from elsewhere or cut off does not open. DSSE-KMS seals each frame twice, under two data keys.
//!
//! `docs/formats/encryption.md` has it for other programs.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{hkdf, hmac};
use bytes::{Buf, Bytes, BytesMut};

use crate::SecretKey;

/// Bytes of a frame as it is stored; the last one of a content may be shorter.
pub const FRAME_BYTES: usize = 64 * 1024;

/// Bytes that each layer of encryption adds to a frame.
pub const TAG_BYTES: usize = 16;

/// Of the format, in the additional data.
const VERSION: u8 = 1;

const SALT: &[u8] = b"larder content 1";

/// Sets the keyed digest apart from all else that is done with a data key.
const DIGEST: &[u8] = b"larder digest 1";

/// The labels under which the layers' keys are derived.
const INNER: &[u8] = b"layer 1";
const OUTER: &[u8] = b"layer 2";

/// A frame is not what was sealed there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("encrypted frame {frame} is damaged or is not the one that belongs there")]
pub struct DamagedFrame {
    /// Its number, counted from 0.
    pub frame: u64,
}

/// What names a content within everything that is stored: every frame is bound to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Random, made with the object's data key.
    pub object: [u8; 16],
    /// Random for each part that is uploaded; the object's own for one that was put whole.
    pub content: [u8; 16],
    /// The part's number; 0 for an object that was put whole.
    pub part: u16,
}

impl Stream {
    /// The stream of an object that is put whole.
    #[must_use]
    pub fn whole(object: [u8; 16]) -> Self {
        Self { object, content: object, part: 0 }
    }

    fn to_bytes(self) -> [u8; 34] {
        let mut bytes = [0; 34];
        bytes[..16].copy_from_slice(&self.object);
        bytes[16..32].copy_from_slice(&self.content);
        bytes[32..].copy_from_slice(&self.part.to_be_bytes());
        bytes
    }
}

/// An object's data keys: one, or two for DSSE-KMS.
#[derive(Clone, Debug)]
pub struct DataKeys {
    /// The only one, or that of the inner layer.
    pub first: SecretKey,
    /// That of the outer layer.
    pub second: Option<SecretKey>,
}

impl From<SecretKey> for DataKeys {
    fn from(first: SecretKey) -> Self {
        Self { first, second: None }
    }
}

impl DataKeys {
    /// A digest of a content that only these keys give: the same content has the same one under them, and nobody can tell
    /// from two whether contents under different keys are equal. HMAC-SHA-256 (RFC 2104) of length and checksum, its first
    /// 16 bytes.
    #[must_use]
    pub fn digest(&self, length: u64, checksum: &[u8]) -> [u8; 16] {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.first.expose()));
        context.update(DIGEST);
        context.update(&length.to_be_bytes());
        context.update(checksum);
        let mut digest = [0; 16];
        digest.copy_from_slice(&context.sign().as_ref()[..16]);
        digest
    }
}

/// How many bytes a content of `plain` bytes takes when it is sealed in `layers` layers.
#[must_use]
pub fn sealed_length(plain: u64, layers: usize) -> u64 {
    let overhead = (layers * TAG_BYTES) as u64;
    plain + plain.div_ceil(FRAME_BYTES as u64 - overhead) * overhead
}

/// Seals and opens the frames of one content.
pub struct ContentCipher {
    inner: LessSafeKey,
    outer: Option<LessSafeKey>,
    stream: [u8; 34],
}

impl ContentCipher {
    /// The cipher of a content of the object that `keys` are of.
    #[must_use]
    pub fn new(keys: &DataKeys, stream: Stream) -> Self {
        let stream = stream.to_bytes();
        let layer = |key: &SecretKey, label: &[u8]| {
            let info = [label, &stream];
            let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(key.expose());
            let derived = extracted.expand(&info, &AES_256_GCM).expect("the key is shorter than HKDF's limit");
            LessSafeKey::new(UnboundKey::from(derived))
        };
        let outer = keys.second.as_ref().map(|key| layer(key, OUTER));
        Self { inner: layer(&keys.first, INNER), outer, stream }
    }

    fn layers(&self) -> usize {
        1 + usize::from(self.outer.is_some())
    }

    /// Bytes of content in each frame but the last.
    #[must_use]
    pub fn frame_content(&self) -> usize {
        FRAME_BYTES - self.layers() * TAG_BYTES
    }

    /// How many bytes a content of `plain` bytes takes when it is sealed.
    #[must_use]
    pub fn sealed_length(&self, plain: u64) -> u64 {
        sealed_length(plain, self.layers())
    }

    /// Seals a frame in place. Each number must be used once for one content.
    ///
    /// # Panics
    /// When the frame holds more than [`ContentCipher::frame_content`].
    pub fn seal(&self, frame: u64, last: bool, bytes: &mut BytesMut) {
        assert!(bytes.len() <= self.frame_content(), "a frame is of bounded size");
        let bound = self.bound(frame, last);
        for layer in std::iter::once(&self.inner).chain(&self.outer) {
            let tag = layer
                .seal_in_place_separate_tag(nonce(frame), Aad::from(&bound), bytes)
                .expect("a frame is far below the limit of AES-GCM");
            bytes.extend_from_slice(tag.as_ref());
        }
    }

    /// How many bytes of content a frame of `sealed` bytes has.
    #[must_use]
    pub fn opened_length(&self, sealed: usize) -> usize {
        sealed.saturating_sub(self.layers() * TAG_BYTES)
    }

    /// Opens a frame into `plain`, which has [`ContentCipher::opened_length`] bytes.
    ///
    /// # Errors
    /// [`DamagedFrame`] when it is not that frame of this content; what `plain` then holds means nothing.
    pub fn open(&self, frame: u64, last: bool, sealed: &[u8], plain: &mut [u8]) -> Result<(), DamagedFrame> {
        let (bound, damaged) = (self.bound(frame, last), |_| DamagedFrame { frame });
        let open = |layer: &LessSafeKey, sealed: &[u8], plain: &mut [u8]| {
            let (content, tag) = sealed.split_last_chunk::<TAG_BYTES>().ok_or(Unspecified)?;
            layer.open_separate_gather(nonce(frame), Aad::from(&bound), content, tag, plain)
        };
        let Some(outer) = &self.outer else { return open(&self.inner, sealed, plain).map_err(damaged) };
        let mut between = vec![0; sealed.len().saturating_sub(TAG_BYTES)];
        open(outer, sealed, &mut between).and_then(|()| open(&self.inner, &between, plain)).map_err(damaged)
    }

    /// The additional data of a frame.
    fn bound(&self, frame: u64, last: bool) -> [u8; 44] {
        let mut bound = [0; 44];
        bound[0] = VERSION;
        bound[1..35].copy_from_slice(&self.stream);
        bound[35..43].copy_from_slice(&frame.to_be_bytes());
        bound[43] = u8::from(last);
        bound
    }
}

impl std::fmt::Debug for ContentCipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContentCipher").field("layers", &self.layers()).finish_non_exhaustive()
    }
}

fn nonce(frame: u64) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    nonce[NONCE_LEN - 8..].copy_from_slice(&frame.to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}

/// Cuts a content that comes in pieces into sealed frames, and gives several of them at once.
#[derive(Debug)]
pub struct ContentSealer {
    cipher: ContentCipher,
    /// Bytes given at once.
    piece: usize,
    /// Frames that are sealed.
    sealed: BytesMut,
    /// The one that fills, in the memory behind them.
    filling: BytesMut,
    frame: u64,
}

impl ContentSealer {
    /// Seals with `cipher`, from the first frame on, and gives `piece` bytes at once: whole frames.
    #[must_use]
    pub fn new(cipher: ContentCipher, piece: usize) -> Self {
        Self { cipher, piece, sealed: BytesMut::new(), filling: BytesMut::new(), frame: 0 }
    }

    /// Takes bytes in until a piece is full and known not to be the last one, and gives that piece; `None` when all of
    /// `bytes` is taken in.
    pub fn take(&mut self, bytes: &mut Bytes) -> Option<Bytes> {
        let full = self.cipher.frame_content();
        while !bytes.is_empty() {
            if self.filling.len() == full {
                self.seal(false);
                if self.sealed.len() >= self.piece {
                    self.filling = BytesMut::new();
                    return Some(std::mem::take(&mut self.sealed).freeze());
                }
            }
            if self.filling.capacity() == 0 {
                self.filling = BytesMut::with_capacity(self.piece);
            }
            let taken = bytes.len().min(full - self.filling.len());
            self.filling.extend_from_slice(&bytes[..taken]);
            bytes.advance(taken);
        }
        None
    }

    /// The last frames; `None` for an empty content.
    #[must_use]
    pub fn finish(mut self) -> Option<Bytes> {
        if self.filling.is_empty() {
            return None;
        }
        self.seal(true);
        Some(self.sealed.freeze())
    }

    /// All frames of a content that is at hand.
    #[must_use]
    pub fn seal_whole(cipher: ContentCipher, mut content: Bytes) -> Bytes {
        let length = usize::try_from(cipher.sealed_length(content.len() as u64)).unwrap_or(usize::MAX);
        let mut sealer = Self::new(cipher, length);
        let early = sealer.take(&mut content);
        debug_assert!(early.is_none(), "the last frame is still to be sealed");
        sealer.finish().unwrap_or_default()
    }

    fn seal(&mut self, last: bool) {
        self.cipher.seal(self.frame, last, &mut self.filling);
        self.frame += 1;
        // Neither copies: both are of one memory.
        self.sealed.unsplit(std::mem::take(&mut self.filling));
        self.filling = self.sealed.split_off(self.sealed.len());
    }
}
