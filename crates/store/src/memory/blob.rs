//! Blobs in a map.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;

use crate::{Blob, BlobFacts, BlobRef, BlobSpec, BlobStore, BlobWriter, Check, Place, StoreError, Unsettled, Verified};

/// Reads end here at the latest, as they do on a disk: whoever expects more at once is found out in a test.
const BLOCK_BYTES: u64 = 64 * 1024;

/// The only place there is.
const PLACE: Place = Place(0);

#[derive(Debug, Default)]
struct State {
    sealed: BTreeMap<BlobRef, Bytes>,
    /// Claims of sealed blobs nobody settled.
    claims: BTreeMap<BlobRef, Bytes>,
    /// Those of them that were there at the last restart.
    unsettled: BTreeSet<BlobRef>,
    quarantined: BTreeMap<BlobRef, Bytes>,
    /// Those that a test damaged.
    damaged: BTreeSet<BlobRef>,
}

impl State {
    fn seal(&mut self, spec: BlobSpec, bytes: Bytes) -> BlobRef {
        let blob = BlobRef { place: PLACE, id: spec.id };
        self.sealed.insert(blob, bytes);
        self.claims.insert(blob, spec.claim);
        blob
    }

    fn forget_claim(&mut self, blob: BlobRef) {
        self.claims.remove(&blob);
        self.unsettled.remove(&blob);
    }
}

/// A [`BlobStore`] in memory. Clones share what they hold.
#[derive(Clone, Debug, Default)]
pub struct MemoryBlobStore {
    state: Arc<Mutex<State>>,
}

impl MemoryBlobStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What a later run of this store finds: the same blobs, and those that nobody settled among the unsettled.
    #[must_use]
    pub fn restart(&self) -> Self {
        let old = self.state.lock();
        let state = State {
            sealed: old.sealed.clone(),
            claims: old.claims.clone(),
            unsettled: old.claims.keys().copied().collect(),
            quarantined: old.quarantined.clone(),
            damaged: old.damaged.clone(),
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Every sealed blob: for tests that compare runs.
    #[must_use]
    pub fn dump(&self) -> BTreeMap<BlobRef, Bytes> {
        self.state.lock().sealed.clone()
    }

    /// Changes a blob's first byte behind the store's back. For tests.
    pub fn damage(&self, blob: BlobRef) {
        let mut state = self.state.lock();
        if let Some(bytes) = state.sealed.get_mut(&blob) {
            let mut changed = BytesMut::from(&**bytes);
            changed.first_mut().into_iter().for_each(|byte| *byte ^= 1);
            *bytes = changed.freeze();
        }
        state.damaged.insert(blob);
    }

    /// How many sealed blobs there are: for tests that look for leaks.
    #[must_use]
    pub fn sealed_count(&self) -> usize {
        self.state.lock().sealed.len()
    }
}

struct MemoryWriter {
    state: Arc<Mutex<State>>,
    spec: BlobSpec,
    bytes: BytesMut,
}

#[async_trait::async_trait]
impl BlobWriter for MemoryWriter {
    async fn append(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        self.bytes.extend_from_slice(&bytes);
        Ok(())
    }

    async fn seal(self: Box<Self>) -> Result<BlobRef, StoreError> {
        Ok(self.state.lock().seal(self.spec, self.bytes.freeze()))
    }
}

struct MemoryBlob {
    blob: BlobRef,
    bytes: Bytes,
    damaged: bool,
}

fn damaged(blob: BlobRef) -> StoreError {
    StoreError::Corrupt { what: format!("blob {} was damaged by a test", blob.id) }
}

#[async_trait::async_trait]
impl Blob for MemoryBlob {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    async fn read(
        &self,
        offset: u64,
        limit: usize,
        mut memory: BytesMut,
        check: Check,
    ) -> Result<BytesMut, StoreError> {
        if self.damaged && check == Check::Store {
            return Err(damaged(self.blob));
        }
        let start = offset.min(self.len());
        let block_end = (start / BLOCK_BYTES + 1) * BLOCK_BYTES;
        let end = start.saturating_add(limit as u64).min(block_end).min(self.len());
        let index = |at: u64| usize::try_from(at).expect("what is in memory has an index");
        memory.clear();
        memory.extend_from_slice(&self.bytes[index(start)..index(end)]);
        Ok(memory)
    }
}

#[async_trait::async_trait]
impl BlobStore for MemoryBlobStore {
    async fn create(&self, spec: BlobSpec) -> Result<Box<dyn BlobWriter>, StoreError> {
        spec.validate()?;
        Ok(Box::new(MemoryWriter { state: Arc::clone(&self.state), spec, bytes: BytesMut::new() }))
    }

    async fn open(&self, blob: BlobRef) -> Result<Box<dyn Blob>, StoreError> {
        let state = self.state.lock();
        if state.quarantined.contains_key(&blob) {
            return Err(StoreError::Corrupt { what: format!("blob {} was put aside", blob.id) });
        }
        let bytes = state.sealed.get(&blob).cloned().ok_or(StoreError::NotFound)?;
        Ok(Box::new(MemoryBlob { blob, bytes, damaged: state.damaged.contains(&blob) }))
    }

    async fn duplicate(&self, source: BlobRef, spec: BlobSpec) -> Result<BlobRef, StoreError> {
        spec.validate()?;
        let mut state = self.state.lock();
        let bytes = state.sealed.get(&source).cloned().ok_or(StoreError::NotFound)?;
        Ok(state.seal(spec, bytes))
    }

    async fn delete(&self, blob: BlobRef) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        state.sealed.remove(&blob);
        state.forget_claim(blob);
        Ok(())
    }

    async fn settle(&self, blob: BlobRef) {
        self.state.lock().forget_claim(blob);
    }

    async fn unsettled(&self) -> Result<Vec<Unsettled>, StoreError> {
        let state = self.state.lock();
        let claim = |blob: &BlobRef| state.claims.get(blob).cloned().unwrap_or_default();
        Ok(state.unsettled.iter().map(|blob| Unsettled { blob: *blob, claim: claim(blob) }).collect())
    }

    async fn list(&self, after: Option<BlobRef>, limit: usize) -> Result<Vec<BlobRef>, StoreError> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(self.state.lock().sealed.range((start, Bound::Unbounded)).take(limit).map(|(blob, _)| *blob).collect())
    }

    async fn inspect(&self, blob: BlobRef) -> Result<BlobFacts, StoreError> {
        let length = self.open(blob).await?.len();
        let claim = self.state.lock().claims.get(&blob).cloned();
        Ok(BlobFacts { length, settled: claim.is_none(), claim })
    }

    async fn verify(&self, blob: BlobRef, from: u64) -> Result<Verified, StoreError> {
        let length = self.open(blob).await?.len();
        if self.state.lock().damaged.contains(&blob) {
            return Err(damaged(blob));
        }
        let next = from.saturating_add(BLOCK_BYTES);
        let bytes = length.saturating_sub(from).min(BLOCK_BYTES);
        Ok(Verified { bytes, next: (next < length).then_some(next), blemish: None })
    }

    async fn quarantine(&self, blob: BlobRef) -> Result<(), StoreError> {
        let mut state = self.state.lock();
        let bytes = state.sealed.remove(&blob).ok_or(StoreError::NotFound)?;
        state.quarantined.insert(blob, bytes);
        Ok(())
    }

    async fn quarantined(&self) -> Result<Vec<BlobRef>, StoreError> {
        Ok(self.state.lock().quarantined.keys().copied().collect())
    }

    async fn discard(&self, blob: BlobRef) -> Result<(), StoreError> {
        self.state.lock().quarantined.remove(&blob);
        Ok(())
    }
}
