//! A sealed blob held open.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use larder_store::{Blob, BlobId, BlobRef, StoreError};
use parking_lot::Mutex;

use crate::Shared;
use crate::blob::blocking;
use crate::blob::format::{
    BLOCK_BYTES, Damage, Extent, GROUP_BLOCKS, HEADER_FIXED_BYTES, Header, Kind, TRAILER_BYTES, Trailer,
    block_checksum, block_offset,
};
use crate::blob::names::Names;
use crate::health::store_error;
use crate::stats::Counters;

/// Blocks that one read takes at most: 1 MiB.
const READ_BLOCKS: u64 = 16;

/// The checksums of one group of blocks.
struct Table {
    group: u64,
    checksums: Arc<[u8]>,
}

struct Open {
    shared: Arc<Shared>,
    file: File,
    path: PathBuf,
    content: BlobId,
    extent: Extent,
    /// The table that was needed last: reads mostly go on where they were.
    table: Mutex<Option<Table>>,
}

/// An open file of a blob. The file stays readable when its name goes.
pub(super) struct FileBlob(Arc<Open>);

fn read_exactly(file: &File, length: usize, offset: u64) -> io::Result<Vec<u8>> {
    // Read into memory that was not zeroed before, which would cost as much again as verifying what is read.
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        let from = offset + bytes.len() as u64;
        match rustix::io::pread(file, rustix::buffer::spare_capacity(&mut bytes), from) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // The allocator may have given more than was asked for.
    bytes.truncate(length);
    Ok(bytes)
}

fn small(number: u64) -> usize {
    usize::try_from(number).expect("at most a group of blocks")
}

impl Open {
    fn corrupt(&self, damage: &Damage) -> StoreError {
        let what = format!("{}: {damage}", self.path.display());
        tracing::error!(what, "a blob is damaged");
        StoreError::Corrupt { what }
    }

    fn failed(&self, error: io::Error) -> StoreError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.corrupt(&Damage::Part("the file is cut")),
            _ => store_error(format!("read {}", self.path.display()), error),
        }
    }

    fn checksums(&self, group: u64) -> Result<Arc<[u8]>, StoreError> {
        let mut table = self.table.lock();
        if let Some(table) = table.as_ref().filter(|table| table.group == group) {
            return Ok(Arc::clone(&table.checksums));
        }
        let length = small(self.extent.group_blocks(group)) * 4;
        let read = read_exactly(&self.file, length, self.extent.table_offset(group));
        let checksums: Arc<[u8]> = read.map_err(|error| self.failed(error))?.into();
        *table = Some(Table { group, checksums: Arc::clone(&checksums) });
        Ok(checksums)
    }

    /// Reads and verifies the blocks around what is asked for, and gives that part of them.
    fn read(&self, offset: u64, limit: usize) -> Result<Bytes, StoreError> {
        if offset >= self.extent.length || limit == 0 {
            return Ok(Bytes::new());
        }
        let first = offset / BLOCK_BYTES;
        let group = first / GROUP_BLOCKS;
        let wanted_end = offset.saturating_add(limit as u64).min(self.extent.length);
        let end = wanted_end.div_ceil(BLOCK_BYTES).min(first + READ_BLOCKS).min((group + 1) * GROUP_BLOCKS);
        let checksums = self.checksums(group)?;
        let length: u64 = (first..end).map(|block| self.extent.block_bytes(block)).sum();
        let read = read_exactly(&self.file, small(length), block_offset(first));
        let bytes = read.map_err(|error| self.failed(error))?;
        for (block, data) in (first..end).zip(bytes.chunks(BLOCK_BYTES as usize)) {
            let at = small(block % GROUP_BLOCKS) * 4;
            if block_checksum(self.content, block, data).to_le_bytes() != checksums[at..at + 4] {
                return Err(self.corrupt(&Damage::Block(block)));
            }
        }
        Counters::add(&self.shared.counters.blob_bytes_read, length);
        let start = small(offset - first * BLOCK_BYTES);
        let taken = limit.min(bytes.len() - start);
        Ok(Bytes::from(bytes).slice(start..start + taken))
    }
}

impl FileBlob {
    /// Opens a sealed blob. Blocks.
    pub(super) fn open(names: &Names, blob: BlobRef) -> Result<Self, StoreError> {
        let path = names.sealed(blob);
        let failed = |error: io::Error| store_error(format!("open {}", path.display()), error);
        let file = File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::NotFound,
            _ => failed(error),
        })?;
        let file_bytes = file.metadata().map_err(failed)?.len();
        let corrupt = |damage: Damage| {
            let what = format!("{}: {damage}", path.display());
            tracing::error!(what, "a blob is damaged");
            StoreError::Corrupt { what }
        };
        let trailer_offset = file_bytes.checked_sub(TRAILER_BYTES as u64);
        let trailer_offset = trailer_offset.ok_or_else(|| corrupt(Damage::Part("the file is cut")))?;
        let trailer = read_exactly(&file, TRAILER_BYTES, trailer_offset).map_err(failed)?;
        let trailer = Trailer::decode(&trailer, file_bytes).map_err(corrupt)?;
        // A file this long has a header, as its trailer agreed with its length.
        let header = read_exactly(&file, HEADER_FIXED_BYTES, 0).map_err(failed)?;
        let header = Header::decode_fixed(&header).map_err(corrupt)?;
        if header.kind != Kind::Data || header.content != trailer.content {
            return Err(corrupt(Damage::Part("header and trailer do not belong together")));
        }
        let extent = Extent { length: trailer.length };
        let shared = Arc::clone(&names.shared);
        Ok(Self(Arc::new(Open { shared, file, path, content: header.content, extent, table: Mutex::new(None) })))
    }

    /// The id that its blocks' checksums cover.
    pub(super) fn content(&self) -> BlobId {
        self.0.content
    }
}

#[async_trait::async_trait]
impl Blob for FileBlob {
    fn len(&self) -> u64 {
        self.0.extent.length
    }

    async fn read(&self, offset: u64, limit: usize) -> Result<Bytes, StoreError> {
        let open = Arc::clone(&self.0);
        blocking(move || open.read(offset, limit)).await
    }
}
