//! What outlives a simulated process, and the stores over it that a process has.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use larder_env::SeededRng;
use larder_store::fault::{Fault, FaultPlan, FaultyBlobStore, FaultyMetaStore, Operation};
use larder_store::memory::{MemoryBlobStore, MemoryMetaStore};
use larder_store::{
    Blob, BlobRef, BlobSpec, BlobStore, BlobWriter, Check, Commit, CommitError, Entry, MetaStore, Partition, Scan,
    StoreError, Table, Unsettled,
};
use parking_lot::Mutex;

use super::Dice;
use crate::harness::RecordingMetaStore;
use crate::races::{Yielding, let_others};

/// Calls that may fail while a process runs.
const FAILING: [Operation; 11] = [
    Operation::Commit,
    Operation::Get,
    Operation::Scan,
    Operation::Create,
    Operation::Append,
    Operation::Seal,
    Operation::Open,
    Operation::Read,
    Operation::Duplicate,
    Operation::Delete,
    Operation::Settle,
];

/// The disk: what is committed and sealed.
pub(super) struct Disk {
    pub(super) records: Arc<RecordingMetaStore>,
    pub(super) blobs: MemoryBlobStore,
}

/// The stores of one process.
pub(super) struct Stores {
    pub(super) meta: Arc<dyn MetaStore>,
    pub(super) blobs: Arc<dyn BlobStore>,
    pub(super) plan: Arc<FaultPlan>,
    pub(super) log: Arc<FailingLog>,
}

impl Disk {
    pub(super) fn new() -> Self {
        let records = Arc::new(RecordingMetaStore::new(Arc::new(MemoryMetaStore::new())));
        Self { records, blobs: MemoryBlobStore::new() }
    }

    /// Opens the stores as a new process does.
    pub(super) fn open(&mut self, seed: u64) -> Stores {
        self.blobs = self.blobs.restart();
        let plan = Arc::new(FaultPlan::new());
        let log = Arc::new(FailingLog { inner: self.records.clone(), state: Mutex::default() });
        let meta = Arc::new(FaultyMetaStore::new(log.clone(), plan.clone()));
        let blobs = Arc::new(FaultyBlobStore::new(Arc::new(self.blobs.clone()), plan.clone()));
        Stores {
            meta: Arc::new(Yielding::over(meta, seed)),
            blobs: Arc::new(YieldingBlobs { inner: blobs, rng: Arc::new(SeededRng::new(seed ^ 0xb10b)) }),
            plan,
            log,
        }
    }
}

impl Stores {
    /// Lets some of the next calls fail, and sometimes every commit from one on.
    pub(super) fn let_fail(&self, dice: &Dice) {
        for operation in FAILING {
            for _ in 0..dice.below(3) {
                let fault = if dice.below(2) == 0 { Fault::Io } else { Fault::Full };
                self.plan.fail(operation, 1 + dice.below(60), fault);
            }
        }
        if dice.below(3) == 0 {
            self.log.state.lock().commits_left = Some(dice.below(40));
        }
    }
}

/// A log whose device fails at some point: from then on it takes no commit. Which of those it refused are found in it after
/// a restart nobody knows before; a later one is never found without the earlier ones.
pub(super) struct FailingLog {
    inner: Arc<RecordingMetaStore>,
    state: Mutex<LogState>,
}

#[derive(Default)]
struct LogState {
    commits_left: Option<u64>,
    refused: Vec<(Partition, Commit)>,
}

impl FailingLog {
    /// What the next start finds in the log of the commits that were refused.
    pub(super) async fn find_some(&self, dice: &Dice) {
        let refused = std::mem::take(&mut self.state.lock().refused);
        let found = dice.below(refused.len() as u64 + 1);
        for (_, (partition, commit)) in (0..found).zip(refused) {
            // One whose preconditions do not hold was never written.
            let _ = self.inner.commit(partition, commit).await;
        }
    }
}

#[async_trait::async_trait]
impl MetaStore for FailingLog {
    async fn commit(&self, partition: Partition, commit: Commit) -> Result<(), CommitError> {
        {
            let mut state = self.state.lock();
            match &mut state.commits_left {
                None => {}
                Some(0) => {
                    state.refused.push((partition, commit));
                    return Err(StoreError::ReadOnly { what: "the log failed".to_owned() }.into());
                }
                Some(left) => *left -= 1,
            }
        }
        self.inner.commit(partition, commit).await
    }

    async fn get(&self, partition: Partition, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.inner.get(partition, table, key).await
    }

    async fn scan(&self, partition: Partition, scan: Scan) -> Result<Vec<Entry>, StoreError> {
        self.inner.scan(partition, scan).await
    }
}

/// A blob store that lets others go ahead before each call.
struct YieldingBlobs {
    inner: Arc<dyn BlobStore>,
    rng: Arc<SeededRng>,
}

struct YieldingWriter {
    inner: Box<dyn BlobWriter>,
    rng: Arc<SeededRng>,
}

#[async_trait::async_trait]
impl BlobWriter for YieldingWriter {
    async fn append(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        let_others(&self.rng).await;
        self.inner.append(bytes).await
    }

    async fn seal(self: Box<Self>) -> Result<BlobRef, StoreError> {
        let_others(&self.rng).await;
        let sealed = self.inner.seal().await;
        let_others(&self.rng).await;
        sealed
    }
}

struct YieldingBlob {
    inner: Box<dyn Blob>,
    rng: Arc<SeededRng>,
}

#[async_trait::async_trait]
impl Blob for YieldingBlob {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    async fn read(&self, offset: u64, limit: usize, memory: BytesMut, check: Check) -> Result<BytesMut, StoreError> {
        let_others(&self.rng).await;
        self.inner.read(offset, limit, memory, check).await
    }
}

#[async_trait::async_trait]
impl BlobStore for YieldingBlobs {
    async fn create(&self, spec: BlobSpec) -> Result<Box<dyn BlobWriter>, StoreError> {
        let_others(&self.rng).await;
        let inner = self.inner.create(spec).await?;
        Ok(Box::new(YieldingWriter { inner, rng: self.rng.clone() }))
    }

    async fn open(&self, blob: BlobRef) -> Result<Box<dyn Blob>, StoreError> {
        let_others(&self.rng).await;
        let inner = self.inner.open(blob).await?;
        Ok(Box::new(YieldingBlob { inner, rng: self.rng.clone() }))
    }

    async fn duplicate(&self, source: BlobRef, spec: BlobSpec) -> Result<BlobRef, StoreError> {
        let_others(&self.rng).await;
        self.inner.duplicate(source, spec).await
    }

    async fn delete(&self, blob: BlobRef) -> Result<(), StoreError> {
        let_others(&self.rng).await;
        self.inner.delete(blob).await
    }

    async fn settle(&self, blob: BlobRef) {
        self.inner.settle(blob).await;
    }

    async fn unsettled(&self) -> Result<Vec<Unsettled>, StoreError> {
        self.inner.unsettled().await
    }
}
