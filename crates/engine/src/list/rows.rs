//! The records of one or two indexes over all of a bucket's partitions, in one order.
//!
//! Each partition is a lane that reads its own batches; the next row is the least of all lanes' heads. Batches start small,
//! double while the listing goes on in a line, and are small again after a seek past what was read: neither a listing of
//! few keys nor one that leaps from prefix to prefix reads much that it does not show.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::try_join_all;
use larder_store::{Entry, MetaStore, Partition, Scan};
use larder_types::ObjectKey;

use crate::bucket::Bucket;
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace::{Index, Rank};

/// Entries read first after a seek.
const SMALL_BATCH: usize = 16;

/// Most entries read at once.
const LARGE_BATCH: usize = 1_000;

/// One record on its way into a listing.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) index: Index,
    pub(super) key: ObjectKey,
    pub(super) rank: Rank,
    pub(super) value: Bytes,
}

impl Row {
    fn place(&self) -> (&str, bool, Rank) {
        (self.key.as_str(), self.index == Index::Olders, self.rank)
    }
}

/// Where a listing starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// At the first key with the prefix.
    Beginning,
    /// At this key.
    AtKey(String),
    /// Behind this key.
    AfterKey(String),
    /// Behind all keys that begin so.
    AfterPrefix(String),
    /// Behind one record of a key.
    AfterRecord(String, Rank),
}

impl Start {
    fn place(&self, index: Index) -> Option<Bytes> {
        match self {
            Self::Beginning => None,
            Self::AtKey(key) => Some(index.at(key)),
            Self::AfterKey(key) => Some(index.after_key(key)),
            Self::AfterPrefix(prefix) => Some(index.after_prefix(prefix)),
            Self::AfterRecord(key, rank) => Some(index.after_record(key, *rank)),
        }
    }
}

/// The rows of a listing.
pub(super) struct Rows {
    meta: Arc<dyn MetaStore>,
    lanes: Vec<Lane>,
}

/// One partition's part in a listing.
struct Lane {
    leading: Cursor,
    /// A second index whose records follow those of the first for the same key. What is read of it always was read after
    /// the first index's record for that key.
    trailing: Option<Cursor>,
}

struct Cursor {
    partition: Partition,
    index: Index,
    /// Where the next batch starts.
    start: Bytes,
    /// Just behind the last record of the listing.
    end: Bytes,
    batch: usize,
    /// Nothing is left behind what was read.
    exhausted: bool,
    read: VecDeque<Entry>,
    head: Option<Row>,
}

impl Rows {
    /// The rows of keys that begin with `prefix`; about `expected` of them will be asked for in a line.
    pub(super) fn new(
        engine: &Engine,
        bucket: &Bucket,
        prefix: &str,
        expected: usize,
        leading: (Index, &Start),
        trailing: Option<(Index, &Start)>,
    ) -> Self {
        let shards = usize::from(bucket.record.shards.max(1));
        // Of several partitions each has its share, some a little more.
        let batch = if shards == 1 { expected } else { expected / shards + SMALL_BATCH }.clamp(2, LARGE_BATCH);
        let cursor = |partition, (index, start): (Index, &Start)| {
            let from_prefix = index.at(prefix);
            Cursor {
                partition,
                index,
                start: start.place(index).filter(|start| *start > from_prefix).unwrap_or(from_prefix),
                end: index.after_prefix(prefix),
                batch,
                exhausted: false,
                read: VecDeque::new(),
                head: None,
            }
        };
        let lane = |partition| Lane {
            leading: cursor(partition, leading),
            trailing: trailing.map(|trailing| cursor(partition, trailing)),
        };
        Self { meta: Arc::clone(&engine.meta), lanes: bucket.partitions().map(lane).collect() }
    }

    /// The next row: by key, the leading index's record before the trailing index's ones.
    pub(super) async fn next(&mut self) -> Result<Option<Row>, Error> {
        let meta = &*self.meta;
        match &mut *self.lanes {
            [lane] => lane.fill(meta).await?,
            lanes => {
                let empty: Vec<_> = lanes.iter_mut().filter(|lane| lane.wants_rows()).collect();
                if !empty.is_empty() {
                    try_join_all(empty.into_iter().map(|lane| lane.fill(meta))).await?;
                }
            }
        }
        let least = self
            .lanes
            .iter_mut()
            .filter_map(Lane::least)
            .reduce(|least, other| if other.order(least) == Ordering::Less { other } else { least });
        Ok(least.and_then(|cursor| cursor.head.take()))
    }

    /// Passes over all rows whose keys begin with `prefix`.
    pub(super) fn skip_prefix(&mut self, prefix: &str) {
        for lane in &mut self.lanes {
            lane.leading.skip_prefix(prefix);
            if let Some(trailing) = &mut lane.trailing {
                trailing.skip_prefix(prefix);
            }
        }
    }
}

impl Lane {
    fn wants_rows(&self) -> bool {
        self.leading.wants_rows() || self.trailing.as_ref().is_some_and(Cursor::wants_rows)
    }

    async fn fill(&mut self, meta: &dyn MetaStore) -> Result<(), Error> {
        if self.leading.wants_rows() {
            self.leading.fill(meta, None).await?;
        }
        let Some(trailing) = &mut self.trailing else { return Ok(()) };
        if trailing.wants_rows() {
            let covered = self.leading.covered()?.map(|key| trailing.index.after_key(key.as_str()));
            trailing.fill(meta, covered).await?;
        }
        Ok(())
    }

    fn least(&mut self) -> Option<&mut Cursor> {
        let least = match &mut self.trailing {
            Some(trailing) if trailing.order(&self.leading) == Ordering::Less => trailing,
            _ => &mut self.leading,
        };
        least.head.is_some().then_some(least)
    }
}

impl Cursor {
    fn wants_rows(&self) -> bool {
        self.head.is_none() && !(self.exhausted && self.read.is_empty())
    }

    /// Orders cursors by their heads; one without comes last.
    fn order(&self, other: &Self) -> Ordering {
        match (&self.head, &other.head) {
            (Some(left), Some(right)) => left.place().cmp(&right.place()),
            (left, right) => right.is_some().cmp(&left.is_some()),
        }
    }

    /// Takes the next entry as head, of those read or of a new batch that does not go to `upto` or beyond.
    async fn fill(&mut self, meta: &dyn MetaStore, upto: Option<Bytes>) -> Result<(), Error> {
        if self.read.is_empty() && !self.exhausted {
            let whole = upto.as_ref().is_none_or(|upto| *upto >= self.end);
            let end = upto.filter(|_| !whole).unwrap_or_else(|| self.end.clone());
            if self.start < end {
                let scan = Scan {
                    start: Bound::Included(self.start.clone()),
                    end: Bound::Excluded(end.clone()),
                    reverse: false,
                    limit: self.batch,
                };
                let entries = meta.scan(self.partition, scan).await?;
                match entries.last() {
                    Some((last, _)) if entries.len() == self.batch => {
                        self.start = [last, &[0][..]].concat().into();
                        self.batch = (self.batch * 2).clamp(SMALL_BATCH, LARGE_BATCH);
                    }
                    _ => self.start = end,
                }
                self.read = entries.into();
            }
            self.exhausted = self.start >= self.end;
        }
        let Some((stored, value)) = self.read.pop_front() else { return Ok(()) };
        let (key, rank) = self.index.read(&stored)?;
        self.head = Some(Row { index: self.index, key, rank, value });
        Ok(())
    }

    /// The last key that was read, while there may be more behind it.
    fn covered(&self) -> Result<Option<ObjectKey>, Error> {
        if self.exhausted {
            return Ok(None);
        }
        match (self.read.back(), &self.head) {
            (Some((stored, _)), _) => Ok(Some(self.index.read(stored)?.0)),
            (None, Some(row)) => Ok(Some(row.key.clone())),
            (None, None) => Ok(None),
        }
    }

    fn skip_prefix(&mut self, prefix: &str) {
        let target = self.index.after_prefix(prefix);
        if self.head.as_ref().is_some_and(|row| row.key.as_str().starts_with(prefix)) {
            self.head = None;
        }
        let passed = self.read.partition_point(|(stored, _)| *stored < target);
        self.read.drain(..passed);
        if self.read.is_empty() && !self.exhausted && self.start < target {
            self.start = target;
            self.batch = SMALL_BATCH;
            self.exhausted = self.start >= self.end;
        }
    }
}
