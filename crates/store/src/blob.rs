//! Blobs: immutable byte extents.

use std::fmt;

use bytes::{Bytes, BytesMut};
use larder_types::StorageClass;

use crate::error::{StoreError, unsupported};

/// Longest claim, in bytes.
pub const MAX_CLAIM_BYTES: usize = 4096;

/// A blob's random name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub [u8; 16]);

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where in the store a blob lies: a number the store gave out for a set of zones. Records keep it with the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub u16);

/// What it takes to find a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobRef {
    /// Where it lies.
    pub place: Place,
    /// Its name.
    pub id: BlobId,
}

impl fmt::Display for BlobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.place.0, self.id)
    }
}

/// What a new blob is to be.
#[derive(Clone, Debug)]
pub struct BlobSpec {
    /// Its name, never used before.
    pub id: BlobId,
    /// The storage class of the object it is for, which decides its place.
    pub class: StorageClass,
    /// Who is going to name it: opaque to the store, at most [`MAX_CLAIM_BYTES`] bytes, given back by
    /// [`BlobStore::unsettled`].
    pub claim: Bytes,
}

impl BlobSpec {
    /// Checks what every backend relies on: a claim of at most [`MAX_CLAIM_BYTES`] bytes.
    ///
    /// # Errors
    /// [`StoreError::Io`] of kind `InvalidInput`: a mistake of the caller.
    pub fn validate(&self) -> Result<(), StoreError> {
        if self.claim.len() <= MAX_CLAIM_BYTES {
            return Ok(());
        }
        let source = std::io::Error::new(std::io::ErrorKind::InvalidInput, "the claim is too long");
        Err(StoreError::Io { what: "take a blob".to_owned(), source })
    }
}

/// A sealed blob of which it is not known whether a record names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// The blob.
    pub blob: BlobRef,
    /// What its creator said of who would name it.
    pub claim: Bytes,
}

/// What is known of a sealed blob without reading its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobFacts {
    /// Its length in bytes.
    pub length: u64,
    /// What its creator said of who would name it; `None` where the store no longer knows.
    pub claim: Option<Bytes>,
    /// Whether it was settled: nobody is about to name it.
    pub settled: bool,
}

/// A piece of a blob that was found to be as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Bytes read.
    pub bytes: u64,
    /// Where the next piece starts; `None` when this was the last.
    pub next: Option<u64>,
    /// What is not as it was written where no read looks: the content is whole, but its disk changed something.
    pub blemish: Option<&'static str>,
}

/// A blob being written. Dropping it unsealed abandons it: nothing of it stays, at the latest after the next start.
#[async_trait::async_trait]
pub trait BlobWriter: Send {
    /// Adds bytes at the end. Memory used does not grow with what was appended.
    ///
    /// # Errors
    /// When the store cannot take them; the writer is then of no more use.
    async fn append(&mut self, bytes: Bytes) -> Result<(), StoreError>;

    /// Makes the blob durable and readable.
    ///
    /// # Errors
    /// When it cannot be made durable: the blob is then not there, and a failed sync is never tried again.
    async fn seal(self: Box<Self>) -> Result<BlobRef, StoreError>;
}

/// Who finds out that a blob's bytes are damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The store, before it gives them out.
    Store,
    /// Whoever asks for them, because a cipher authenticates them: checked once is enough. When they turn out to be wrong, a
    /// read with [`Check::Store`] says what happened to the blob.
    Caller,
}

/// Memory of so many bytes, whatever is in them: what is at hand, if there is enough of it.
#[must_use]
pub fn sized(mut memory: BytesMut, length: usize) -> BytesMut {
    if memory.capacity() < length {
        // Zeroed here: asked for zeros, the allocator would take fresh pages from the kernel, at ten times the price.
        memory = BytesMut::with_capacity(length);
    }
    memory.resize(length, 0);
    memory
}

/// A sealed blob held open. It stays readable while this lives, even when the blob is deleted.
#[async_trait::async_trait]
pub trait Blob: Send + Sync {
    /// Its length in bytes.
    fn len(&self) -> u64;

    /// Whether it holds no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads from `offset`: at least one byte and at most `limit` or what the store finds convenient (1 MiB at most), none
    /// at the end. What is returned has been verified, unless the caller does that. It lies in `memory` when that is large
    /// enough, whatever was in it: whoever reads on gives back what is no longer needed.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when the store finds that the bytes are not those that were written.
    async fn read(&self, offset: u64, limit: usize, memory: BytesMut, check: Check) -> Result<BytesMut, StoreError>;
}

/// Immutable byte extents under random names.
#[async_trait::async_trait]
pub trait BlobStore: Send + Sync + 'static {
    /// Starts a blob.
    ///
    /// # Errors
    /// [`StoreError::Full`] and the like.
    async fn create(&self, spec: BlobSpec) -> Result<Box<dyn BlobWriter>, StoreError>;

    /// Opens a sealed blob.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it was never sealed or is deleted.
    async fn open(&self, blob: BlobRef) -> Result<Box<dyn Blob>, StoreError>;

    /// Makes another blob with the same bytes, as cheaply as the store can, sealed.
    ///
    /// # Errors
    /// As [`BlobStore::open`] and [`BlobWriter::seal`].
    async fn duplicate(&self, source: BlobRef, spec: BlobSpec) -> Result<BlobRef, StoreError>;

    /// Removes a blob; one that is not there is no error.
    ///
    /// # Errors
    /// When the store cannot be written.
    async fn delete(&self, blob: BlobRef) -> Result<(), StoreError>;

    /// Says that a durable record names this sealed blob. Need not be durable itself: after a crash the blob may show up in
    /// [`BlobStore::unsettled`] again.
    async fn settle(&self, blob: BlobRef);

    /// Sealed blobs nobody settled, of earlier runs of this store: after a crash, those of writes that never came to their
    /// commit. Writes under way in this run are not among them.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn unsettled(&self) -> Result<Vec<Unsettled>, StoreError>;

    /// Sealed blobs in order, those behind `after`: at most `limit`, fewer only when there are no more. Not those in
    /// quarantine.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn list(&self, after: Option<BlobRef>, limit: usize) -> Result<Vec<BlobRef>, StoreError> {
        let _ = (after, limit);
        Err(unsupported("list blobs"))
    }

    /// What is known of a sealed blob without reading its bytes.
    ///
    /// # Errors
    /// As [`BlobStore::open`].
    async fn inspect(&self, blob: BlobRef) -> Result<BlobFacts, StoreError> {
        let length = self.open(blob).await?.len();
        Ok(BlobFacts { length, claim: None, settled: true })
    }

    /// Verifies a piece of a sealed blob, of some MiB at most, from the device rather than from memory. Begin at 0 and go on
    /// where the answer says: then everything that is stored of the blob was looked at.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when it is not what was written; as [`BlobStore::open`].
    async fn verify(&self, blob: BlobRef, from: u64) -> Result<Verified, StoreError> {
        let _ = (blob, from);
        Err(unsupported("verify a blob"))
    }

    /// Puts a damaged blob aside, where it is kept until [`BlobStore::discard`]. It can no longer be opened:
    /// [`StoreError::Corrupt`] says why. [`BlobStore::delete`] leaves it alone.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or when the store cannot be written.
    async fn quarantine(&self, blob: BlobRef) -> Result<(), StoreError> {
        let _ = blob;
        Err(unsupported("put a blob aside"))
    }

    /// The blobs that were put aside, in order.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn quarantined(&self) -> Result<Vec<BlobRef>, StoreError> {
        Ok(Vec::new())
    }

    /// Removes a blob that was put aside; one that was not is no error.
    ///
    /// # Errors
    /// When the store cannot be written.
    async fn discard(&self, blob: BlobRef) -> Result<(), StoreError> {
        let _ = blob;
        Ok(())
    }
}
