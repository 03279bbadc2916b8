//! A blob being written.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use larder_store::{BlobId, BlobRef, BlobSpec, BlobWriter, Place, StoreError};
use tokio::task::JoinHandle;

use crate::blob::blocking;
use crate::blob::format::{BLOCK_BYTES, Extent, GROUP_BLOCKS, HEADER_BYTES, Header, Kind, Trailer, block_checksum};
use crate::blob::names::Names;
use crate::blob::staging::{Staged, sync_file};
use crate::health::store_error;
use crate::space::Purpose;
use crate::stats::Counters;

/// Bytes that are written in one piece: whole blocks. A writer holds two such buffers, one that fills and one on its way.
const PIECE_BYTES: usize = 2 * BLOCK_BYTES as usize;

/// The file and how far it is written. Memory is bounded: checksums are written out with each group of blocks.
struct Progress {
    file: File,
    staged: Staged,
    content: BlobId,
    length: u64,
    /// Checksums of the blocks of the group under way.
    table: Vec<u8>,
    blocks: u64,
    /// Where the next byte of the file goes.
    offset: u64,
}

impl Progress {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.offset)?;
        self.offset += bytes.len() as u64;
        Ok(())
    }

    fn put_table(&mut self) -> io::Result<()> {
        let table = std::mem::take(&mut self.table);
        self.put(&table)
    }

    /// Writes blocks; only the last ones of a blob may end in a part of a block.
    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let shared = &self.staged.names().shared;
        shared.health.check()?;
        shared.space.admit(bytes.len() as u64, Purpose::Grow)?;
        let id = self.content;
        self.put_blocks(bytes).map_err(|error| store_error(format!("write blob {id}"), error))?;
        Counters::add(&self.staged.names().shared.counters.blob_bytes_written, bytes.len() as u64);
        Ok(())
    }

    fn put_blocks(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let room = (GROUP_BLOCKS - self.blocks % GROUP_BLOCKS) * BLOCK_BYTES;
            let (run, rest) = bytes.split_at(bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX)));
            for block in run.chunks(BLOCK_BYTES as usize) {
                self.table.extend(block_checksum(self.content, self.blocks, block).to_le_bytes());
                self.blocks += 1;
            }
            self.put(run)?;
            self.length += run.len() as u64;
            if self.blocks.is_multiple_of(GROUP_BLOCKS) {
                self.put_table()?;
            }
            bytes = rest;
        }
        Ok(())
    }

    fn finish(mut self, place: Place) -> Result<BlobRef, StoreError> {
        let id = self.content;
        let trailer = Trailer { content: id, length: self.length };
        let written = self.put_table().and_then(|()| self.put(&trailer.encode()));
        written.map_err(|error| store_error(format!("write blob {id}"), error))?;
        debug_assert_eq!(self.offset, Extent { length: self.length }.file_bytes());
        let Self { file, staged, .. } = self;
        sync_file(staged.names(), &file, id)?;
        let path = staged.names().staged(id);
        staged.seal(&path, BlobRef { place, id })
    }
}

/// A blob being written to a file.
pub(super) struct FileWriter {
    place: Place,
    filling: BytesMut,
    /// Not there while a piece is on its way, and after a failure.
    progress: Option<Progress>,
    on_its_way: Option<JoinHandle<Result<Progress, StoreError>>>,
}

impl FileWriter {
    /// Makes the file. Blocks.
    pub(super) fn create(names: Arc<Names>, place: Place, spec: BlobSpec) -> Result<Self, StoreError> {
        names.shared.space.admit(HEADER_BYTES, Purpose::Grow)?;
        let id = spec.id;
        if names.sealed(BlobRef { place, id }).try_exists().unwrap_or(false) {
            let source = io::Error::from(io::ErrorKind::AlreadyExists);
            return Err(StoreError::Io { what: format!("create blob {id}"), source });
        }
        let (staged, file) = Staged::create(names, id)?;
        let header = Header { kind: Kind::Data, place, content: id, blob: id, claim: spec.claim };
        let written = file.write_all_at(&header.encode(), 0);
        written.map_err(|error| store_error(format!("write blob {id}"), error))?;
        let progress =
            Progress { file, staged, content: id, length: 0, table: Vec::new(), blocks: 0, offset: HEADER_BYTES };
        Ok(Self { place, filling: BytesMut::new(), progress: Some(progress), on_its_way: None })
    }

    /// Waits for the piece on its way.
    async fn arrived(&mut self) -> Result<Progress, StoreError> {
        if let Some(piece) = &mut self.on_its_way {
            // It stays in place until it is done: whoever gives up waiting does not lose it.
            let done = piece.await;
            self.on_its_way = None;
            let failed = |error| store_error("write a blob", io::Error::other(error));
            self.progress = Some(done.map_err(failed)??);
        }
        let lost = || store_error("go on with a blob", io::Error::other("an earlier write of it failed"));
        self.progress.take().ok_or_else(lost)
    }

    async fn send(&mut self, piece: Bytes) -> Result<(), StoreError> {
        let mut progress = self.arrived().await?;
        self.on_its_way = Some(tokio::task::spawn_blocking(move || {
            progress.write(&piece)?;
            Ok(progress)
        }));
        Ok(())
    }
}

#[async_trait::async_trait]
impl BlobWriter for FileWriter {
    async fn append(&mut self, mut bytes: Bytes) -> Result<(), StoreError> {
        while bytes.has_remaining() {
            let taken = bytes.split_to(bytes.len().min(PIECE_BYTES - self.filling.len()));
            // A whole piece is written as it comes, without a copy.
            if taken.len() == PIECE_BYTES {
                self.send(taken).await?;
                continue;
            }
            if self.filling.is_empty() {
                self.filling = BytesMut::with_capacity(PIECE_BYTES);
            }
            self.filling.extend_from_slice(&taken);
            if self.filling.len() == PIECE_BYTES {
                let piece = std::mem::take(&mut self.filling).freeze();
                self.send(piece).await?;
            }
        }
        Ok(())
    }

    async fn seal(mut self: Box<Self>) -> Result<BlobRef, StoreError> {
        let mut progress = self.arrived().await?;
        let (rest, place) = (std::mem::take(&mut self.filling), self.place);
        blocking(move || {
            progress.write(&rest)?;
            progress.finish(place)
        })
        .await
    }
}
