//! Decorators that let calls fail by a plan: a script that names calls by their number, or chance from a seed.
//!
//! A call that is made to fail does not reach the store behind: like a full disk or a dead device, and as
//! [`MetaStore::commit`] promises, nothing of it is visible.
#![deny(clippy::missing_trait_methods)]

use std::collections::HashMap;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use larder_env::{Rng, SeededRng, random_u64};
use parking_lot::Mutex;

use crate::{
    Blob, BlobFacts, BlobRef, BlobSpec, BlobStore, BlobWriter, Check, CheckedFile, Commit, CommitError, Entry,
    MetaStore, Partition, Position, Scan, StoreError, Table, Unsettled, Verified, Walked,
};

/// A call that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// [`MetaStore::commit`]
    Commit,
    /// [`MetaStore::get`]
    Get,
    /// [`MetaStore::scan`]
    Scan,
    /// [`BlobStore::create`]
    Create,
    /// [`BlobWriter::append`]
    Append,
    /// [`BlobWriter::seal`]
    Seal,
    /// [`BlobStore::open`]
    Open,
    /// [`Blob::read`]
    Read,
    /// [`BlobStore::duplicate`]
    Duplicate,
    /// [`BlobStore::delete`]
    Delete,
    /// [`BlobStore::settle`], which is then lost.
    Settle,
    /// [`BlobStore::unsettled`]
    Unsettled,
    /// What only upkeep asks for: [`MetaStore::walk`], [`MetaStore::check`], [`BlobStore::list`], [`BlobStore::inspect`],
    /// [`BlobStore::verify`], [`BlobStore::quarantine`], [`BlobStore::quarantined`], [`BlobStore::discard`]
    Upkeep,
}

/// How it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// [`StoreError::Full`]
    Full,
    /// [`StoreError::Io`]
    Io,
    /// [`StoreError::ReadOnly`]
    ReadOnly,
    /// [`StoreError::Corrupt`]
    Corrupt,
}

impl Fault {
    fn error(self, operation: Operation) -> StoreError {
        let what = format!("{operation:?} was made to fail");
        match self {
            Self::Full => StoreError::Full,
            Self::Io => StoreError::Io { source: std::io::Error::other(what.clone()), what },
            Self::ReadOnly => StoreError::ReadOnly { what },
            Self::Corrupt => StoreError::Corrupt { what },
        }
    }
}

#[derive(Default)]
struct Script {
    calls: HashMap<Operation, u64>,
    faults: HashMap<(Operation, u64), Fault>,
    lasting: HashMap<Operation, Fault>,
    chance: Option<Chance>,
}

struct Chance {
    rng: SeededRng,
    per_mille: u64,
    operations: Vec<Operation>,
    fault: Fault,
}

/// Which calls fail, shared by the decorators that were given it. A test may add to it at any time.
#[derive(Default)]
pub struct FaultPlan {
    script: Mutex<Script>,
}

impl FaultPlan {
    /// Lets nothing fail.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets each of `operations` fail in `per_mille` of 1,000 calls, the same ones for the same seed and order of calls.
    #[must_use]
    pub fn seeded(seed: u64, per_mille: u64, operations: &[Operation], fault: Fault) -> Self {
        let chance = Chance { rng: SeededRng::new(seed), per_mille, operations: operations.to_vec(), fault };
        Self { script: Mutex::new(Script { chance: Some(chance), ..Script::default() }) }
    }

    /// Lets the `nth` call from here on fail, counted from 1.
    pub fn fail(&self, operation: Operation, nth: u64, fault: Fault) {
        let mut script = self.script.lock();
        let number = script.calls.get(&operation).copied().unwrap_or(0) + nth;
        script.faults.insert((operation, number), fault);
    }

    /// Lets every call fail until [`FaultPlan::heal`].
    pub fn fail_all(&self, operation: Operation, fault: Fault) {
        self.script.lock().lasting.insert(operation, fault);
    }

    /// Lets nothing fail any more.
    pub fn heal(&self) {
        let mut script = self.script.lock();
        let calls = std::mem::take(&mut script.calls);
        *script = Script { calls, ..Script::default() };
    }

    /// How often an operation was called, failed calls included.
    #[must_use]
    pub fn calls(&self, operation: Operation) -> u64 {
        self.script.lock().calls.get(&operation).copied().unwrap_or(0)
    }

    fn check(&self, operation: Operation) -> Result<(), StoreError> {
        let mut script = self.script.lock();
        let number = script.calls.entry(operation).or_default();
        *number += 1;
        let number = *number;
        let scripted = script.faults.remove(&(operation, number)).or_else(|| script.lasting.get(&operation).copied());
        let by_chance = || {
            let chance = script.chance.as_ref().filter(|chance| chance.operations.contains(&operation))?;
            let rng: &dyn Rng = &chance.rng;
            (random_u64(rng) % 1000 < chance.per_mille).then_some(chance.fault)
        };
        match scripted.or_else(by_chance) {
            Some(fault) => Err(fault.error(operation)),
            None => Ok(()),
        }
    }
}

/// A [`MetaStore`] that fails by plan.
pub struct FaultyMetaStore {
    inner: Arc<dyn MetaStore>,
    plan: Arc<FaultPlan>,
}

impl FaultyMetaStore {
    /// Lets calls to `inner` fail by `plan`.
    #[must_use]
    pub fn new(inner: Arc<dyn MetaStore>, plan: Arc<FaultPlan>) -> Self {
        Self { inner, plan }
    }
}

#[async_trait::async_trait]
impl MetaStore for FaultyMetaStore {
    async fn commit(&self, partition: Partition, commit: Commit) -> Result<(), CommitError> {
        self.plan.check(Operation::Commit)?;
        self.inner.commit(partition, commit).await
    }

    async fn get(&self, partition: Partition, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.plan.check(Operation::Get)?;
        self.inner.get(partition, table, key).await
    }

    async fn scan(&self, partition: Partition, scan: Scan) -> Result<Vec<Entry>, StoreError> {
        self.plan.check(Operation::Scan)?;
        self.inner.scan(partition, scan).await
    }

    async fn walk(&self, table: Table, after: Option<Position>, limit: usize) -> Result<Vec<Walked>, StoreError> {
        self.plan.check(Operation::Upkeep)?;
        self.inner.walk(table, after, limit).await
    }

    async fn check(&self, after: Option<&str>) -> Result<Option<CheckedFile>, StoreError> {
        self.plan.check(Operation::Upkeep)?;
        self.inner.check(after).await
    }
}

/// A [`BlobStore`] that fails by plan.
pub struct FaultyBlobStore {
    inner: Arc<dyn BlobStore>,
    plan: Arc<FaultPlan>,
}

impl FaultyBlobStore {
    /// Lets calls to `inner` fail by `plan`.
    #[must_use]
    pub fn new(inner: Arc<dyn BlobStore>, plan: Arc<FaultPlan>) -> Self {
        Self { inner, plan }
    }
}

struct FaultyWriter {
    inner: Box<dyn BlobWriter>,
    plan: Arc<FaultPlan>,
}

#[async_trait::async_trait]
impl BlobWriter for FaultyWriter {
    async fn append(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.plan.check(Operation::Append)?;
        self.inner.append(bytes).await
    }

    async fn seal(self: Box<Self>) -> Result<BlobRef, StoreError> {
        self.plan.check(Operation::Seal)?;
        self.inner.seal().await
    }
}

struct FaultyBlob {
    inner: Box<dyn Blob>,
    plan: Arc<FaultPlan>,
}

#[async_trait::async_trait]
impl Blob for FaultyBlob {
    fn len(&self) -> u64 {
        self.inner.len()
    }

    fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    async fn read(&self, offset: u64, limit: usize, memory: BytesMut, check: Check) -> Result<BytesMut, StoreError> {
        self.plan.check(Operation::Read)?;
        self.inner.read(offset, limit, memory, check).await
    }
}

#[async_trait::async_trait]
impl BlobStore for FaultyBlobStore {
    async fn create(&self, spec: BlobSpec) -> Result<Box<dyn BlobWriter>, StoreError> {
        self.plan.check(Operation::Create)?;
        let inner = self.inner.create(spec).await?;
        Ok(Box::new(FaultyWriter { inner, plan: Arc::clone(&self.plan) }))
    }

    async fn open(&self, blob: BlobRef) -> Result<Box<dyn Blob>, StoreError> {
        self.plan.check(Operation::Open)?;
        let inner = self.inner.open(blob).await?;
        Ok(Box::new(FaultyBlob { inner, plan: Arc::clone(&self.plan) }))
    }

    async fn duplicate(&self, source: BlobRef, spec: BlobSpec) -> Result<BlobRef, StoreError> {
        self.plan.check(Operation::Duplicate)?;
        self.inner.duplicate(source, spec).await
    }

    async fn delete(&self, blob: BlobRef) -> Result<(), StoreError> {
        self.plan.check(Operation::Delete)?;
        self.inner.delete(blob).await
    }

    async fn settle(&self, blob: BlobRef) {
        if self.plan.check(Operation::Settle).is_ok() {
            self.inner.settle(blob).await;
        }
    }

    async fn unsettled(&self) -> Result<Vec<Unsettled>, StoreError> {
        self.plan.check(Operation::Unsettled)?;
        self.inner.unsettled().await
    }

    async fn list(&self, after: Option<BlobRef>, limit: usize) -> Result<Vec<BlobRef>, StoreError> {
        self.plan.check(Operation::Upkeep)?;
        self.inner.list(after, limit).await
    }

    async fn inspect(&self, blob: BlobRef) -> Result<BlobFacts, StoreError> {
        self.plan.check(Operation::Upkeep)?;
        self.inner.inspect(blob).await
    }

    async fn verify(&self, blob: BlobRef, from: u64) -> Result<Verified, StoreError> {
        self.plan.check(Operation::Upkeep)?;
        self.inner.verify(blob, from).await
    }

    async fn quarantine(&self, blob: BlobRef) -> Result<(), StoreError> {
        self.plan.check(Operation::Upkeep)?;
        self.inner.quarantine(blob).await
    }

    async fn quarantined(&self) -> Result<Vec<BlobRef>, StoreError> {
        self.plan.check(Operation::Upkeep)?;
        self.inner.quarantined().await
    }

    async fn discard(&self, blob: BlobRef) -> Result<(), StoreError> {
        self.plan.check(Operation::Upkeep)?;
        self.inner.discard(blob).await
    }
}
