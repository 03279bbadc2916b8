//! Reading an object's bytes, piece by piece, verified by the cipher where they are encrypted and else by the stores below.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use larder_crypto::{ContentCipher, DataKeys, FRAME_BYTES, Stream};
use larder_store::{Blob, BlobRef, BlobStore, Check, MetaStore, Partition, StoreError, Table, sized};

use super::{Content, ContentId, scratch};
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::object::Reading;
use crate::pins::Pin;
use crate::record::Record;
use crate::record::encryption::Encryption;
use crate::record::manifest::Manifest;
use crate::record::version::ObjectDetail;

/// Bytes asked of a blob at once: large enough to keep the number of reads small, small enough for many readers. Whole
/// frames, where they are encrypted.
pub(super) const PIECE: usize = 4 * FRAME_BYTES;

/// An object's bytes, or a range of them. Keeps reading what it opened whatever happens to the object.
pub struct ContentReader {
    meta: Arc<dyn MetaStore>,
    blobs: Arc<dyn BlobStore>,
    partition: Partition,
    keys: Option<DataKeys>,
    segments: VecDeque<Segment>,
    /// The first segment's blob and cipher, once they were needed.
    open: Option<Box<dyn Blob>>,
    cipher: Option<ContentCipher>,
    /// The piece that was given out last: its memory is used again when nobody else holds it any more.
    last: Bytes,
    length: u64,
    _pin: Option<Pin>,
}

/// A run of bytes of one blob or small content.
struct Segment {
    place: SegmentPlace,
    /// What its frames are bound to, when it is encrypted.
    stream: Option<Stream>,
    /// Bytes of the whole content.
    size: u64,
    offset: u64,
    length: u64,
}

enum SegmentPlace {
    Memory(Bytes),
    Inline(ContentId),
    Blob(BlobRef),
}

impl Engine {
    /// Opens the content of an object of `size` bytes; `None` when it was removed since its record was read, which is to be
    /// read again then.
    pub(crate) async fn open_content(
        &self,
        partition: Partition,
        object: &ObjectDetail,
        size: u64,
        reading: &Reading,
    ) -> Result<Option<ContentReader>, Error> {
        let encryption = object.encryption.as_ref();
        if encryption.is_some() != reading.keys.is_some() {
            return Err(Error::Damaged { what: "an object and the key that was opened for it do not fit".to_owned() });
        }
        let (offset, length) = reading.range.map_or((0, size), |range| (range.start(), range.len()));
        let mut reader = ContentReader {
            meta: Arc::clone(&self.meta),
            blobs: Arc::clone(&self.blobs),
            partition,
            keys: reading.keys.clone(),
            segments: VecDeque::new(),
            open: None,
            cipher: None,
            last: Bytes::new(),
            length,
            _pin: None,
        };
        let stream = encryption.map(Encryption::whole);
        let place = match object.content {
            Content::Empty => return Ok(Some(reader)),
            Content::Inline(id) => match self.small_content(partition, id).await? {
                Some(bytes) => SegmentPlace::Memory(bytes),
                None => return Ok(None),
            },
            Content::Blob(blob) => {
                match self.blobs.open(blob.into()).await {
                    Ok(open) => reader.open = Some(open),
                    Err(StoreError::NotFound) => return Ok(None),
                    Err(error) => return Err(error.into()),
                }
                SegmentPlace::Blob(blob.into())
            }
            Content::Manifest(id) => {
                let Some(pin) = self.pins.pin(id) else { return Ok(None) };
                let Some(manifest) = self.manifest(partition, id).await? else { return Ok(None) };
                reader.segments = segments(&manifest, encryption, offset, length)?;
                reader._pin = Some(pin);
                return Ok(Some(reader));
            }
        };
        reader.segments.push_back(Segment { place, stream, size, offset, length });
        Ok(Some(reader))
    }

    pub(crate) async fn small_content(&self, partition: Partition, id: ContentId) -> Result<Option<Bytes>, Error> {
        Ok(self.meta.get(partition, Table::Contents, &keyspace::content(id)).await?)
    }

    pub(crate) async fn manifest(&self, partition: Partition, id: ContentId) -> Result<Option<Manifest>, Error> {
        match self.small_content(partition, id).await? {
            Some(stored) => Manifest::decode(&stored).map(Some),
            None => Ok(None),
        }
    }
}

/// The runs of bytes that `length` bytes from `offset` of a multipart object consist of.
fn segments(
    manifest: &Manifest,
    encryption: Option<&Encryption>,
    offset: u64,
    length: u64,
) -> Result<VecDeque<Segment>, Error> {
    let mut found = VecDeque::new();
    let (mut start, end) = (0, offset + length);
    for part in &manifest.parts {
        let (from, to) = (offset.max(start), end.min(start + part.size));
        if from < to {
            let damaged = |what: &str| Error::Damaged { what: format!("part {} {what}", part.number) };
            let place = match part.content {
                Content::Inline(id) => SegmentPlace::Inline(id),
                Content::Blob(blob) => SegmentPlace::Blob(blob.into()),
                Content::Empty | Content::Manifest(_) => return Err(damaged("has no bytes of its own")),
            };
            let stream = match (encryption, part.stream) {
                (Some(encryption), Some(content)) => Some(encryption.part(part.number, content)),
                (None, None) => None,
                _ => return Err(damaged("is not encrypted as its object is")),
            };
            found.push_back(Segment { place, stream, size: part.size, offset: from - start, length: to - from });
        }
        start += part.size;
    }
    Ok(found)
}

impl ContentReader {
    /// How many bytes it gives from first to last.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The data keys that it reads with, when the object is encrypted.
    #[must_use]
    pub fn keys(&self) -> Option<&DataKeys> {
        self.keys.as_ref()
    }

    /// The next bytes, or `None` at the end.
    ///
    /// # Errors
    /// When what is stored cannot be read or is damaged: the answer under way must be broken off.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(segment) = self.segments.front() else { return Ok(None) };
        let bytes = match (segment.stream, &self.keys) {
            (Some(stream), Some(keys)) => {
                let cipher = self.cipher.take().unwrap_or_else(|| ContentCipher::new(keys, stream));
                let bytes = self.frames(&cipher).await?;
                self.cipher = Some(cipher);
                bytes
            }
            _ => {
                let (offset, want) = (segment.offset, segment.length);
                self.stored(offset, usize::try_from(want).unwrap_or(usize::MAX), Check::Store).await?
            }
        };
        self.advance(bytes.len() as u64);
        self.last = bytes.clone();
        Ok(Some(bytes))
    }

    /// Notes that `read` bytes of the first segment are given out.
    fn advance(&mut self, read: u64) {
        let Some(segment) = self.segments.front_mut() else { return };
        segment.offset += read;
        segment.length -= read;
        if segment.length == 0 {
            self.segments.pop_front();
            self.open = None;
            self.cipher = None;
        }
    }

    /// The content of the next frames of the first segment.
    async fn frames(&mut self, cipher: &ContentCipher) -> Result<Bytes, Error> {
        let Some(&Segment { size, offset, length, .. }) = self.segments.front() else { return Err(missing()) };
        let content = cipher.frame_content() as u64;
        let (first, count) = (offset / content, size.div_ceil(content));
        let end = (offset + length).div_ceil(content).min(first + (PIECE / FRAME_BYTES) as u64);
        let from = first * FRAME_BYTES as u64;
        let to = (end * FRAME_BYTES as u64).min(cipher.sealed_length(size));
        let wanted = usize::try_from(to - from).map_err(|_| missing())?;
        let sealed = self.sealed(from, wanted, Check::Caller).await?;
        // One piece costs less to send than its frames one by one, so they are opened to where they adjoin.
        let lengths = sealed.chunks(FRAME_BYTES).map(|frame| cipher.opened_length(frame.len()));
        let mut piece = sized(reclaimed(&mut self.last), lengths.sum());
        let mut room = &mut piece[..];
        for (number, frame) in (first..).zip(sealed.chunks(FRAME_BYTES)) {
            let (here, rest) = room.split_at_mut(cipher.opened_length(frame.len()));
            if let Err(damage) = cipher.open(number, number + 1 == count, frame, here) {
                // The store knows better, when the damage is there.
                self.sealed(from, wanted, Check::Store).await?;
                return Err(Error::Damaged { what: damage.to_string() });
            }
            room = rest;
        }
        scratch::give(sealed);
        let wanted = usize::try_from(length).unwrap_or(usize::MAX);
        let piece = slice(&piece.freeze(), offset - first * content, wanted);
        if piece.is_empty() { Err(missing()) } else { Ok(piece) }
    }

    /// So many bytes of the first segment as they are stored.
    async fn sealed(&mut self, offset: u64, length: usize, check: Check) -> Result<Bytes, Error> {
        let first = self.stored(offset, length, check).await?;
        if first.len() == length {
            return Ok(first);
        }
        let mut whole = BytesMut::from(&*first);
        while whole.len() < length {
            let (at, left) = (offset + whole.len() as u64, length - whole.len());
            whole.extend_from_slice(&self.stored(at, left, check).await?);
        }
        Ok(whole.freeze())
    }

    /// Bytes of the first segment as they are stored: at least one, at most `limit`.
    async fn stored(&mut self, offset: u64, limit: usize, check: Check) -> Result<Bytes, Error> {
        let Some(segment) = self.segments.front() else { return Err(missing()) };
        let bytes = match &segment.place {
            SegmentPlace::Memory(bytes) => slice(bytes, offset, limit),
            SegmentPlace::Inline(id) => {
                let stored = self.meta.get(self.partition, Table::Contents, &keyspace::content(*id)).await?;
                slice(&stored.ok_or_else(missing)?, offset, limit)
            }
            SegmentPlace::Blob(blob) => {
                let open = match &self.open {
                    Some(open) => open,
                    None => self.open.insert(self.blobs.open(*blob).await.map_err(lost)?),
                };
                let memory = match check {
                    Check::Store => reclaimed(&mut self.last),
                    Check::Caller => scratch::take(),
                };
                open.read(offset, limit.min(PIECE), memory, check).await?.freeze()
            }
        };
        if bytes.is_empty() { Err(missing()) } else { Ok(bytes) }
    }
}

/// The memory of bytes that nobody else holds any more.
fn reclaimed(bytes: &mut Bytes) -> BytesMut {
    std::mem::take(bytes).try_into_mut().unwrap_or_default()
}

fn slice(bytes: &Bytes, offset: u64, length: usize) -> Bytes {
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(start..start.saturating_add(length).min(bytes.len()))
}

/// What a pinned list of parts names is not removed.
fn lost(error: StoreError) -> Error {
    match error {
        StoreError::NotFound => Error::Damaged { what: "the content of a part is gone".to_owned() },
        error => error.into(),
    }
}

fn missing() -> Error {
    Error::Damaged { what: "an object's content is shorter than its record says".to_owned() }
}
