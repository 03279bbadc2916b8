//! Multipart uploads, one file an operation.
//!
//! An upload is a record; each part is a record that requires the upload's to be there when it is committed. Completing an
//! upload writes a manifest of the parts' contents and never touches their bytes. Its commit requires every part it names to
//! be the one it looked at: a part replaced at the same time makes it look again, so that no manifest ever names a content
//! that the replacement has already let go. Parts it did not name are swept afterwards.

mod abort;
mod complete;
mod create;
mod upload_part;

use bytes::Bytes;
use larder_store::{Partition, Table};
use larder_types::{ChecksumAlgorithm, ChecksumType, ObjectKey, PartNumber, UploadId};

use crate::bucket::Bucket;
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::record::Record;
use crate::record::upload::UploadRecord;

pub use complete::{CompletePart, CompleteUpload, Completed};
pub use create::CreateUpload;
pub use upload_part::UploadPart;

/// How a checksum's kind does not go with what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumConflict {
    /// An upload is started with a type of checksum but no algorithm.
    TypeAlone,
    /// An upload is started with a type that its algorithm does not come in.
    TypeNotOfAlgorithm {
        /// The type.
        kind: ChecksumType,
        /// The algorithm.
        algorithm: ChecksumAlgorithm,
    },
    /// A part comes with a checksum of another algorithm than the upload's.
    OtherAlgorithm {
        /// The upload's.
        upload: ChecksumAlgorithm,
        /// The part's.
        sent: ChecksumAlgorithm,
    },
    /// Complete expects another type than the upload's.
    OtherType {
        /// The upload's.
        upload: ChecksumType,
        /// What Complete expects.
        asked: ChecksumType,
    },
    /// Complete names a part without its checksum, and the object's is made of those.
    PartWithout {
        /// The upload's algorithm.
        algorithm: ChecksumAlgorithm,
        /// The part.
        number: PartNumber,
    },
}

/// An upload as it was read.
pub(crate) struct FoundUpload {
    pub(crate) partition: Partition,
    pub(crate) stored_at: Bytes,
    pub(crate) raw: Bytes,
    pub(crate) record: UploadRecord,
}

impl Engine {
    /// Finds an upload under way.
    ///
    /// # Errors
    /// [`Error::NoSuchUpload`] and those of the store.
    pub async fn upload(&self, bucket: &Bucket, key: &ObjectKey, id: UploadId) -> Result<UploadRecord, Error> {
        Ok(self.find_upload(bucket, key, id).await?.record)
    }

    pub(crate) async fn find_upload(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        id: UploadId,
    ) -> Result<FoundUpload, Error> {
        let partition = bucket.partition_of(key);
        let stored_at = keyspace::upload(key, id);
        let raw = self.meta.get(partition, Table::Records, &stored_at).await?.ok_or(Error::NoSuchUpload)?;
        let record = UploadRecord::decode(&raw)?;
        Ok(FoundUpload { partition, stored_at, raw, record })
    }
}
