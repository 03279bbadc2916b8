//! The versions of one key: how they are found, and how a commit adds one or takes one away.
//!
//! Invariants, kept by every commit that goes through here:
//! - a key with any version has a current record, its newest version; the others are older records of lower sequence;
//! - at most one version is the null version; if it is an older one, the current record says at which sequence;
//! - whoever changes the history requires the current record to be the one read, so that writers of one key never both win.

use bytes::Bytes;
use larder_config::versioning::VersioningStatus;
use larder_store::{Commit, Partition, Table};
use larder_types::{ObjectKey, VersionId};

use crate::bucket::Bucket;
use crate::content::Content;
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::record::Record;
use crate::record::outbox::OutboxRecord;
use crate::record::version::{VersionHead, VersionKind, VersionRecord, VersionTail};

/// A key's newest version as it was read.
pub(crate) struct Current {
    pub(crate) partition: Partition,
    pub(crate) raw: Option<Bytes>,
    pub(crate) record: Option<VersionRecord>,
}

/// One version of a key as it was read.
pub(crate) struct Located {
    /// Where its record lies.
    pub(crate) stored_at: Bytes,
    pub(crate) raw: Bytes,
    pub(crate) record: VersionRecord,
    pub(crate) is_current: bool,
}

/// What a new version is, before its place in the history is known.
pub(crate) struct Draft {
    pub(crate) owner: larder_types::AccountId,
    pub(crate) kind: VersionKind,
    pub(crate) object: Option<Box<crate::record::version::ObjectDetail>>,
}

impl Engine {
    /// Reads the newest version of a key.
    pub(crate) async fn current(&self, bucket: &Bucket, key: &ObjectKey) -> Result<Current, Error> {
        let partition = bucket.partition_of(key);
        let raw = self.meta.get(partition, Table::Records, &keyspace::current(key)).await?;
        let record = raw.as_deref().map(VersionRecord::decode).transpose()?;
        Ok(Current { partition, raw, record })
    }

    /// Finds one version by its id. `Ok(None)` says that there is no such version.
    pub(crate) async fn locate(
        &self,
        current: &Current,
        key: &ObjectKey,
        version: VersionId,
    ) -> Result<Option<Located>, Error> {
        let (Some(raw), Some(record)) = (&current.raw, &current.record) else { return Ok(None) };
        if record.head.id == version {
            return Ok(Some(Located {
                stored_at: keyspace::current(key),
                raw: raw.clone(),
                record: record.clone(),
                is_current: true,
            }));
        }
        let sequence = match version {
            VersionId::Null => record.tail.null_sequence,
            VersionId::Id { sequence, .. } => Some(sequence),
        };
        let Some(sequence) = sequence else { return Ok(None) };
        let stored_at = keyspace::older(key, sequence);
        let Some(raw) = self.meta.get(current.partition, Table::Records, &stored_at).await? else { return Ok(None) };
        let record = VersionRecord::decode(&raw)?;
        let found = record.head.id == version;
        Ok(found.then_some(Located { stored_at, raw, record, is_current: false }))
    }

    /// Adds a new newest version to a key's history, as the bucket's versioning state asks.
    pub(crate) async fn add_version(
        &self,
        commit: &mut Commit,
        bucket: &Bucket,
        key: &ObjectKey,
        current: &Current,
        draft: Draft,
    ) -> Result<VersionRecord, Error> {
        let previous = current.record.as_ref();
        let sequence = self.next_sequence(previous.map(|record| record.head.sequence));
        commit.require(keyspace::current(key), current.raw.clone());
        let enabled = bucket.record.versioning == VersioningStatus::Enabled;
        let null_before = previous.and_then(|record| match record.head.id {
            VersionId::Null => Some(record.head.sequence),
            VersionId::Id { .. } => record.tail.null_sequence,
        });
        if let (Some(record), Some(raw)) = (previous, &current.raw) {
            if !enabled && record.head.id == VersionId::Null {
                self.release_version(commit, record);
            } else {
                commit.put(Table::Records, keyspace::older(key, record.head.sequence), raw.clone());
                if let Some(null) = null_before.filter(|_| !enabled) {
                    self.remove_older(commit, current.partition, key, null).await?;
                }
            }
        }
        let id = if enabled { self.new_version_id(sequence) } else { VersionId::Null };
        let head = VersionHead { id, sequence, modified: self.clock.now(), owner: draft.owner, kind: draft.kind };
        let tail = VersionTail { null_sequence: null_before.filter(|_| enabled), object: draft.object };
        let record = VersionRecord { head, tail };
        commit.put(Table::Records, keyspace::current(key), record.encode());
        Ok(record)
    }

    /// Takes one version away. The newest of the others takes the place of a current one.
    pub(crate) async fn remove_version(
        &self,
        commit: &mut Commit,
        key: &ObjectKey,
        current: &Current,
        located: &Located,
    ) -> Result<(), Error> {
        commit.require(keyspace::current(key), current.raw.clone());
        self.release_version(commit, &located.record);
        if !located.is_current {
            commit.require(located.stored_at.clone(), Some(located.raw.clone()));
            commit.delete(Table::Records, located.stored_at.clone());
            if let (VersionId::Null, Some(record)) = (located.record.head.id, &current.record) {
                let mut record = record.clone();
                record.tail.null_sequence = None;
                commit.put(Table::Records, keyspace::current(key), record.encode());
            }
            return Ok(());
        }
        let newest = self.meta.scan(current.partition, keyspace::olders_of(key, None, 1)).await?;
        let Some((stored_at, raw)) = newest.into_iter().next() else {
            commit.delete(Table::Records, keyspace::current(key));
            return Ok(());
        };
        let mut record = VersionRecord::decode(&raw)?;
        record.tail.null_sequence = match record.head.id {
            VersionId::Null => None,
            VersionId::Id { .. } => located.record.tail.null_sequence,
        };
        commit.require(stored_at.clone(), Some(raw));
        commit.delete(Table::Records, stored_at);
        commit.put(Table::Records, keyspace::current(key), record.encode());
        Ok(())
    }

    /// Replaces one version's record by a changed one at the same place.
    pub(crate) fn replace_version(&self, commit: &mut Commit, located: &Located, changed: &VersionRecord) {
        commit.require(located.stored_at.clone(), Some(located.raw.clone()));
        commit.put(Table::Records, located.stored_at.clone(), changed.encode());
    }

    async fn remove_older(
        &self,
        commit: &mut Commit,
        partition: Partition,
        key: &ObjectKey,
        sequence: u64,
    ) -> Result<(), Error> {
        let stored_at = keyspace::older(key, sequence);
        let raw = self.meta.get(partition, Table::Records, &stored_at).await?;
        if let Some(raw) = &raw {
            self.release_version(commit, &VersionRecord::decode(raw)?);
            commit.delete(Table::Records, stored_at.clone());
        }
        commit.require(stored_at, raw);
        Ok(())
    }

    fn release_version(&self, commit: &mut Commit, record: &VersionRecord) {
        if let Some((_, detail)) = record.object() {
            self.release_content(commit, detail.content);
        }
    }

    /// Lets go of a content that the commit unnames: at once where nobody can be in the middle of reading it, else through
    /// the outbox.
    pub(crate) fn release_content(&self, commit: &mut Commit, content: Content) {
        match content {
            Content::Empty => {}
            Content::Inline(id) => {
                commit.delete(Table::Contents, keyspace::content(id));
            }
            Content::Blob(_) | Content::Manifest(_) => self.post(commit, 0, &OutboxRecord::Release(content)),
        }
    }

    /// Puts work into the outbox, due in `delay_millis` milliseconds.
    pub(crate) fn post(&self, commit: &mut Commit, delay_millis: i64, work: &OutboxRecord) {
        let due = self.clock.now().plus_millis(delay_millis);
        commit.put(Table::Records, keyspace::outbox(due, larder_env::random_u64(&*self.rng)), work.encode());
    }
}
