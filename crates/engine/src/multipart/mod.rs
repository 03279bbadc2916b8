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
use larder_types::{ObjectKey, UploadId};

use crate::bucket::Bucket;
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::record::Record;
use crate::record::upload::UploadRecord;

pub use complete::{CompletePart, CompleteUpload, Completed};
pub use create::CreateUpload;
pub use upload_part::UploadPart;

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
