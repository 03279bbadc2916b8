//! Taking a body in: hashed, checked and made durable before any record names it.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use larder_crypto::{
    ChecksumHasher, ContentCipher, ContentDigests, ContentHasher, ContentSealer, DataKeys, FRAME_BYTES, HashPlan,
};
use larder_store::{BlobId, BlobRef, BlobSpec, BlobWriter, Commit, Partition, StoreError, Table};
use larder_types::{Checksum, ChecksumAlgorithm, ETag, StorageClass};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::md5s::BodyMd5;
use super::{Content, ContentSource, Expected};
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::record::Record;
use crate::record::claim::Claim;
use crate::record::encryption::Encryption;
use crate::record::named_blob::NamedBlob;

/// A content that came in whole and as expected, and that no record names yet.
pub(crate) struct Written {
    pub(crate) content: Content,
    pub(crate) digests: ContentDigests,
    pub(crate) etag: ETag,
    /// The checksum of [`WritePlan::verify`].
    pub(crate) verified: Option<Checksum>,
    inline: Option<Bytes>,
    unnamed: Option<UnnamedBlob>,
}

/// What an entity tag is made of.
pub(crate) enum Tag<'a> {
    /// The content's MD5.
    Md5,
    /// The content's checksum and these keys: where AWS shows no MD5 nobody can rely on one, and it costs more than all else
    /// that is done with a body.
    Keyed(&'a DataKeys),
}

impl<'a> Tag<'a> {
    /// That of an object or part with this encryption.
    pub(crate) fn of(encryption: Option<&Encryption>, keys: Option<&'a DataKeys>) -> Self {
        match keys {
            Some(keys) if !encryption.is_none_or(Encryption::shows_md5) => Self::Keyed(keys),
            _ => Self::Md5,
        }
    }

    fn make(&self, digests: &ContentDigests) -> ETag {
        ETag::of_md5(match self {
            Self::Md5 => digests.md5.unwrap_or_default(),
            Self::Keyed(keys) => {
                let checksum = digests.checksum.as_ref().map(Checksum::value).unwrap_or_default();
                keys.digest(digests.length, checksum)
            }
        })
    }
}

/// What a body is written for.
pub(crate) struct WritePlan<'a> {
    pub(crate) partition: Partition,
    pub(crate) class: StorageClass,
    /// The additional checksum to keep.
    pub(crate) checksum: Option<ChecksumAlgorithm>,
    /// The algorithm of the checksum that comes with the body, when it is another one than the one to keep.
    pub(crate) verify: Option<ChecksumAlgorithm>,
    /// What the entity tag is made of.
    pub(crate) tag: Tag<'a>,
    /// Bytes allowed.
    pub(crate) limit: u64,
}

impl Engine {
    /// Takes a body in, sealed with `cipher` if there is one.
    pub(crate) async fn write_content(
        &self,
        plan: &WritePlan<'_>,
        cipher: Option<ContentCipher>,
        source: &mut dyn ContentSource,
    ) -> Result<Written, Error> {
        let declared = source.expected();
        if let Some(size) = declared.length.filter(|&size| size > plan.limit) {
            return Err(Error::EntityTooLarge { size, limit: plan.limit });
        }
        let wants_md5 = matches!(plan.tag, Tag::Md5) || declared.md5.is_some();
        let is_small = declared.length.is_some_and(|size| size <= self.settings.inline_limit as u64);
        let mut large_md5 = (wants_md5 && !is_small).then(|| BodyMd5::new(&self.md5s));
        let mut hasher = ContentHasher::new(HashPlan {
            md5: wants_md5 && is_small,
            sha256: declared.sha256.is_some(),
            checksum: plan.checksum,
        });
        let mut verifier = plan.verify.map(ChecksumHasher::new);
        let mut sink = Sink::new(self, plan, cipher, declared.length);
        while let Some(bytes) = source.next().await.map_err(Error::Source)? {
            hasher.update(&bytes);
            if let Some(verifier) = &mut verifier {
                verifier.update(&bytes);
            }
            if hasher.length() > plan.limit {
                return Err(Error::EntityTooLarge { size: hasher.length(), limit: plan.limit });
            }
            if let Some(md5) = &mut large_md5 {
                md5.update(bytes.clone()).await?;
            }
            sink.append(bytes).await?;
        }
        let mut digests = hasher.finish();
        if let Some(md5) = large_md5 {
            digests.md5 = Some(md5.finish().await?);
        }
        let mut expected = source.expected();
        let verified = verifier.map(ChecksumHasher::finish);
        if let Some(calculated) = &verified
            && let Some(sent) = expected.checksum.take()
            && !same_checksum(&sent, calculated)
        {
            return Err(Error::ChecksumMismatch(sent.algorithm()));
        }
        check_content(&digests, &expected)?;
        let etag = plan.tag.make(&digests);
        Ok(Written { verified, ..sink.finish(digests, etag).await? })
    }
}

impl Written {
    /// Adds to a commit what makes the content part of it.
    pub(crate) fn name_in(&self, commit: &mut Commit) {
        match (&self.content, &self.inline) {
            (Content::Inline(id), Some(bytes)) => {
                commit.put(Table::Contents, keyspace::content(*id), bytes.clone());
            }
            (Content::Blob(blob), _) => {
                let blob = BlobRef::from(*blob);
                commit.put(Table::Records, keyspace::named_blob(blob.id), NamedBlob::new(blob).encode());
            }
            _ => {}
        }
    }

    /// Carries out the commit that names the content; as [`Engine::commit`].
    ///
    /// From the moment it is begun the commit may name the blob, also when the caller goes away or the store cannot say
    /// what became of it: the blob is then no longer removed as unnamed. Should it not be named after all, the next start
    /// finds it.
    pub(crate) async fn commit(
        &mut self,
        engine: &Engine,
        partition: Partition,
        commit: Commit,
    ) -> Result<bool, Error> {
        let blob = self.unnamed.as_mut().and_then(|unnamed| unnamed.blob.take());
        let outcome = engine.commit(partition, commit).await;
        match (&outcome, blob) {
            (Ok(true), Some(blob)) => engine.blobs.settle(blob).await,
            // Certainly not carried out.
            (Ok(false) | Err(Error::NoSuchBucket | Error::Store(StoreError::Full)), blob) => {
                if let Some(unnamed) = &mut self.unnamed {
                    unnamed.blob = blob;
                }
            }
            _ => {}
        }
        outcome
    }

    /// A blob that was made without a body, such as a copy of another.
    pub(crate) fn from_blob(engine: &Engine, blob: BlobRef, digests: ContentDigests, etag: ETag) -> Self {
        Self {
            content: Content::Blob(blob.into()),
            digests,
            etag,
            verified: None,
            inline: None,
            unnamed: Some(UnnamedBlob::new(engine, blob)),
        }
    }
}

/// A sealed blob that no record names. Dropped as such, it is handed to the reclaimer.
struct UnnamedBlob {
    blob: Option<BlobRef>,
    abandoned: Arc<Mutex<Vec<BlobRef>>>,
    reclaim_wanted: Arc<Notify>,
}

impl UnnamedBlob {
    fn new(engine: &Engine, blob: BlobRef) -> Self {
        Self {
            blob: Some(blob),
            abandoned: Arc::clone(&engine.abandoned),
            reclaim_wanted: Arc::clone(&engine.reclaim_wanted),
        }
    }
}

impl Drop for UnnamedBlob {
    fn drop(&mut self) {
        if let Some(blob) = self.blob.take() {
            self.abandoned.lock().push(blob);
            self.reclaim_wanted.notify_one();
        }
    }
}

/// Sealed bytes that are given to the blob at once: few writes of much, and little memory for each body.
const SEALED_PIECE: usize = 2 * FRAME_BYTES;

/// Collects a small content in memory, and passes a large one on to a blob. Seals both, if they are to be.
struct Sink<'a> {
    engine: &'a Engine,
    plan: &'a WritePlan<'a>,
    declared: Option<u64>,
    cipher: Option<ContentCipher>,
    held: Held,
    blob: Option<BlobSink>,
}

/// A blob on its way, and what seals its content.
struct BlobSink {
    writer: Box<dyn BlobWriter>,
    sealer: Option<ContentSealer>,
}

impl BlobSink {
    async fn append(&mut self, mut bytes: Bytes) -> Result<(), Error> {
        let Some(sealer) = &mut self.sealer else { return Ok(self.writer.append(bytes).await?) };
        while let Some(frame) = sealer.take(&mut bytes) {
            self.writer.append(frame).await?;
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<BlobRef, Error> {
        if let Some(frame) = self.sealer.and_then(ContentSealer::finish) {
            self.writer.append(frame).await?;
        }
        Ok(self.writer.seal().await?)
    }
}

/// The content so far, while it is small. One piece, the usual case, is kept as it came.
enum Held {
    Nothing,
    Piece(Bytes),
    Pieces(BytesMut),
}

impl Held {
    fn len(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Piece(bytes) => bytes.len(),
            Self::Pieces(bytes) => bytes.len(),
        }
    }

    fn take(&mut self) -> Bytes {
        match std::mem::replace(self, Self::Nothing) {
            Self::Nothing => Bytes::new(),
            Self::Piece(bytes) => bytes,
            Self::Pieces(bytes) => bytes.freeze(),
        }
    }

    fn push(&mut self, bytes: Bytes, expect: usize) {
        *self = match std::mem::replace(self, Self::Nothing) {
            Self::Nothing => Self::Piece(bytes),
            Self::Piece(first) => {
                let mut pieces = BytesMut::with_capacity(expect.max(first.len() + bytes.len()));
                pieces.extend_from_slice(&first);
                pieces.extend_from_slice(&bytes);
                Self::Pieces(pieces)
            }
            Self::Pieces(mut pieces) => {
                pieces.extend_from_slice(&bytes);
                Self::Pieces(pieces)
            }
        };
    }
}

impl<'a> Sink<'a> {
    fn new(engine: &'a Engine, plan: &'a WritePlan, cipher: Option<ContentCipher>, declared: Option<u64>) -> Self {
        Self { engine, plan, declared, cipher, held: Held::Nothing, blob: None }
    }

    async fn append(&mut self, bytes: Bytes) -> Result<(), Error> {
        let limit = self.engine.settings.inline_limit;
        if let Some(blob) = &mut self.blob {
            return blob.append(bytes).await;
        }
        let surely_large = self.declared.is_some_and(|size| size > limit as u64);
        if !surely_large && self.held.len() + bytes.len() <= limit {
            let expect = self.declared.and_then(|size| usize::try_from(size).ok()).unwrap_or(0).min(limit);
            self.held.push(bytes, expect);
            return Ok(());
        }
        let writer = self.engine.create_blob(self.plan).await?;
        let mut blob =
            BlobSink { writer, sealer: self.cipher.take().map(|cipher| ContentSealer::new(cipher, SEALED_PIECE)) };
        let held = self.held.take();
        if !held.is_empty() {
            blob.append(held).await?;
        }
        blob.append(bytes).await?;
        self.blob = Some(blob);
        Ok(())
    }

    async fn finish(mut self, digests: ContentDigests, etag: ETag) -> Result<Written, Error> {
        if let Some(blob) = self.blob {
            let blob = blob.finish().await?;
            return Ok(Written::from_blob(self.engine, blob, digests, etag));
        }
        let bytes = self.held.take();
        let (content, inline) = match (bytes.is_empty(), self.cipher) {
            (true, _) => (Content::Empty, None),
            (false, cipher) => {
                let stored = match cipher {
                    Some(cipher) => ContentSealer::seal_whole(cipher, bytes),
                    None => bytes,
                };
                (Content::Inline(self.engine.new_content_id()), Some(stored))
            }
        };
        Ok(Written { content, digests, etag, verified: None, inline, unnamed: None })
    }
}

impl Engine {
    pub(crate) fn new_blob(&self, partition: Partition, class: StorageClass) -> BlobSpec {
        BlobSpec { id: BlobId(self.random_id()), class, claim: Claim::on(partition) }
    }

    async fn create_blob(&self, plan: &WritePlan<'_>) -> Result<Box<dyn BlobWriter>, Error> {
        Ok(self.blobs.create(self.new_blob(plan.partition, plan.class)).await?)
    }
}

/// Compares what came with what was expected.
///
/// # Errors
/// [`Error::IncompleteBody`], [`Error::Sha256Mismatch`], [`Error::BadDigest`] or [`Error::ChecksumMismatch`].
pub fn check_content(digests: &ContentDigests, expected: &Expected) -> Result<(), Error> {
    if expected.length.is_some_and(|length| length != digests.length) {
        return Err(Error::IncompleteBody);
    }
    if let (Some(expected), Some(calculated)) = (expected.sha256, digests.sha256)
        && !larder_crypto::equal(&expected, &calculated)
    {
        return Err(Error::Sha256Mismatch { expected, calculated });
    }
    if let (Some(expected), Some(calculated)) = (expected.md5, digests.md5)
        && !larder_crypto::equal(&expected, &calculated)
    {
        return Err(Error::BadDigest { expected, calculated });
    }
    match (&expected.checksum, &digests.checksum) {
        (Some(expected), Some(calculated)) if !same_checksum(expected, calculated) => {
            Err(Error::ChecksumMismatch(expected.algorithm()))
        }
        _ => Ok(()),
    }
}

/// Whether two checksums are of one algorithm and equal.
pub(crate) fn same_checksum(left: &Checksum, right: &Checksum) -> bool {
    left.algorithm() == right.algorithm() && larder_crypto::equal(left.value(), right.value())
}
