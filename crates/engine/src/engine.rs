//! The engine: what it is built of, and how its commits meet.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use larder_env::{Clock, Rng, random_u64};
use larder_store::{BlobRef, BlobStore, Commit, CommitError, MetaStore, Partition, Table};
use larder_types::{BucketName, Timestamp, VersionId};
use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use crate::attempts::Turns;
use crate::bucket::Bucket;
use crate::content::{ContentId, Md5s};
use crate::error::Error;
use crate::keyspace::{self, Kind};
use crate::pins::Pins;

/// What an operator can set.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// Contents of at most this many bytes lie in the metadata store beside their record.
    pub inline_limit: usize,
    /// Over how many partitions the keys of a new bucket are spread.
    pub index_shards: u16,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self { inline_limit: 64 * 1024, index_shards: 1 }
    }
}

/// While this lives, contents stay where they are, named or not.
#[derive(Debug)]
pub struct HeldRemovals {
    _held: tokio::sync::OwnedRwLockWriteGuard<()>,
}

/// S3's semantics over a metadata store and a blob store.
pub struct Engine {
    pub(crate) meta: Arc<dyn MetaStore>,
    pub(crate) blobs: Arc<dyn BlobStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) settings: EngineSettings,
    pub(crate) pins: Arc<Pins>,
    pub(crate) turns: Turns,
    /// Blobs that were sealed or begun and certainly never named: the reclaimer removes them.
    pub(crate) abandoned: Arc<Mutex<Vec<BlobRef>>>,
    /// Partitions whose outbox has entries.
    pub(crate) pending: Mutex<BTreeSet<Partition>>,
    pub(crate) reclaim_wanted: Arc<Notify>,
    /// Held by whoever removes contents, and exclusively by whoever wants them all to stay.
    pub(crate) removals: Arc<tokio::sync::RwLock<()>>,
    /// Decoded buckets, each good for as long as the stored bytes are those it was decoded from.
    pub(crate) decoded_buckets: RwLock<HashMap<BucketName, Arc<Bucket>>>,
    pub(crate) md5s: Md5s,
}

impl Engine {
    /// An engine over two stores.
    #[must_use]
    pub fn new(
        meta: Arc<dyn MetaStore>,
        blobs: Arc<dyn BlobStore>,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        settings: EngineSettings,
    ) -> Self {
        Self {
            meta,
            blobs,
            clock,
            rng,
            settings,
            pins: Arc::default(),
            turns: Turns::new(),
            abandoned: Arc::default(),
            pending: Mutex::default(),
            reclaim_wanted: Arc::default(),
            removals: Arc::default(),
            decoded_buckets: RwLock::default(),
            md5s: Md5s::default(),
        }
    }

    /// Lets no content be removed until what this returns is dropped; work for it piles up in the outboxes. Waits for
    /// removals under way.
    pub async fn hold_removals(&self) -> HeldRemovals {
        HeldRemovals { _held: Arc::clone(&self.removals).write_owned().await }
    }

    /// The time, as the engine sees it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A sequence above `previous` that also grows with time.
    pub(crate) fn next_sequence(&self, previous: Option<u64>) -> u64 {
        let by_time = u64::try_from(self.clock.now().as_millis()).unwrap_or(0) << 20;
        by_time.max(previous.map_or(0, |sequence| sequence + 1))
    }

    pub(crate) fn new_version_id(&self, sequence: u64) -> VersionId {
        VersionId::Id { sequence, nonce: random_u64(&*self.rng) }
    }

    /// 16 bytes that nobody has had before or can guess.
    pub(crate) fn random_id(&self) -> [u8; 16] {
        let mut id = [0; 16];
        self.rng.fill(&mut id);
        id
    }

    pub(crate) fn new_content_id(&self) -> ContentId {
        ContentId { sequence: self.next_sequence(None), nonce: random_u64(&*self.rng) }
    }

    /// Carries out a commit on one of a bucket's partitions, unless the bucket is being deleted.
    ///
    /// `Ok(false)` says that a precondition no longer holds: read again and decide anew.
    pub(crate) async fn commit(&self, partition: Partition, mut commit: Commit) -> Result<bool, Error> {
        commit.require(keyspace::CLOSED, None);
        let leaves_work = commit.mutations.iter().any(|mutation| Kind::of(&mutation.key) == Some(Kind::Outbox));
        match self.meta.commit(partition, commit).await {
            Ok(()) => {
                if leaves_work {
                    self.expect_work(partition);
                }
                Ok(true)
            }
            Err(CommitError::Conflict) => match self.meta.get(partition, Table::Records, &keyspace::CLOSED).await? {
                Some(_) => Err(Error::NoSuchBucket),
                None => Ok(false),
            },
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// Notes that a partition's outbox has entries.
    pub(crate) fn expect_work(&self, partition: Partition) {
        self.pending.lock().insert(partition);
        self.reclaim_wanted.notify_one();
    }
}
