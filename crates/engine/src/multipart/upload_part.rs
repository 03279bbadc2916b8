//! UploadPart and UploadPartCopy.

use larder_crypto::DataKeys;
use larder_store::{Commit, Table};
use larder_types::limits::MAX_PUT_BYTES;
use larder_types::{ChecksumAlgorithm, ObjectKey, PartNumber, UploadId};

use super::{ChecksumConflict, FoundUpload};
use crate::attempts::Attempts;
use crate::bucket::Bucket;
use crate::content::{ContentSource, Tag, WritePlan, Written, cipher};
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::object::{CopiedBytes, ObjectReader};
use crate::record::Record;
use crate::record::encryption::Encryption;
use crate::record::part::PartRecord;
use crate::record::upload::UploadRecord;

/// Which part of which upload.
#[derive(Clone, Debug)]
pub struct UploadPart {
    /// The upload's key.
    pub key: ObjectKey,
    /// The upload.
    pub upload: UploadId,
    /// The part's number; a part uploaded before under the same number is replaced.
    pub number: PartNumber,
    /// The algorithm of the checksum that the client sends or asks for.
    pub checksum: Option<ChecksumAlgorithm>,
}

impl Engine {
    /// Stores a part, with the keys that `unlock` gives for its upload.
    ///
    /// # Errors
    /// [`Error::NoSuchUpload`], also when the upload ends while the part is on its way; [`Error::ChecksumKind`] when the
    /// checksum is not of the upload's algorithm; those of `unlock`, for content and the store.
    pub async fn upload_part<E: From<Error>>(
        &self,
        bucket: &Bucket,
        request: &UploadPart,
        source: &mut dyn ContentSource,
        unlock: impl FnOnce(&UploadRecord) -> Result<Option<DataKeys>, E>,
    ) -> Result<PartRecord, E> {
        let upload = self.find_upload(bucket, &request.key, request.upload).await?;
        let (algorithm, verify) = part_algorithms(&upload, request.checksum)?;
        let encryption = upload.record.encryption.as_ref();
        // A part that is uploaded again must not meet the frames of the one before under the same nonces.
        let content = self.random_id();
        let bound_to = |encryption: &Encryption| encryption.part(request.number, content);
        let keys = unlock(&upload.record)?;
        let cipher = cipher(encryption, keys.as_ref(), bound_to)?;
        let stream = encryption.map(|_| content);
        let plan = WritePlan {
            partition: upload.partition,
            class: upload.record.class,
            checksum: Some(algorithm),
            verify,
            tag: Tag::of(encryption, keys.as_ref()),
            limit: MAX_PUT_BYTES,
        };
        let mut written = self.write_content(&plan, cipher, source).await?;
        Ok(self.install_part(bucket, request, stream, &mut written).await?)
    }

    /// Stores the bytes of an object, or of a range of it, as a part.
    ///
    /// # Errors
    /// As [`Engine::upload_part`].
    pub async fn upload_part_copy<E: From<Error>>(
        &self,
        bucket: &Bucket,
        request: &UploadPart,
        source: ObjectReader,
        unlock: impl FnOnce(&UploadRecord) -> Result<Option<DataKeys>, E>,
    ) -> Result<PartRecord, E> {
        self.upload_part(bucket, request, &mut CopiedBytes::new(source.content), unlock).await
    }

    async fn install_part(
        &self,
        bucket: &Bucket,
        request: &UploadPart,
        stream: Option<[u8; 16]>,
        written: &mut Written,
    ) -> Result<PartRecord, Error> {
        let record = PartRecord {
            size: written.digests.length,
            etag: written.etag,
            checksum: written.digests.checksum.clone(),
            sent: written.verified.clone(),
            modified: self.clock.now(),
            content: written.content,
            stream,
        };
        let stored_at = keyspace::part(request.upload, request.number);
        let mut attempts = Attempts::new();
        loop {
            attempts.next().await?;
            let upload = self.find_upload(bucket, &request.key, request.upload).await?;
            let replaced = self.meta.get(upload.partition, Table::Records, &stored_at).await?;
            let mut commit = Commit::new();
            commit.require(upload.stored_at, Some(upload.raw)).require(stored_at.clone(), replaced.clone()).put(
                Table::Records,
                stored_at.clone(),
                record.encode(),
            );
            written.name_in(&mut commit);
            if let Some(replaced) = &replaced {
                self.release_content(&mut commit, PartRecord::decode(replaced)?.content);
            }
            if written.commit(self, upload.partition, commit).await? {
                return Ok(record);
            }
        }
    }
}

/// The algorithm of the checksum a part is kept with, and the one of the checksum it comes with where that is another.
///
/// An upload that was started without an algorithm keeps CRC64NVME, and takes parts with a checksum of any algorithm.
fn part_algorithms(
    upload: &FoundUpload,
    sent: Option<ChecksumAlgorithm>,
) -> Result<(ChecksumAlgorithm, Option<ChecksumAlgorithm>), Error> {
    match (upload.record.checksum_algorithm, sent) {
        (None, sent) => {
            let kept = ChecksumAlgorithm::Crc64Nvme;
            Ok((kept, sent.filter(|&sent| sent != kept)))
        }
        (Some(expected), Some(sent)) if expected != sent => {
            Err(Error::ChecksumKind(ChecksumConflict::OtherAlgorithm { upload: expected, sent }))
        }
        (Some(expected), _) => Ok((expected, None)),
    }
}
