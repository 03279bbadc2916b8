//! Buckets: their names, their configuration, and their end.

mod configure;
mod create;
mod delete;
mod list;

use std::sync::Arc;

use bytes::Bytes;
use larder_store::{Partition, Table};
use larder_types::{BucketName, ObjectKey};

use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::record::Record;
pub use crate::record::bucket::BucketRecord;

pub use configure::VersioningChange;
pub use create::CreateBucket;
pub use list::{BucketPage, ListBuckets};

/// How many decoded buckets are kept; beyond that all are let go and decoded anew when they are next used.
const MAX_DECODED: usize = 10_000;

/// A bucket as it was at one moment.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Its name.
    pub name: BucketName,
    /// Its identity and configuration.
    pub record: BucketRecord,
    /// The record as it is stored.
    pub(crate) raw: Bytes,
}

impl Bucket {
    /// Where everything about a key lies.
    pub(crate) fn partition_of(&self, key: &ObjectKey) -> Partition {
        Partition { group: self.record.id, shard: keyspace::shard_of(key, self.record.shards) }
    }

    /// All its partitions.
    pub(crate) fn partitions(&self) -> impl Iterator<Item = Partition> + use<> {
        let group = self.record.id;
        (0..self.record.shards).map(move |shard| Partition { group, shard })
    }
}

impl Engine {
    /// A bucket as it is by now; one that was made anew under its name is another bucket.
    pub(crate) async fn same_bucket(&self, bucket: &Bucket) -> Result<Arc<Bucket>, Error> {
        let current = self.bucket(&bucket.name).await?;
        if current.record.id == bucket.record.id { Ok(current) } else { Err(Error::NoSuchBucket) }
    }

    /// Finds a bucket.
    ///
    /// # Errors
    /// [`Error::NoSuchBucket`] and those of the store.
    pub async fn bucket(&self, name: &BucketName) -> Result<Arc<Bucket>, Error> {
        let raw = self.meta.get(keyspace::ROOT, Table::Records, &keyspace::bucket(name)).await?;
        let raw = raw.ok_or(Error::NoSuchBucket)?;
        if let Some(bucket) = self.decoded_buckets.read().get(name)
            && bucket.raw == raw
        {
            return Ok(Arc::clone(bucket));
        }
        let bucket = Arc::new(Bucket { name: name.clone(), record: BucketRecord::decode(&raw)?, raw });
        let mut decoded = self.decoded_buckets.write();
        if decoded.len() >= MAX_DECODED {
            decoded.clear();
        }
        decoded.insert(name.clone(), Arc::clone(&bucket));
        Ok(bucket)
    }
}
