//! A sealed blob held open.

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::{Buf, BytesMut};
use larder_store::{Blob, BlobId, BlobRef, Check, StoreError, sized};
use parking_lot::Mutex;
use rustix::io::{Errno, ReadWriteFlags};

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

/// Whether a read may wait for the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    Allowed,
    /// It fails instead. It may also fail for no reason: not every file system knows what it would wait for, and Linux 5.9 and
    /// 5.10 say that a file ends where the page cache does (preadv2(2), "BUGS").
    Refused,
}

fn read_exactly(file: &File, mut bytes: &mut [u8], mut offset: u64, wait: Wait) -> io::Result<()> {
    let flags = if wait == Wait::Refused { ReadWriteFlags::NOWAIT } else { ReadWriteFlags::empty() };
    while !bytes.is_empty() {
        match rustix::io::preadv2(file, &mut [IoSliceMut::new(bytes)], offset, flags) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                offset += read as u64;
                bytes = &mut bytes[read..];
            }
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn read_array<const N: usize>(file: &File, offset: u64) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    read_exactly(file, &mut bytes, offset, Wait::Allowed)?;
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

    fn checksums(&self, group: u64, wait: Wait) -> io::Result<Arc<[u8]>> {
        let mut table = self.table.lock();
        if let Some(table) = table.as_ref().filter(|table| table.group == group) {
            return Ok(Arc::clone(&table.checksums));
        }
        let mut read = vec![0; small(self.extent.group_blocks(group)) * 4];
        read_exactly(&self.file, &mut read, self.extent.table_offset(group), wait)?;
        let checksums: Arc<[u8]> = read.into();
        *table = Some(Table { group, checksums: Arc::clone(&checksums) });
        Ok(checksums)
    }

    /// Reads the blocks around what is asked for, verifies them where that is the store's to do, and leaves that part of them
    /// in `memory`. `Ok(false)` when it may not wait and would have to, or seems to: only a read that may wait says what is
    /// wrong with a file.
    fn read(
        &self,
        offset: u64,
        limit: usize,
        memory: &mut BytesMut,
        check: Check,
        wait: Wait,
    ) -> Result<bool, StoreError> {
        if offset >= self.extent.length || limit == 0 {
            memory.clear();
            return Ok(true);
        }
        let first = offset / BLOCK_BYTES;
        let group = first / GROUP_BLOCKS;
        let wanted_end = offset.saturating_add(limit as u64).min(self.extent.length);
        let end = wanted_end.div_ceil(BLOCK_BYTES).min(first + READ_BLOCKS).min((group + 1) * GROUP_BLOCKS);
        let length: u64 = (first..end).map(|block| self.extent.block_bytes(block)).sum();
        *memory = sized(std::mem::take(memory), small(length));
        let checksums = match check {
            Check::Store => self.checksums(group, wait).map(Some),
            Check::Caller => Ok(None),
        };
        let read = checksums.and_then(|checksums| {
            read_exactly(&self.file, memory, block_offset(first), wait)?;
            Ok(checksums)
        });
        let checksums = match read {
            Ok(checksums) => checksums,
            Err(_) if wait == Wait::Refused => return Ok(false),
            Err(error) => return Err(self.failed(error)),
        };
        if let Some(checksums) = checksums {
            self.verify(first..end, memory, &checksums)?;
        }
        Counters::add(&self.shared.counters.blob_bytes_read, length);
        let start = small(offset - first * BLOCK_BYTES);
        memory.advance(start);
        memory.truncate(limit);
        Ok(true)
    }

    fn verify(&self, blocks: Range<u64>, data: &[u8], checksums: &[u8]) -> Result<(), StoreError> {
        for (block, data) in blocks.zip(data.chunks(BLOCK_BYTES as usize)) {
            let at = small(block % GROUP_BLOCKS) * 4;
            if block_checksum(self.content, block, data).to_le_bytes() != checksums[at..at + 4] {
                return Err(self.corrupt(&Damage::Block(block)));
            }
        }
        Ok(())
    }
}

impl FileBlob {
    /// Opens a sealed blob. Blocks.
    pub(super) fn open(names: &Names, blob: BlobRef) -> Result<Self, StoreError> {
        let path = names.sealed(blob);
        let failed = |error: io::Error| store_error(format!("open {}", path.display()), error);
        let file = File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => names.quarantine.explain(blob),
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
        let trailer: [u8; TRAILER_BYTES] = read_array(&file, trailer_offset).map_err(failed)?;
        let trailer = Trailer::decode(&trailer, file_bytes).map_err(corrupt)?;
        // A file this long has a header, as its trailer agreed with its length.
        let header: [u8; HEADER_FIXED_BYTES] = read_array(&file, 0).map_err(failed)?;
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

    pub(super) fn file(&self) -> &File {
        &self.0.file
    }

    /// Bytes of data.
    pub(super) fn length(&self) -> u64 {
        self.0.extent.length
    }

    /// As [`Blob::read`] with [`Check::Store`]. Blocks.
    pub(super) fn verified(&self, offset: u64, limit: usize, mut memory: BytesMut) -> Result<BytesMut, StoreError> {
        self.0.read(offset, limit, &mut memory, Check::Store, Wait::Allowed)?;
        Ok(memory)
    }

    pub(super) fn corrupt(&self, damage: &Damage) -> StoreError {
        self.0.corrupt(damage)
    }
}

#[async_trait::async_trait]
impl Blob for FileBlob {
    fn len(&self) -> u64 {
        self.0.extent.length
    }

    async fn read(
        &self,
        offset: u64,
        limit: usize,
        mut memory: BytesMut,
        check: Check,
    ) -> Result<BytesMut, StoreError> {
        // What the kernel has in memory is read here and now, into memory that this processor has in its cache and sends from
        // next; a thread of its own to wait in costs more than such a read.
        if self.0.read(offset, limit, &mut memory, check, Wait::Refused)? {
            return Ok(memory);
        }
        let open = Arc::clone(&self.0);
        blocking(move || open.read(offset, limit, &mut memory, check, Wait::Allowed).map(|_| memory)).await
    }
}
