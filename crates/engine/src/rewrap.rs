//! Replacing how data keys are sealed, over everything that is stored. No content is read or written.

use std::ops::Bound;

use bytes::Bytes;
use larder_store::{Commit, Entry, Partition, Table};
use larder_types::{BucketName, ObjectKey};

use crate::bucket::{Bucket, BucketRecord};
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace::{self, Index};
use crate::record::Record;
use crate::record::encryption::Encryption;
use crate::record::upload::UploadRecord;
use crate::record::version::VersionRecord;

/// Records read at once, and at most changed in one commit.
const BATCH: usize = 256;

/// Everything in a bucket that has a data key.
const INDEXES: [Index; 3] = [Index::Currents, Index::Olders, Index::Uploads];

/// How far a walk over everything that is stored has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RewrapCursor {
    /// The bucket under way; `None` at the start.
    bucket: Option<BucketName>,
    /// Partition and kind of record, counted through.
    place: usize,
    /// The last record that was looked at.
    after: Option<Bytes>,
}

/// What one step of a walk did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Where the next step begins; `None` when the walk is over.
    pub next: Option<RewrapCursor>,
    /// Records changed.
    pub changed: usize,
    /// Records that others changed at the same moment: another walk has to look at them.
    pub missed: usize,
    /// Records that cannot be read; each is in the log.
    pub damaged: usize,
}

impl Engine {
    /// Looks at the next records from `cursor` on, and stores what `change` makes of their encryption; `None` leaves it. A
    /// record that moves while a walk is under way can escape it: everything was changed when a walk finds nothing to do.
    ///
    /// # Errors
    /// Those of the stores. What was changed before stays changed.
    pub async fn rewrap(
        &self,
        cursor: RewrapCursor,
        change: impl Fn(&Bucket, &ObjectKey, &Encryption) -> Option<Encryption>,
    ) -> Result<Rewrapped, Error> {
        let Some(bucket) = self.bucket_of_walk(&cursor).await? else { return Ok(Rewrapped::default()) };
        // One that came after the bucket under way was deleted is walked from its start.
        let (place, after) = match cursor.bucket.as_ref() == Some(&bucket.name) {
            true => (cursor.place, cursor.after),
            false => (0, None),
        };
        let shard = u16::try_from(place / INDEXES.len()).unwrap_or(u16::MAX);
        if shard >= bucket.record.shards {
            let next = RewrapCursor { bucket: Some(bucket.name.clone()), place: usize::MAX, after: None };
            return Ok(Rewrapped { next: Some(next), ..Rewrapped::default() });
        }
        let (partition, index) = (Partition { group: bucket.record.id, shard }, INDEXES[place % INDEXES.len()]);
        let mut scan = index.kind().all(BATCH);
        if let Some(after) = after {
            scan.start = Bound::Excluded(after);
        }
        let entries = self.meta.scan(partition, scan).await?;
        let mut step = Rewrapped::default();
        let mut changed = Vec::new();
        for entry in &entries {
            match rewrapped(index, entry, |key, encryption| change(&bucket, key, encryption)) {
                Ok(Some(stored)) => changed.push((entry, stored)),
                Ok(None) => {}
                Err(error) => {
                    let record = String::from_utf8_lossy(&entry.0);
                    tracing::error!(%error, bucket = %bucket.name, %record, "a record cannot be read");
                    step.damaged += 1;
                }
            }
        }
        self.store_rewrapped(partition, &changed, &mut step).await?;
        let (place, after) = match entries.last() {
            Some((key, _)) if entries.len() == BATCH => (place, Some(key.clone())),
            _ => (place + 1, None),
        };
        step.next = Some(RewrapCursor { bucket: Some(bucket.name.clone()), place, after });
        Ok(step)
    }

    /// The bucket under way, or the next one when it is done or gone.
    async fn bucket_of_walk(&self, cursor: &RewrapCursor) -> Result<Option<Bucket>, Error> {
        let done = cursor.place == usize::MAX;
        let after = cursor.bucket.as_ref().map(BucketName::as_str);
        if let (Some(name), false) = (&cursor.bucket, done)
            && let Some(raw) = self.meta.get(keyspace::ROOT, Table::Records, &keyspace::bucket(name)).await?
        {
            return Ok(Some(Bucket { name: name.clone(), record: BucketRecord::decode(&raw)?, raw }));
        }
        let found = self.meta.scan(keyspace::ROOT, keyspace::buckets("", after, 1)).await?;
        let Some((key, raw)) = found.into_iter().next() else { return Ok(None) };
        let name = keyspace::bucket_name(&key)?;
        Ok(Some(Bucket { name, record: BucketRecord::decode(&raw)?, raw }))
    }

    /// Stores changed records: all in one commit, or one by one when somebody came between.
    async fn store_rewrapped(
        &self,
        partition: Partition,
        changed: &[(&Entry, Bytes)],
        step: &mut Rewrapped,
    ) -> Result<(), Error> {
        let commit_of = |changed: &[(&Entry, Bytes)]| {
            let mut commit = Commit::new();
            for ((key, raw), stored) in changed {
                commit.require(key.clone(), Some(raw.clone())).put(Table::Records, key.clone(), stored.clone());
            }
            commit
        };
        if changed.is_empty() {
            return Ok(());
        }
        match self.commit(partition, commit_of(changed)).await {
            Ok(true) => {
                step.changed += changed.len();
                return Ok(());
            }
            Ok(false) => {}
            Err(Error::NoSuchBucket) => return Ok(()),
            Err(error) => return Err(error),
        }
        for one in changed.chunks(1) {
            match self.commit(partition, commit_of(one)).await {
                Ok(true) => step.changed += 1,
                Ok(false) => step.missed += 1,
                Err(Error::NoSuchBucket) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The record as it is to be stored, when `change` changes its encryption.
fn rewrapped(
    index: Index,
    (key, raw): &Entry,
    change: impl Fn(&ObjectKey, &Encryption) -> Option<Encryption>,
) -> Result<Option<Bytes>, Error> {
    let (name, _) = index.read(key)?;
    let changed = |old: &Option<Encryption>| old.as_ref().and_then(|old| change(&name, old));
    if index == Index::Uploads {
        let mut record = UploadRecord::decode(raw)?;
        let Some(new) = changed(&record.encryption) else { return Ok(None) };
        record.encryption = Some(new);
        return Ok(Some(record.encode()));
    }
    let mut record = VersionRecord::decode(raw)?;
    let Some(detail) = &mut record.tail.object else { return Ok(None) };
    let Some(new) = changed(&detail.encryption) else { return Ok(None) };
    detail.encryption = Some(new);
    Ok(Some(record.encode()))
}
