//! The file of a blob: docs/formats/blob.md. Pure: no IO.
//!
//! Header, then groups of 1,024 blocks of 64 KiB each followed by the table of their checksums, then the trailer. A block's
//! checksum covers the content's id and the block's number too, so a block that lies where another belongs is found out.

use bytes::Bytes;
use crc_fast::{CrcAlgorithm, Digest, crc32_iscsi};
use larder_store::{BlobId, MAX_CLAIM_BYTES, Place};

/// Bytes of a block of data; the last block may be shorter.
pub const BLOCK_BYTES: u64 = 64 * 1024;
/// Blocks whose checksums share a table.
pub const GROUP_BLOCKS: u64 = 1024;
/// Where data starts.
pub const HEADER_BYTES: u64 = 8192;
/// Bytes of the header in front of the claim.
pub const HEADER_FIXED_BYTES: usize = 64;
/// Bytes of the trailer.
pub const TRAILER_BYTES: usize = 48;

const HEADER_MAGIC: [u8; 8] = *b"LARDBLOB";
const TRAILER_MAGIC: [u8; 8] = *b"LARDBEND";
const VERSION: u16 = 1;
const GROUP_BYTES: u64 = GROUP_BLOCKS * BLOCK_BYTES;
const CHECKSUM_BYTES: u64 = 4;

/// What is wrong with a blob file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// A part of it is not what was written.
    #[error("{0}")]
    Part(&'static str),
    /// A block fails its checksum.
    #[error("block {0} fails its checksum")]
    Block(u64),
    /// A later version of Larder wrote it.
    #[error("format version {0} is not known")]
    Version(u16),
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A blob: data and trailer follow.
    Data,
    /// The claim of a blob that is a second link to another one's file; nothing follows.
    Claim,
}

/// The start of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the file is.
    pub kind: Kind,
    /// Where the blob lies.
    pub place: Place,
    /// The id its blocks' checksums cover: that of the blob the bytes were written for.
    pub content: BlobId,
    /// The blob that the claim is of.
    pub blob: BlobId,
    /// Who is going to name the blob.
    pub claim: Bytes,
}

fn sixteen(bytes: &[u8], at: usize) -> [u8; 16] {
    bytes[at..at + 16].try_into().expect("the range has 16 bytes")
}

fn two(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn four(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("the range has 4 bytes"))
}

impl Header {
    /// The header and its claim, without the zeros up to [`HEADER_BYTES`].
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_FIXED_BYTES + self.claim.len());
        bytes.extend(HEADER_MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.push(match self.kind {
            Kind::Data => 1,
            Kind::Claim => 2,
        });
        bytes.push(u8::try_from(BLOCK_BYTES.trailing_zeros()).expect("a logarithm is small"));
        bytes.extend(self.place.0.to_le_bytes());
        bytes.extend(u16::try_from(self.claim.len()).expect("a claim is at most 4 KiB").to_le_bytes());
        bytes.extend(self.content.0);
        bytes.extend(self.blob.0);
        bytes.extend([0; 8]);
        bytes.extend(crc32_iscsi(&self.claim).to_le_bytes());
        bytes.extend(crc32_iscsi(&bytes).to_le_bytes());
        bytes.extend(&self.claim);
        bytes
    }

    /// Reads the fixed part of a header: all but the claim, which is left empty.
    ///
    /// # Errors
    /// When it is not one, or not of this version.
    pub fn decode_fixed(bytes: &[u8]) -> Result<Self, Damage> {
        let bytes = bytes.get(..HEADER_FIXED_BYTES).ok_or(Damage::Part("the header is cut"))?;
        if bytes[..8] != HEADER_MAGIC {
            return Err(Damage::Part("there is no header"));
        }
        let version = two(bytes, 8);
        if version > VERSION {
            return Err(Damage::Version(version));
        }
        if crc32_iscsi(&bytes[..60]) != four(bytes, 60) {
            return Err(Damage::Part("the header fails its checksum"));
        }
        let kind = match bytes[10] {
            1 => Kind::Data,
            2 => Kind::Claim,
            _ => return Err(Damage::Part("the header says an unknown kind")),
        };
        let known = version == VERSION
            && u32::from(bytes[11]) == BLOCK_BYTES.trailing_zeros()
            && usize::from(two(bytes, 14)) <= MAX_CLAIM_BYTES
            && bytes[48..56] == [0; 8];
        if !known {
            return Err(Damage::Part("the header says what no version does"));
        }
        let (content, blob) = (BlobId(sixteen(bytes, 16)), BlobId(sixteen(bytes, 32)));
        Ok(Self { kind, place: Place(two(bytes, 12)), content, blob, claim: Bytes::new() })
    }

    /// Reads a header and its claim.
    ///
    /// # Errors
    /// When it is not one, not of this version, or the claim is not the one that was written.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damage> {
        let fixed = Self::decode_fixed(bytes)?;
        let end = HEADER_FIXED_BYTES + usize::from(two(bytes, 14));
        let claim = bytes.get(HEADER_FIXED_BYTES..end).ok_or(Damage::Part("the claim is cut"))?;
        if crc32_iscsi(claim) != four(bytes, 56) {
            return Err(Damage::Part("the claim fails its checksum"));
        }
        Ok(Self { claim: Bytes::copy_from_slice(claim), ..fixed })
    }
}

/// The end of a blob's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// The id its blocks' checksums cover.
    pub content: BlobId,
    /// Bytes of data.
    pub length: u64,
}

impl Trailer {
    /// The trailer's bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; TRAILER_BYTES] {
        let mut bytes = [0; TRAILER_BYTES];
        bytes[..8].copy_from_slice(&TRAILER_MAGIC);
        bytes[8..16].copy_from_slice(&self.length.to_le_bytes());
        bytes[16..32].copy_from_slice(&self.content.0);
        let checksum = crc32_iscsi(&bytes[..44]);
        bytes[44..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Reads a trailer: the last [`TRAILER_BYTES`] bytes of a file of `file_bytes` bytes.
    ///
    /// # Errors
    /// When it is not one, or not that of a file of this length.
    pub fn decode(bytes: &[u8], file_bytes: u64) -> Result<Self, Damage> {
        if bytes.len() != TRAILER_BYTES || bytes[..8] != TRAILER_MAGIC {
            return Err(Damage::Part("there is no trailer"));
        }
        if crc32_iscsi(&bytes[..44]) != four(bytes, 44) || bytes[32..44] != [0; 12] {
            return Err(Damage::Part("the trailer fails its checksum"));
        }
        let length = u64::from_le_bytes(bytes[8..16].try_into().expect("the range has 8 bytes"));
        let extent = Extent { length };
        if length > file_bytes || extent.file_bytes() != file_bytes {
            return Err(Damage::Part("the file is not as long as its trailer says"));
        }
        Ok(Self { content: BlobId(sixteen(bytes, 16)), length })
    }
}

/// Where things lie in the file of a blob of `length` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Bytes of data.
    pub length: u64,
}

impl Extent {
    /// How many blocks there are.
    #[must_use]
    pub fn blocks(self) -> u64 {
        self.length.div_ceil(BLOCK_BYTES)
    }

    /// Bytes of one of the blocks.
    #[must_use]
    pub fn block_bytes(self, block: u64) -> u64 {
        self.length.saturating_sub(block * BLOCK_BYTES).min(BLOCK_BYTES)
    }

    /// How many of a group's blocks there are.
    #[must_use]
    pub fn group_blocks(self, group: u64) -> u64 {
        self.blocks().saturating_sub(group * GROUP_BLOCKS).min(GROUP_BLOCKS)
    }

    /// Where the table of a group starts.
    #[must_use]
    pub fn table_offset(self, group: u64) -> u64 {
        block_offset(group * GROUP_BLOCKS) + self.length.saturating_sub(group * GROUP_BYTES).min(GROUP_BYTES)
    }

    /// Bytes of the whole file.
    #[must_use]
    pub fn file_bytes(self) -> u64 {
        HEADER_BYTES + self.length + self.blocks() * CHECKSUM_BYTES + TRAILER_BYTES as u64
    }
}

/// Where a block starts.
#[must_use]
pub fn block_offset(block: u64) -> u64 {
    HEADER_BYTES + block * BLOCK_BYTES + block / GROUP_BLOCKS * GROUP_BLOCKS * CHECKSUM_BYTES
}

/// The checksum of a block.
#[must_use]
pub fn block_checksum(content: BlobId, block: u64, data: &[u8]) -> u32 {
    let mut digest = Digest::new(CrcAlgorithm::Crc32Iscsi);
    digest.update(&content.0);
    digest.update(&block.to_le_bytes());
    digest.update(data);
    u32::try_from(digest.finalize()).expect("a CRC-32 has 32 bits")
}

/// Reads a whole file from memory: to check a file without a store, and for fuzzing.
///
/// # Errors
/// When any of it is not what was written.
pub fn read_whole(file: &[u8]) -> Result<(Header, Vec<u8>), Damage> {
    let header = Header::decode(file)?;
    let end = file.len().checked_sub(TRAILER_BYTES).ok_or(Damage::Part("there is no trailer"))?;
    let trailer = Trailer::decode(&file[end..], file.len() as u64)?;
    if header.kind != Kind::Data || trailer.content != header.content {
        return Err(Damage::Part("header and trailer do not belong together"));
    }
    let extent = Extent { length: trailer.length };
    let index = |offset: u64| usize::try_from(offset).expect("what lies in memory has an index");
    let mut data = Vec::with_capacity(index(trailer.length));
    for block in 0..extent.blocks() {
        let start = index(block_offset(block));
        let bytes = &file[start..start + index(extent.block_bytes(block))];
        let group = block / GROUP_BLOCKS;
        let checksum = four(file, index(extent.table_offset(group) + block % GROUP_BLOCKS * CHECKSUM_BYTES));
        if block_checksum(header.content, block, bytes) != checksum {
            return Err(Damage::Block(block));
        }
        data.extend_from_slice(bytes);
    }
    Ok((header, data))
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
