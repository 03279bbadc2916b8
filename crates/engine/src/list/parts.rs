//! ListParts.

use larder_store::{Entry, Table};
use larder_types::{ObjectKey, PartNumber, UploadId};

use crate::bucket::Bucket;
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::record::Record;
use crate::record::part::PartRecord;
use crate::record::upload::UploadRecord;

/// A page of an upload's parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartPage {
    /// The upload.
    pub upload: UploadRecord,
    /// Number and record of each part in order of number.
    pub parts: Vec<(PartNumber, PartRecord)>,
    /// Whether there are more behind the last.
    pub more: bool,
}

impl Engine {
    /// Lists up to `limit` parts of an upload, those with numbers above `after`.
    ///
    /// # Errors
    /// [`Error::NoSuchUpload`] and those of the store.
    pub async fn list_parts(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        upload: UploadId,
        after: u16,
        limit: usize,
    ) -> Result<PartPage, Error> {
        let partition = bucket.partition_of(key);
        let scan = keyspace::parts(upload, after, limit.saturating_add(1));
        let entries = self.meta.scan(partition, scan).await?;
        // Looked for after its parts: while it is there none of them has been swept.
        let stored = self.meta.get(partition, Table::Records, &keyspace::upload(key, upload)).await?;
        let upload = UploadRecord::decode(&stored.ok_or(Error::NoSuchUpload)?)?;
        let more = limit > 0 && entries.len() > limit;
        let part = |(stored, value): &Entry| Ok((keyspace::part_number(stored)?, PartRecord::decode(value)?));
        let parts = entries.iter().take(limit).map(part).collect::<Result<_, Error>>()?;
        Ok(PartPage { upload, parts, more })
    }
}
