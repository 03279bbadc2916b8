//! AbortMultipartUpload.

use larder_store::{Commit, Table};
use larder_types::{ObjectKey, UploadId};

use crate::attempts::Attempts;
use crate::bucket::Bucket;
use crate::engine::Engine;
use crate::error::Error;
use crate::record::outbox::OutboxRecord;

impl Engine {
    /// Ends an upload and removes its parts, those still on their way included.
    ///
    /// # Errors
    /// [`Error::NoSuchUpload`] and those of the store.
    pub async fn abort_upload(&self, bucket: &Bucket, key: &ObjectKey, id: UploadId) -> Result<(), Error> {
        let mut attempts = Attempts::new();
        loop {
            attempts.next().await?;
            let upload = self.find_upload(bucket, key, id).await?;
            let mut commit = Commit::new();
            commit.require(upload.stored_at.clone(), Some(upload.raw)).delete(Table::Records, upload.stored_at);
            self.post(&mut commit, 0, &OutboxRecord::SweepUpload(id));
            if self.commit(upload.partition, commit).await? {
                return Ok(());
            }
        }
    }
}
