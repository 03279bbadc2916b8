//! The memory backend, bare and behind the decorators, against the conformance suite and the model.

use std::sync::Arc;

use larder_store::conformance::{self, Factory, Stores, model};
use larder_store::fault::{Fault, FaultPlan, FaultyBlobStore, FaultyMetaStore, Operation};
use larder_store::memory::{MemoryBlobStore, MemoryMetaStore};
use larder_store::meter::{Counters, MeteredBlobStore, MeteredMetaStore};
use larder_store::{BlobId, BlobSpec, BlobStore, Commit, CommitError, MetaStore, Partition, StoreError, Table};
use larder_types::StorageClass;
use parking_lot::Mutex;
use proptest::prelude::*;

struct Memory {
    meta: Arc<MemoryMetaStore>,
    blobs: Mutex<MemoryBlobStore>,
    counters: Arc<Counters>,
    plan: Arc<FaultPlan>,
}

impl Memory {
    fn new() -> Self {
        Self { meta: Arc::default(), blobs: Mutex::default(), counters: Arc::default(), plan: Arc::default() }
    }
}

#[async_trait::async_trait]
impl Factory for Memory {
    async fn open(&self) -> Stores {
        let blobs = {
            let mut blobs = self.blobs.lock();
            *blobs = blobs.restart();
            Arc::new(blobs.clone())
        };
        let meta = FaultyMetaStore::new(self.meta.clone(), self.plan.clone());
        let blobs = FaultyBlobStore::new(blobs, self.plan.clone());
        Stores {
            meta: Arc::new(MeteredMetaStore::new(Arc::new(meta), self.counters.clone())),
            blobs: Arc::new(MeteredBlobStore::new(Arc::new(blobs), self.counters.clone())),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_memory_stores_keep_every_promise_behind_the_decorators() {
    let memory = Memory::new();
    conformance::run(&memory).await;
    let counts = memory.counters.read();
    assert!(counts.conflicts >= 8 * 63, "the losers of the races are counted: {counts:?}");
    assert!(counts.append_bytes > 0 && counts.read_bytes > counts.append_bytes, "{counts:?}");
    assert!(counts.seals <= counts.creates && counts.scans > 0, "{counts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_operations_leave_what_they_leave_in_maps(bytes in proptest::collection::vec(any::<u8>(), 0..1500)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(model::check(&Memory::new(), &model::operations(&bytes)));
    }
}

fn put(key: &'static str) -> Commit {
    let mut commit = Commit::new();
    commit.put(Table::Records, key, "value");
    commit
}

const HERE: Partition = Partition { group: 0, shard: 0 };

#[tokio::test]
async fn a_scripted_fault_hits_its_call_and_changes_nothing() {
    let plan = Arc::new(FaultPlan::new());
    let meta = FaultyMetaStore::new(Arc::new(MemoryMetaStore::new()), plan.clone());
    plan.fail(Operation::Commit, 2, Fault::Full);
    meta.commit(HERE, put("a")).await.unwrap();
    assert!(matches!(meta.commit(HERE, put("b")).await, Err(CommitError::Store(StoreError::Full))));
    assert_eq!(meta.get(HERE, Table::Records, b"b").await.unwrap(), None);
    meta.commit(HERE, put("b")).await.unwrap();
    plan.fail_all(Operation::Commit, Fault::ReadOnly);
    for _ in 0..3 {
        assert!(matches!(meta.commit(HERE, put("c")).await, Err(CommitError::Store(StoreError::ReadOnly { .. }))));
    }
    plan.heal();
    meta.commit(HERE, put("c")).await.unwrap();
    assert_eq!(plan.calls(Operation::Commit), 7);
}

#[tokio::test]
async fn a_seal_that_fails_leaves_no_blob() {
    let plan = Arc::new(FaultPlan::new());
    let memory = Arc::new(MemoryBlobStore::new());
    let blobs = FaultyBlobStore::new(memory.clone(), plan.clone());
    plan.fail(Operation::Seal, 1, Fault::Io);
    for (id, sealed) in [(1, false), (2, true)] {
        let spec = BlobSpec { id: BlobId([id; 16]), class: StorageClass::Standard, claim: "x".into() };
        let mut writer = blobs.create(spec).await.unwrap();
        writer.append("bytes".into()).await.unwrap();
        assert_eq!(writer.seal().await.is_ok(), sealed);
    }
    assert_eq!(memory.sealed_count(), 1);
}

#[tokio::test]
async fn seeded_faults_come_again_with_their_seed() {
    let mut runs = Vec::new();
    for seed in [1, 1, 2] {
        let plan = Arc::new(FaultPlan::seeded(seed, 300, &[Operation::Commit], Fault::Io));
        let meta = FaultyMetaStore::new(Arc::new(MemoryMetaStore::new()), plan);
        let mut run = Vec::new();
        for _ in 0..200 {
            run.push(meta.commit(HERE, put("a")).await.is_ok());
            meta.get(HERE, Table::Records, b"a").await.expect("a read was not asked to fail");
        }
        runs.push(run);
    }
    assert_eq!(runs[0], runs[1]);
    assert_ne!(runs[0], runs[2]);
    let failed = runs[0].iter().filter(|done| !**done).count();
    assert!((30..90).contains(&failed), "{failed} of 200 failed");
}
