//! What the fuzz targets call: everything that reads stored bytes.

use crate::keyspace;
use crate::record::Record;
use crate::record::bucket::BucketRecord;
use crate::record::claim::Claim;
use crate::record::completed_upload::CompletedUpload;
use crate::record::deleted_bucket::DeletedBucket;
use crate::record::manifest::Manifest;
use crate::record::named_blob::NamedBlob;
use crate::record::outbox::OutboxRecord;
use crate::record::part::PartRecord;
use crate::record::upload::UploadRecord;
use crate::record::version::{VersionHead, VersionRecord};

/// Reads bytes as every record and every key there is. Errors are fine, panics are not; and what can be read is written
/// back to bytes that read the same.
pub fn records(data: &[u8]) {
    read_again::<BucketRecord>(data);
    read_again::<Claim>(data);
    read_again::<CompletedUpload>(data);
    read_again::<DeletedBucket>(data);
    read_again::<Manifest>(data);
    read_again::<NamedBlob>(data);
    read_again::<OutboxRecord>(data);
    read_again::<PartRecord>(data);
    read_again::<UploadRecord>(data);
    let _ = VersionHead::decode(data);
    if let Ok(record) = VersionRecord::decode(data) {
        assert!(VersionRecord::decode(&record.encode()).is_ok_and(|again| again == record));
    }
    let _ = keyspace::bucket_name(data);
    for index in [keyspace::Index::Currents, keyspace::Index::Olders, keyspace::Index::Uploads] {
        let _ = index.read(data);
    }
    let _ = keyspace::part_number(data);
    let _ = keyspace::part_upload(data);
    let _ = keyspace::outbox_due(data);
    let _ = keyspace::named_blob_id(data);
    let _ = keyspace::deleted_bucket_id(data);
}

fn read_again<R: Record + PartialEq>(data: &[u8]) {
    if let Ok(record) = R::decode(data) {
        assert!(R::decode(&record.encode()).is_ok_and(|again| again == record));
    }
}
