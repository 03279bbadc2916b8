//! Reading an object's bytes, piece by piece, verified by the stores below.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use larder_store::{Blob, BlobRef, BlobStore, MetaStore, Partition, StoreError, Table};
use larder_types::ByteRange;

use super::{Content, ContentId};
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::pins::Pin;
use crate::record::Record;
use crate::record::manifest::Manifest;

/// Bytes asked of a blob at once: large enough to keep the number of reads small, small enough for many readers.
const PIECE: usize = 256 * 1024;

/// An object's bytes, or a range of them. Keeps reading what it opened whatever happens to the object.
pub struct ContentReader {
    meta: Arc<dyn MetaStore>,
    blobs: Arc<dyn BlobStore>,
    partition: Partition,
    segments: VecDeque<Segment>,
    open: Option<Box<dyn Blob>>,
    length: u64,
    _pin: Option<Pin>,
}

/// A run of bytes of one blob or small content.
struct Segment {
    place: SegmentPlace,
    offset: u64,
    length: u64,
}

enum SegmentPlace {
    Memory(Bytes),
    Inline(ContentId),
    Blob(BlobRef),
}

/// What became of an attempt to open a content.
pub(crate) enum Opened {
    Reader(ContentReader),
    /// It was removed since its record was read: read the record again.
    Gone,
}

impl Engine {
    /// Opens a content of `size` bytes, or a range within it.
    pub(crate) async fn open_content(
        &self,
        partition: Partition,
        content: Content,
        size: u64,
        range: Option<ByteRange>,
    ) -> Result<Opened, Error> {
        let (offset, length) = range.map_or((0, size), |range| (range.start(), range.len()));
        let mut reader = ContentReader {
            meta: Arc::clone(&self.meta),
            blobs: Arc::clone(&self.blobs),
            partition,
            segments: VecDeque::new(),
            open: None,
            length,
            _pin: None,
        };
        match content {
            Content::Empty => {}
            Content::Inline(id) => {
                let Some(bytes) = self.small_content(partition, id).await? else { return Ok(Opened::Gone) };
                reader.segments.push_back(Segment { place: SegmentPlace::Memory(bytes), offset, length });
            }
            Content::Blob(blob) => {
                match self.blobs.open(blob.into()).await {
                    Ok(open) => reader.open = Some(open),
                    Err(StoreError::NotFound) => return Ok(Opened::Gone),
                    Err(error) => return Err(error.into()),
                }
                reader.segments.push_back(Segment { place: SegmentPlace::Blob(blob.into()), offset, length });
            }
            Content::Manifest(id) => {
                let Some(pin) = self.pins.pin(id) else { return Ok(Opened::Gone) };
                let Some(manifest) = self.manifest(partition, id).await? else { return Ok(Opened::Gone) };
                reader.segments = segments(&manifest, offset, length)?;
                reader._pin = Some(pin);
            }
        }
        Ok(Opened::Reader(reader))
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
fn segments(manifest: &Manifest, offset: u64, length: u64) -> Result<VecDeque<Segment>, Error> {
    let mut found = VecDeque::new();
    let (mut start, end) = (0, offset + length);
    for part in &manifest.parts {
        let (from, to) = (offset.max(start), end.min(start + part.size));
        if from < to {
            let place = match part.content {
                Content::Inline(id) => SegmentPlace::Inline(id),
                Content::Blob(blob) => SegmentPlace::Blob(blob.into()),
                Content::Empty | Content::Manifest(_) => {
                    return Err(Error::Damaged { what: format!("part {} has no bytes of its own", part.number) });
                }
            };
            found.push_back(Segment { place, offset: from - start, length: to - from });
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

    /// The next bytes, or `None` at the end.
    ///
    /// # Errors
    /// When what is stored cannot be read or is damaged: the answer under way must be broken off.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(segment) = self.segments.front_mut() else { return Ok(None) };
        let want = usize::try_from(segment.length).unwrap_or(usize::MAX);
        let bytes = match &segment.place {
            SegmentPlace::Memory(bytes) => slice(bytes, segment.offset, want),
            SegmentPlace::Inline(id) => {
                let stored = self.meta.get(self.partition, Table::Contents, &keyspace::content(*id)).await?;
                slice(&stored.ok_or_else(missing)?, segment.offset, want)
            }
            SegmentPlace::Blob(blob) => {
                let open = match &self.open {
                    Some(open) => open,
                    None => self.open.insert(self.blobs.open(*blob).await?),
                };
                open.read(segment.offset, want.min(PIECE)).await?
            }
        };
        let read = bytes.len() as u64;
        if read == 0 {
            return Err(missing());
        }
        segment.offset += read;
        segment.length -= read;
        if segment.length == 0 {
            self.segments.pop_front();
            self.open = None;
        }
        Ok(Some(bytes))
    }
}

fn slice(bytes: &Bytes, offset: u64, length: usize) -> Bytes {
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(start..start.saturating_add(length).min(bytes.len()))
}

fn missing() -> Error {
    Error::Damaged { what: "an object's content is shorter than its record says".to_owned() }
}
