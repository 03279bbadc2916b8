//! An engine over stores that a test can look into.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use larder_config::ownership::ObjectOwnership;
use larder_config::tagging::TagSet;
use larder_crypto::DataKeys;
use larder_engine::{
    Bucket, BytesSource, CompletePart, CompleteUpload, ContentReader, ContentSource, CreateBucket, CreateUpload,
    DeleteObject, Deleted, Engine, EngineSettings, Error, Expected, NewObject, ObjectMetadata, PutObject, SourceError,
    UploadPart, UploadRecord, VersionRecord, VersioningChange, WriteConditions,
};
use larder_env::{Rng, SeededRng, SimulatedClock};
use larder_store::memory::{MemoryBlobStore, MemoryMetaStore};
use larder_store::{
    BlobStore, Commit, CommitError, Entry, MetaStore, Partition, Position, Scan, StoreError, Table, Walked,
};
use larder_types::{
    AccountId, BucketName, ChecksumAlgorithm, ObjectKey, PartNumber, Region, StorageClass, Timestamp, UploadId,
    VersionId,
};
use parking_lot::Mutex;

use crate::encryption::{encryption, keys, whole};

/// Contents above this lie in blobs: low, so that small tests reach both sides of it.
pub(crate) const INLINE_LIMIT: usize = 64;

/// The smallest part that need not be the last.
pub(crate) const MIN_PART: usize = 5 * 1024 * 1024;

type Contents = BTreeMap<(Partition, Table, Bytes), Bytes>;

/// A metadata store that also keeps what was committed where a test can see all of it.
pub(crate) struct RecordingMetaStore {
    inner: Arc<dyn MetaStore>,
    contents: Mutex<Contents>,
}

impl RecordingMetaStore {
    pub(crate) fn new(inner: Arc<dyn MetaStore>) -> Self {
        Self { inner, contents: Mutex::default() }
    }

    /// Everything that is stored.
    pub(crate) fn dump(&self) -> Contents {
        self.contents.lock().clone()
    }

    /// How many small contents and manifests there are.
    pub(crate) fn count_contents(&self) -> usize {
        self.contents.lock().keys().filter(|(_, table, _)| *table == Table::Contents).count()
    }
}

#[async_trait::async_trait]
impl MetaStore for RecordingMetaStore {
    async fn commit(&self, partition: Partition, commit: Commit) -> Result<(), CommitError> {
        let mutations = commit.mutations.clone();
        self.inner.commit(partition, commit).await?;
        let mut contents = self.contents.lock();
        for mutation in mutations {
            let key = (partition, mutation.table, mutation.key);
            match mutation.value {
                Some(value) => contents.insert(key, value),
                None => contents.remove(&key),
            };
        }
        Ok(())
    }

    async fn get(&self, partition: Partition, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.inner.get(partition, table, key).await
    }

    async fn scan(&self, partition: Partition, scan: Scan) -> Result<Vec<Entry>, StoreError> {
        self.inner.scan(partition, scan).await
    }

    async fn walk(&self, table: Table, after: Option<Position>, limit: usize) -> Result<Vec<Walked>, StoreError> {
        self.inner.walk(table, after, limit).await
    }
}

/// An engine with one bucket, over stores in memory unless said otherwise.
pub(crate) struct World {
    pub(crate) engine: Arc<Engine>,
    pub(crate) meta: Arc<dyn MetaStore>,
    pub(crate) clock: Arc<SimulatedClock>,
    pub(crate) name: BucketName,
    pub(crate) owner: AccountId,
    /// Objects begun so far: each is encrypted in another way than the one before.
    begun: AtomicU32,
}

pub(crate) struct Memory {
    pub(crate) meta: Arc<RecordingMetaStore>,
    pub(crate) blobs: MemoryBlobStore,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            meta: Arc::new(RecordingMetaStore::new(Arc::new(MemoryMetaStore::new()))),
            blobs: MemoryBlobStore::new(),
        }
    }

    pub(crate) async fn world(&self, shards: u16) -> World {
        World::new(self.meta.clone(), Arc::new(self.blobs.clone()), shards, 1).await
    }
}

impl World {
    /// An engine over stores that may hold the bucket already. An engine over stores of an earlier one takes another seed.
    pub(crate) async fn new(meta: Arc<dyn MetaStore>, blobs: Arc<dyn BlobStore>, shards: u16, seed: u64) -> Self {
        let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(1_750_000_000_000)));
        let settings = EngineSettings { inline_limit: INLINE_LIMIT, index_shards: shards };
        let rng = Arc::new(SeededRng::new(seed));
        let engine = Arc::new(Engine::new(meta.clone(), blobs, clock.clone(), rng, settings));
        let name = BucketName::parse("bucket").expect("a name");
        let owner = AccountId::from_number(1);
        let world = Self { engine, meta, clock, name, owner, begun: AtomicU32::new(0) };
        match world.create_bucket().await {
            Ok(()) | Err(Error::BucketAlreadyOwnedByYou) => world,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// Moves the clock forward to `now`.
    pub(crate) fn set_clock(&self, now: Timestamp) {
        let passed = now.as_millis() - self.engine.now().as_millis();
        self.clock.advance(Duration::from_millis(u64::try_from(passed).expect("time passes")));
    }

    pub(crate) async fn create_bucket(&self) -> Result<(), Error> {
        let request = CreateBucket {
            name: self.name.clone(),
            owner: self.owner,
            region: Region::parse("us-east-1").expect("a region"),
            object_lock: false,
            ownership: Some(ObjectOwnership::BucketOwnerEnforced),
            tags: None,
            acl: None,
            public_access_block: None,
            encryption: None,
        };
        self.engine.create_bucket(&request).await
    }

    pub(crate) async fn bucket(&self) -> Arc<Bucket> {
        self.engine.bucket(&self.name).await.expect("the bucket is there")
    }

    /// What a new object is: not encrypted, in one layer, or in two, one after another.
    pub(crate) fn new_object(&self) -> NewObject {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let layers = number % 3;
        NewObject {
            owner: self.owner,
            class: StorageClass::Standard,
            metadata: ObjectMetadata::default(),
            tags: TagSet::default(),
            retention: None,
            legal_hold: None,
            acl: None,
            encryption: (layers > 0).then(|| encryption(u64::from(number), layers)),
        }
    }

    pub(crate) fn put_request(&self, key: &str) -> PutObject {
        let object = self.new_object();
        PutObject {
            key: object_key(key),
            keys: keys(object.encryption.as_ref()),
            object,
            checksum: ChecksumAlgorithm::Crc64Nvme,
            conditions: WriteConditions::default(),
        }
    }

    pub(crate) async fn put(&self, key: &str, body: impl Into<Bytes>) -> VersionRecord {
        let bucket = self.bucket().await;
        let request = self.put_request(key);
        self.engine.put_object(&bucket, request, &mut BytesSource::new(body)).await.expect("put")
    }

    /// Uploads an object in parts.
    pub(crate) async fn upload(&self, key: &str, parts: &[Bytes]) {
        let upload = self.create_upload(key).await;
        let mut named = Vec::new();
        for (number, body) in (1..).zip(parts) {
            named.push(self.upload_part(key, upload, number, body.clone()).await);
        }
        let request = CompleteUpload { parts: named, ..self.complete_request(key, upload) };
        self.engine.complete_upload(&*self.bucket().await, &request).await.expect("completed");
    }

    /// An upload with one part, and the part as a Complete names it.
    pub(crate) async fn begin_upload(&self, key: &str, body: Bytes) -> (UploadId, CompletePart) {
        let upload = self.create_upload(key).await;
        let part = self.upload_part(key, upload, 1, body).await;
        (upload, part)
    }

    async fn create_upload(&self, key: &str) -> UploadId {
        let request = CreateUpload {
            key: object_key(key),
            object: self.new_object(),
            checksum_algorithm: None,
            checksum_type: None,
            initiator: None,
        };
        self.engine.create_upload(&*self.bucket().await, request).await.expect("an upload").0
    }

    async fn upload_part(&self, key: &str, upload: UploadId, number: i64, body: Bytes) -> CompletePart {
        let number = PartNumber::new(number).expect("a part number");
        let request = UploadPart { key: object_key(key), upload, number, checksum: None };
        let (bucket, mut source) = (self.bucket().await, BytesSource::new(body));
        let part = self.engine.upload_part(&bucket, &request, &mut source, unlock).await.expect("a part");
        CompletePart { number, etag: Some(part.etag), checksum: None }
    }

    /// A request to complete an upload that names no parts yet.
    #[expect(clippy::unused_self, reason = "beside the other requests")]
    pub(crate) fn complete_request(&self, key: &str, upload: UploadId) -> CompleteUpload {
        CompleteUpload {
            key: object_key(key),
            upload,
            parts: Vec::new(),
            checksum: None,
            checksum_type: None,
            size: None,
            conditions: WriteConditions::default(),
        }
    }

    /// How many records of this kind the bucket has.
    pub(crate) async fn count(&self, tag: u8) -> usize {
        let record = &self.bucket().await.record;
        let mut found = 0;
        for shard in 0..record.shards {
            let scan = Scan {
                start: Bound::Included(Bytes::copy_from_slice(&[tag])),
                end: Bound::Excluded(Bytes::copy_from_slice(&[tag + 1])),
                reverse: false,
                limit: 1_000_000,
            };
            found += self.meta.scan(Partition { group: record.id, shard }, scan).await.expect("a scan").len();
        }
        found
    }

    pub(crate) async fn delete(&self, key: &str, version: Option<VersionId>) -> Deleted {
        let bucket = self.bucket().await;
        let request = self.delete_request(key, version);
        self.engine.delete_object(&bucket, &request).await.expect("delete")
    }

    pub(crate) fn delete_request(&self, key: &str, version: Option<VersionId>) -> DeleteObject {
        DeleteObject {
            key: object_key(key),
            version,
            owner: self.owner,
            bypass_governance: false,
            conditions: WriteConditions::default(),
        }
    }

    pub(crate) async fn get(&self, key: &str) -> Result<Vec<u8>, Error> {
        let bucket = self.bucket().await;
        let reader = self.engine.get_object(&bucket, &object_key(key), None, whole).await?;
        drain(reader.content).await
    }

    pub(crate) async fn enable_versioning(&self) {
        let bucket = self.bucket().await;
        let enabled = VersioningChange { enabled: true, ..VersioningChange::default() };
        self.engine.put_bucket_versioning(&bucket, enabled).await.expect("versioning");
    }

    /// Does all the work that is or comes due within two days.
    pub(crate) async fn reclaim_all(&self) {
        for _ in 0..2 {
            while self.engine.reclaim(1_000).await.expect("reclaim").more {}
            self.clock.advance(Duration::from_secs(24 * 60 * 60));
        }
    }
}

/// The keys of an upload's parts.
#[expect(clippy::unnecessary_wraps, reason = "what the engine asks for may refuse")]
pub(crate) fn unlock(upload: &UploadRecord) -> Result<Option<DataKeys>, Error> {
    Ok(keys(upload.encryption.as_ref()))
}

pub(crate) fn object_key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).expect("a key")
}

/// Bytes that are the same for the same seed.
pub(crate) fn noise(seed: u64, length: usize) -> Bytes {
    let mut bytes = vec![0; length];
    SeededRng::new(seed).fill(&mut bytes);
    bytes.into()
}

/// All that a reader gives.
pub(crate) async fn drain(mut reader: ContentReader) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let length = reader.length();
    while let Some(piece) = reader.next().await? {
        bytes.extend_from_slice(&piece);
    }
    assert_eq!(bytes.len() as u64, length, "a reader gives as much as it says");
    Ok(bytes)
}

/// A body that comes in pieces.
pub(crate) struct Pieces(VecDeque<Bytes>);

impl Pieces {
    pub(crate) fn new(body: &Bytes, size: usize) -> Self {
        let starts = (0..body.len()).step_by(size.max(1));
        Self(starts.map(|start| body.slice(start..(start + size).min(body.len()))).collect())
    }
}

#[async_trait::async_trait]
impl ContentSource for Pieces {
    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        Ok(self.0.pop_front())
    }

    fn expected(&self) -> Expected {
        Expected::default()
    }
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}
