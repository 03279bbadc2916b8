//! DeleteBucket, and what remains to be done after it.
//!
//! The bucket's partitions are closed first: from then on every commit there fails with NoSuchBucket. Then it is seen
//! whether they are empty; if not they are opened again. A racing write therefore either lands before the look or fails:
//! no object is ever orphaned. What may be left in the partitions (uploads under way, the outbox) is cleared afterwards.
//!
//! Only one request at a time closes a bucket, and only that one opens it again: had two the same marker, one that found the
//! bucket not empty would open it under the other, which found it empty.

use bytes::Bytes;
use larder_store::{Commit, CommitError, Partition, Table};

use super::Bucket;
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace::{self, Kind};
use crate::record::Record;
use crate::record::deleted_bucket::DeletedBucket;

impl Engine {
    /// Deletes a bucket that holds no version of any object. Uploads under way go with it.
    ///
    /// # Errors
    /// [`Error::NoSuchBucket`], [`Error::BucketNotEmpty`], [`Error::Contended`] when another request deletes or configures it
    /// at the same time, and those of the store.
    pub async fn delete_bucket(&self, bucket: &Bucket) -> Result<(), Error> {
        let bucket = self.same_bucket(bucket).await?;
        // Most refused deletions are of buckets that plainly hold something: they need not close anything.
        for partition in bucket.partitions() {
            self.require_empty(partition).await?;
        }
        let mut marker = [0; 16];
        self.rng.fill(&mut marker);
        let marker = Bytes::copy_from_slice(&marker);
        if let Err(error) = self.close_empty(&bucket, &marker).await {
            self.reopen(&bucket, Some(&marker)).await?;
            return Err(error);
        }
        let key = keyspace::bucket(&bucket.name);
        let remains = DeletedBucket { shards: bucket.record.shards };
        let mut commit = Commit::new();
        commit.require(key.clone(), Some(bucket.raw.clone())).delete(Table::Records, key).put(
            Table::Records,
            keyspace::deleted_bucket(bucket.record.id),
            remains.encode(),
        );
        match self.meta.commit(keyspace::ROOT, commit).await {
            Ok(()) => {
                self.expect_work(keyspace::ROOT);
                Ok(())
            }
            Err(CommitError::Conflict) => {
                // Its configuration was changed at the same time, or another request deleted it.
                self.reopen(&bucket, Some(&marker)).await?;
                Err(Error::Contended)
            }
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// Opens the partitions of a bucket whose deletion did not come to its end: those with this marker, or with `None` all.
    pub(crate) async fn reopen(&self, bucket: &Bucket, marker: Option<&Bytes>) -> Result<(), Error> {
        // Another request may have deleted the bucket meanwhile: its partitions stay closed then.
        match self.same_bucket(bucket).await {
            Ok(_) => {}
            Err(Error::NoSuchBucket) => return Ok(()),
            Err(error) => return Err(error),
        }
        for partition in bucket.partitions() {
            let mut commit = Commit::new();
            if let Some(marker) = marker {
                commit.require(keyspace::CLOSED, Some(marker.clone()));
            }
            commit.delete(Table::Records, keyspace::CLOSED);
            match self.meta.commit(partition, commit).await {
                // A conflict says that the marker is another request's, or that the partition was never closed.
                Ok(()) | Err(CommitError::Conflict) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Closes all partitions and then sees that they are empty.
    async fn close_empty(&self, bucket: &Bucket, marker: &Bytes) -> Result<(), Error> {
        for partition in bucket.partitions() {
            let mut commit = Commit::new();
            commit.require(keyspace::CLOSED, None).put(Table::Records, keyspace::CLOSED, marker.clone());
            match self.meta.commit(partition, commit).await {
                Ok(()) => {}
                // Another request is deleting the bucket.
                Err(CommitError::Conflict) => return Err(Error::Contended),
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        for partition in bucket.partitions() {
            self.require_empty(partition).await?;
        }
        Ok(())
    }

    async fn require_empty(&self, partition: Partition) -> Result<(), Error> {
        // A key with any version has a current record.
        let found = self.meta.scan(partition, Kind::Current.all(1)).await?;
        if found.is_empty() { Ok(()) } else { Err(Error::BucketNotEmpty) }
    }
}
