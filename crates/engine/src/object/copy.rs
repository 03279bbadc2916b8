//! CopyObject: a new object with another's bytes.

use larder_crypto::DataKeys;
use larder_types::limits::MAX_COPY_BYTES;
use larder_types::{ByteRange, Checksum, ChecksumAlgorithm, ChecksumType, ObjectKey, VersionId};

use super::conditions::{ReadConditions, WriteConditions};
use super::get::{ObjectReader, ObjectVersion, Reading};
use super::put::NewObject;
use crate::bucket::Bucket;
use crate::content::{Content, ContentReader, ContentSource, Expected, SourceError, Tag, WritePlan, Written, cipher};
use crate::engine::Engine;
use crate::error::Error;
use crate::record::encryption::Encryption;
use crate::record::version::VersionRecord;

/// The object a copy takes its bytes from.
#[derive(Clone, Copy, Debug)]
pub struct CopySource<'a> {
    /// Its bucket.
    pub bucket: &'a Bucket,
    /// Its key.
    pub key: &'a ObjectKey,
    /// Its version; the newest when `None`.
    pub version: Option<VersionId>,
    /// What it must be.
    pub conditions: &'a ReadConditions,
}

/// A CopyObject request.
#[derive(Clone, Debug)]
pub struct CopyObject {
    /// The key of the copy.
    pub key: ObjectKey,
    /// What the copy is, metadata and tags already chosen.
    pub object: NewObject,
    /// The additional checksum the copy is to have; `None` keeps the source's.
    pub checksum: Option<ChecksumAlgorithm>,
    /// What the copy's key must hold just before.
    pub conditions: WriteConditions,
    /// The data keys, for a copy that is to be encrypted. An encryption of the source's stream has the source's keys too:
    /// the copy may then share its bytes.
    pub keys: Option<DataKeys>,
}

impl Engine {
    /// Finds a copy's source, checks the conditions on it and opens its bytes, or a range of them, with the keys that
    /// `unlock` gives. What is opened stays as it is, whatever happens to the source's key.
    ///
    /// # Errors
    /// As [`Engine::head_object`], [`Error::PreconditionFailed`], [`Error::RangeOutside`], and those of `unlock`.
    pub async fn open_copy_source<E: From<Error>>(
        &self,
        source: CopySource<'_>,
        range: Option<ByteRange>,
        unlock: impl Fn(&ObjectVersion) -> Result<Option<DataKeys>, E>,
    ) -> Result<ObjectReader, E> {
        let choose = |object: &ObjectVersion| {
            let keys = unlock(object)?;
            let (size, etag) = (object.summary().size, object.summary().etag);
            source.conditions.check_source(etag, object.head().modified, self.clock.now())?;
            match range {
                Some(range) if range.last() >= size => Err(Error::RangeOutside { size }.into()),
                range => Ok(Reading { range, keys }),
            }
        };
        self.get_object(source.bucket, source.key, source.version, choose).await
    }

    /// Makes a copy of a whole object that [`Engine::open_copy_source`] opened.
    ///
    /// # Errors
    /// [`Error::EntityTooLarge`] above 5 GiB, and those of [`Engine::put_object`].
    pub async fn copy_object(
        &self,
        source: ObjectReader,
        bucket: &Bucket,
        request: CopyObject,
    ) -> Result<VersionRecord, Error> {
        self.check_lock_request(bucket, &request.object)?;
        let ObjectReader { object, content } = source;
        let size = object.summary().size;
        if size > MAX_COPY_BYTES {
            return Err(Error::EntityTooLarge { size, limit: MAX_COPY_BYTES });
        }
        let kept = object.detail().checksum.as_ref().map(Checksum::algorithm);
        let algorithm = request.checksum.or(kept).unwrap_or(ChecksumAlgorithm::Crc64Nvme);
        let encryption = request.object.encryption.as_ref();
        let plan = WritePlan {
            partition: bucket.partition_of(&request.key),
            class: request.object.class,
            checksum: Some(algorithm),
            verify: None,
            tag: Tag::of(encryption, request.keys.as_ref()),
            limit: MAX_COPY_BYTES,
        };
        let stream = |encryption: &Encryption| encryption.stream;
        let same_bytes = encryption.map(stream) == object.detail().encryption.as_ref().map(stream);
        let shared = if same_bytes { self.duplicate(&object, &plan, algorithm).await? } else { None };
        let mut written = match shared {
            Some(written) => written,
            // Of one stream only this content is ever sealed: the same bytes in the same frames, should it come to that.
            None => {
                let cipher = cipher(encryption, request.keys.as_ref(), Encryption::whole)?;
                self.write_content(&plan, cipher, &mut CopiedBytes::new(content)).await?
            }
        };
        self.install_written(bucket, &request.key, &request.object, &request.conditions, &mut written).await
    }

    /// Another blob with the same bytes, when the object is one blob and everything that is known of its bytes is true of
    /// the copy's as well. `None` when the bytes have to be read.
    async fn duplicate(
        &self,
        object: &ObjectVersion,
        plan: &WritePlan<'_>,
        algorithm: ChecksumAlgorithm,
    ) -> Result<Option<Written>, Error> {
        let (summary, detail) = (object.summary(), object.detail());
        let (Content::Blob(blob), Some(checksum)) = (detail.content, &detail.checksum) else { return Ok(None) };
        let same_facts = summary.etag.parts == 0
            && summary.class == plan.class
            && checksum.algorithm() == algorithm
            && summary.checksum.is_some_and(|(_, kind)| kind == ChecksumType::FullObject);
        if !same_facts {
            return Ok(None);
        }
        let spec = self.new_blob(plan.partition, plan.class);
        let copy = match self.blobs.duplicate(blob.into(), spec).await {
            Ok(copy) => copy,
            // Removed meanwhile; what was opened can still be read.
            Err(larder_store::StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let digests = larder_crypto::ContentDigests {
            length: summary.size,
            md5: None,
            sha256: None,
            checksum: Some(checksum.clone()),
        };
        Ok(Some(Written::from_blob(self, copy, digests, summary.etag)))
    }
}

/// An object's bytes as the body of a write.
pub(crate) struct CopiedBytes {
    reader: ContentReader,
    length: u64,
}

impl CopiedBytes {
    pub(crate) fn new(reader: ContentReader) -> Self {
        let length = reader.length();
        Self { reader, length }
    }
}

#[async_trait::async_trait]
impl ContentSource for CopiedBytes {
    async fn next(&mut self) -> Result<Option<bytes::Bytes>, SourceError> {
        Ok(self.reader.next().await?)
    }

    fn expected(&self) -> Expected {
        Expected { length: Some(self.length), ..Expected::default() }
    }
}
