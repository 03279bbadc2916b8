//! What has to be removed after commits and after crashes.
//!
//! Three sources of work, none of which needs a scan of all metadata: the outboxes of partitions, blobs that a failed
//! operation left behind in this run, and at the start the blobs that an earlier run sealed without coming to name them.

use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use larder_store::{BlobRef, Commit, CommitError, Entry, Partition, Table};
use larder_types::{Timestamp, UploadId};

use crate::bucket::{Bucket, BucketRecord};
use crate::content::{Content, ContentId};
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace::{self, Kind};
use crate::pins::Removal;
use crate::record::Record;
use crate::record::claim::Claim;
use crate::record::deleted_bucket::DeletedBucket;
use crate::record::named_blob::NamedBlob;
use crate::record::outbox::OutboxRecord;
use crate::record::part::PartRecord;

/// Records read at once.
const BATCH: usize = 256;

/// Removals under way at once.
const AT_ONCE: usize = 32;

/// After how many mutations a commit of finished work is carried out.
const COMMIT_MUTATIONS: usize = 4_096;

/// What one round of reclaiming did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reclaimed {
    /// Pieces of work carried out.
    pub done: usize,
    /// Whether there is more that can be done now.
    pub more: bool,
    /// When the next piece of work that is waiting for its time is due.
    pub next_due: Option<Timestamp>,
}

/// What became of one entry of an outbox.
enum Outcome {
    /// Done but for this commit. Until that is through, nobody may begin to read what is being removed.
    Done(Commit, Option<Removal>),
    /// Somebody is reading what is to be removed.
    Later,
}

impl Engine {
    /// To be called once, before anything is served: finds what a crash left undone.
    ///
    /// # Errors
    /// Those of the stores.
    pub async fn recover(&self) -> Result<(), Error> {
        let mut start = keyspace::buckets("", None, BATCH);
        loop {
            let entries = self.meta.scan(keyspace::ROOT, start.clone()).await?;
            for (key, raw) in &entries {
                let name = keyspace::bucket_name(key)?;
                let bucket = Bucket { name, record: BucketRecord::decode(raw)?, raw: raw.clone() };
                self.recover_bucket(&bucket).await?;
            }
            match entries.last() {
                Some((key, _)) if entries.len() == BATCH => start.start = std::ops::Bound::Excluded(key.clone()),
                _ => break,
            }
        }
        if !self.meta.scan(keyspace::ROOT, keyspace::deleted_buckets(1)).await?.is_empty() {
            self.expect_work(keyspace::ROOT);
        }
        self.settle_claims().await
    }

    /// Waits until there may be something to reclaim.
    pub async fn reclaim_wanted(&self) {
        self.reclaim_wanted.notified().await;
    }

    /// Carries out up to about `limit` pieces of work.
    ///
    /// # Errors
    /// Those of the stores; what was not done is tried again in a later round.
    pub async fn reclaim(&self, limit: usize) -> Result<Reclaimed, Error> {
        let mut report = Reclaimed::default();
        let Ok(_removing) = self.removals.try_read() else { return Ok(report) };
        self.remove_abandoned(&mut report).await?;
        let partitions: Vec<Partition> = self.pending.lock().iter().copied().collect();
        for partition in partitions {
            if report.done >= limit {
                report.more = true;
                break;
            }
            // Taken out first: a commit that posts more work from here on puts it back.
            self.pending.lock().remove(&partition);
            let result = match partition {
                keyspace::ROOT => self.clear_deleted_buckets(&mut report).await,
                _ => self.work_off_outbox(partition, false, limit, &mut report).await,
            };
            if !matches!(result, Ok(true)) {
                self.pending.lock().insert(partition);
            }
            result?;
        }
        Ok(report)
    }

    async fn recover_bucket(&self, bucket: &Bucket) -> Result<(), Error> {
        let mut closed = false;
        for partition in bucket.partitions() {
            closed |= self.meta.get(partition, Table::Records, &keyspace::CLOSED).await?.is_some();
            if !self.meta.scan(partition, keyspace::outbox_entries(None, 1)).await?.is_empty() {
                self.expect_work(partition);
            }
        }
        if closed {
            // Its deletion was never acknowledged, or its name would be gone.
            self.reopen(bucket, None).await?;
        }
        Ok(())
    }

    async fn settle_claims(&self) -> Result<(), Error> {
        for unsettled in self.blobs.unsettled().await? {
            let Ok(claim) = Claim::decode(&unsettled.claim) else {
                tracing::warn!(blob = %unsettled.blob.id, "a blob's claim cannot be decoded; the blob is left as it is");
                continue;
            };
            let name = keyspace::named_blob(unsettled.blob.id);
            match self.meta.get(claim.partition(), Table::Records, &name).await? {
                Some(_) => self.blobs.settle(unsettled.blob).await,
                None => self.blobs.delete(unsettled.blob).await?,
            }
        }
        Ok(())
    }

    async fn remove_abandoned(&self, report: &mut Reclaimed) -> Result<(), Error> {
        loop {
            let Some(blob) = self.abandoned.lock().pop() else { return Ok(()) };
            if let Err(error) = self.blobs.delete(blob).await {
                self.abandoned.lock().push(blob);
                return Err(error.into());
            }
            report.done += 1;
        }
    }

    /// Carries out what is due in a partition's outbox, or with `all` everything. `true` when nothing is left in it.
    async fn work_off_outbox(
        &self,
        partition: Partition,
        all: bool,
        limit: usize,
        report: &mut Reclaimed,
    ) -> Result<bool, Error> {
        let now = self.clock.now();
        let mut after = None;
        let mut empty = true;
        while report.done < limit {
            let entries = self.meta.scan(partition, keyspace::outbox_entries(after.as_ref(), BATCH)).await?;
            let complete = entries.len() < BATCH;
            after = entries.last().map(|(key, _)| key.clone());
            let due_at = |key: &Bytes| keyspace::outbox_due(key).unwrap_or(now);
            let (due, waiting): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(key, _)| all || due_at(key) <= now);
            empty &= self.carry_out_all(partition, due, report).await?;
            if let Some((key, _)) = waiting.first() {
                let next = due_at(key);
                report.next_due = Some(report.next_due.map_or(next, |earlier| earlier.min(next)));
                return Ok(false);
            }
            if complete {
                return Ok(empty);
            }
        }
        report.more = true;
        Ok(false)
    }

    /// Carries out entries of an outbox, several at once, and removes those that are done. `true` when all are.
    async fn carry_out_all(
        &self,
        partition: Partition,
        entries: Vec<Entry>,
        report: &mut Reclaimed,
    ) -> Result<bool, Error> {
        let works: Vec<_> = entries.into_iter().map(|entry| self.carry_out(partition, entry)).collect();
        let mut outcomes = stream::iter(works).buffer_unordered(AT_ONCE);
        let mut all_done = true;
        let mut done = Vec::new();
        let mut commit = Commit::new();
        let mut failure = None;
        while let Some(outcome) = outcomes.next().await {
            match outcome {
                Ok(Outcome::Done(work, removal)) => {
                    commit.mutations.extend(work.mutations);
                    done.push(removal);
                }
                Ok(Outcome::Later) => all_done = false,
                // What the others removed is not lost on account of one.
                Err(error) => failure = Some(error),
            }
            if commit.mutations.len() >= COMMIT_MUTATIONS {
                self.commit_anyway(partition, std::mem::take(&mut commit)).await?;
            }
        }
        if !commit.mutations.is_empty() {
            self.commit_anyway(partition, commit).await?;
        }
        report.done += done.len();
        failure.map_or(Ok(all_done), Err)
    }

    async fn carry_out(&self, partition: Partition, (key, raw): Entry) -> Result<Outcome, Error> {
        let mut commit = Commit::new();
        commit.delete(Table::Records, key);
        let mut removal = None;
        match OutboxRecord::decode(&raw)? {
            OutboxRecord::Release(Content::Manifest(id)) => match self.pins.begin_removal(id) {
                Some(begun) => {
                    self.remove_manifest(partition, id, &mut commit).await?;
                    removal = Some(begun);
                }
                None => return Ok(Outcome::Later),
            },
            OutboxRecord::Release(content) => self.remove_contents([content], &mut commit).await?,
            OutboxRecord::SweepUpload(upload) => self.sweep_upload(partition, upload).await?,
            OutboxRecord::ForgetUpload(upload) => {
                commit.delete(Table::Records, keyspace::completed(upload));
            }
        }
        Ok(Outcome::Done(commit, removal))
    }

    async fn remove_manifest(&self, partition: Partition, id: ContentId, commit: &mut Commit) -> Result<(), Error> {
        // Gone already when an earlier round was cut short after its commit: nothing is left to do.
        if let Some(manifest) = self.manifest(partition, id).await? {
            self.remove_contents(manifest.parts.iter().map(|part| part.content), commit).await?;
            commit.delete(Table::Contents, keyspace::content(id));
        }
        Ok(())
    }

    /// Removes the blobs of contents, and has `commit` remove what the metadata store holds of them.
    async fn remove_contents(
        &self,
        contents: impl IntoIterator<Item = Content>,
        commit: &mut Commit,
    ) -> Result<(), Error> {
        let mut removals = Vec::new();
        for content in contents {
            match content {
                Content::Empty | Content::Manifest(_) => {}
                Content::Inline(id) => {
                    commit.delete(Table::Contents, keyspace::content(id));
                }
                Content::Blob(blob) => {
                    let blob = BlobRef::from(blob);
                    commit.delete(Table::Records, keyspace::named_blob(blob.id));
                    removals.push(self.blobs.delete(blob));
                }
            }
        }
        // At once, so that they share the syncs of their folders.
        stream::iter(removals).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        Ok(())
    }

    /// Removes the parts that are recorded under an upload that has ended.
    async fn sweep_upload(&self, partition: Partition, upload: UploadId) -> Result<(), Error> {
        loop {
            let entries = self.meta.scan(partition, keyspace::parts(upload, 0, BATCH)).await?;
            if entries.is_empty() {
                return Ok(());
            }
            let mut commit = Commit::new();
            let mut contents = Vec::with_capacity(entries.len());
            for (key, raw) in entries {
                contents.push(PartRecord::decode(&raw)?.content);
                commit.delete(Table::Records, key);
            }
            self.remove_contents(contents, &mut commit).await?;
            self.commit_anyway(partition, commit).await?;
        }
    }

    /// Clears the partitions of deleted buckets. `true` when none is left.
    async fn clear_deleted_buckets(&self, report: &mut Reclaimed) -> Result<bool, Error> {
        let buckets = self.meta.scan(keyspace::ROOT, keyspace::deleted_buckets(BATCH)).await?;
        let mut left = buckets.len() == BATCH;
        for (key, raw) in buckets {
            let group = keyspace::deleted_bucket_id(&key)?;
            let mut cleared = true;
            for shard in 0..DeletedBucket::decode(&raw)?.shards {
                cleared &= self.clear_partition(Partition { group, shard }, report).await?;
            }
            if cleared {
                let mut commit = Commit::new();
                commit.delete(Table::Records, key);
                self.commit_anyway(keyspace::ROOT, commit).await?;
                report.done += 1;
            }
            left |= !cleared;
        }
        Ok(!left)
    }

    /// Removes what is left of a deleted bucket's partition, but for the marker that keeps late commits out. `false` when
    /// somebody still reads there.
    async fn clear_partition(&self, partition: Partition, report: &mut Reclaimed) -> Result<bool, Error> {
        if !self.work_off_outbox(partition, true, usize::MAX, report).await? {
            return Ok(false);
        }
        for kind in [Kind::Upload, Kind::Part, Kind::NamedBlob, Kind::Completed] {
            loop {
                let entries = self.meta.scan(partition, kind.all(BATCH)).await?;
                if entries.is_empty() {
                    break;
                }
                let mut commit = Commit::new();
                for (key, raw) in entries {
                    match (kind, keyspace::named_blob_id(&key)) {
                        (Kind::Part, _) => {
                            if let content @ Content::Inline(_) = PartRecord::decode(&raw)?.content {
                                self.remove_contents([content], &mut commit).await?;
                            }
                        }
                        (Kind::NamedBlob, Ok(id)) => self.blobs.delete(NamedBlob::decode(&raw)?.blob(id)).await?,
                        _ => {}
                    }
                    commit.delete(Table::Records, key);
                }
                self.commit_anyway(partition, commit).await?;
            }
        }
        self.pending.lock().remove(&partition);
        Ok(true)
    }

    /// A commit without preconditions that also passes in a bucket that was deleted.
    async fn commit_anyway(&self, partition: Partition, commit: Commit) -> Result<(), Error> {
        match self.meta.commit(partition, commit).await {
            Ok(()) => Ok(()),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(CommitError::Conflict) => Err(Error::Contended),
        }
    }
}
