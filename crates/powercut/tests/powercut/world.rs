//! The engine over a store in a directory.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use larder_config::ownership::ObjectOwnership;
use larder_config::tagging::TagSet;
use larder_crypto::{DataKeys, SecretKey};
use larder_engine::{
    Bucket, BytesSource, CompletePart, CompleteUpload, CopyObject, CopySource, CreateBucket, CreateUpload,
    DeleteObject, Deleted, Encryption, Engine, EngineSettings, Error, NewObject, ObjectMetadata, ObjectVersion,
    PutObject, ReadConditions, Reading, ServerKey, StoredKey, UploadPart, UploadRecord, VersioningChange,
    WriteConditions,
};
use larder_env::{Rng, SeededRng, SimulatedClock, random_u64};
use larder_store::{Commit, Partition, Table};
use larder_store_local::{LocalOptions, LocalStore, OpenError};
use larder_types::{
    AccountId, BucketName, ChecksumAlgorithm, ObjectKey, PartNumber, Region, StorageClass, Timestamp, UploadId,
    VersionId,
};

/// What is larger lies in a file.
pub(crate) const INLINE_LIMIT: usize = 16 * 1024;

/// Which of the two buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum In {
    /// The one without versions.
    Plain,
    /// The one that keeps versions.
    Kept,
}

impl In {
    pub(crate) const BOTH: [Self; 2] = [Self::Plain, Self::Kept];

    fn name(self) -> BucketName {
        let name = match self {
            Self::Plain => "plain",
            Self::Kept => "kept",
        };
        BucketName::parse(name).expect("a name")
    }
}

/// An engine that serves.
pub(crate) struct World {
    pub(crate) store: LocalStore,
    pub(crate) engine: Engine,
    clock: Arc<SimulatedClock>,
    rng: SeededRng,
    begun: AtomicU64,
}

/// What this test stores in opens small and fills fast.
fn options() -> LocalOptions {
    LocalOptions { memtable_bytes: 48 * 1024, cache_bytes: 1 << 20, background_threads: 1, ..LocalOptions::default() }
}

/// How an object is encrypted. Its keys follow from it, so that nothing has to keep them.
fn encryption(stream: u64, layers: u32) -> Encryption {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&stream.to_be_bytes());
    Encryption { stream: id, key: StoredKey::Server(ServerKey { master: layers, sealed: Vec::new() }) }
}

#[expect(clippy::unnecessary_wraps, reason = "what the engine asks for may refuse")]
fn keys(encryption: Option<&Encryption>) -> Result<Option<DataKeys>, Error> {
    let Some(encryption) = encryption else { return Ok(None) };
    let StoredKey::Server(ServerKey { master: layers, .. }) = encryption.key else { panic!("not a test's key") };
    let key = |byte: u8| {
        let bytes: Vec<u8> = encryption.stream.iter().chain(&[byte; 16]).copied().collect();
        SecretKey::from_slice(&bytes).expect("32 bytes")
    };
    Ok(Some(DataKeys { first: key(1), second: (layers == 2).then(|| key(2)) }))
}

fn whole(object: &ObjectVersion) -> Result<Reading, Error> {
    Ok(Reading { range: None, keys: keys(object.detail().encryption.as_ref())? })
}

pub(crate) fn object_key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).expect("a key")
}

fn part_number(number: u16) -> PartNumber {
    PartNumber::new(number.into()).expect("a part number")
}

impl World {
    /// Opens the store and makes it ready to serve, for the first time or for a later one.
    pub(crate) async fn open(directory: &Path, generation: u64) -> Result<Self, OpenError> {
        let store = LocalStore::open(directory, options())?;
        let start = 1_750_000_000_000 + i64::try_from(generation).expect("small") * 10 * 24 * 60 * 60 * 1000;
        let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(start)));
        let settings = EngineSettings { inline_limit: INLINE_LIMIT, index_shards: 1 };
        let rng = Arc::new(SeededRng::new(0x0e6e << 32 | generation));
        let engine = Engine::new(store.meta(), store.blobs(), clock.clone(), rng, settings);
        engine.recover().await.expect("recovered");
        Ok(Self { store, engine, clock, rng: SeededRng::new(0x3a1d << 32 | generation), begun: AtomicU64::new(0) })
    }

    /// Makes the buckets, unless they are there.
    pub(crate) async fn create_buckets(&self) -> Result<(), Error> {
        for which in In::BOTH {
            let request = CreateBucket {
                name: which.name(),
                owner: AccountId::from_number(1),
                region: Region::parse("us-east-1").expect("a region"),
                object_lock: false,
                ownership: Some(ObjectOwnership::BucketOwnerEnforced),
                tags: None,
                acl: None,
                public_access_block: None,
                encryption: None,
            };
            match self.engine.create_bucket(&request).await {
                Ok(()) | Err(Error::BucketAlreadyOwnedByYou) => {}
                Err(error) => return Err(error),
            }
        }
        let enabled = VersioningChange { enabled: true, ..VersioningChange::default() };
        self.engine.put_bucket_versioning(&*self.bucket(In::Kept).await?, enabled).await
    }

    pub(crate) async fn bucket(&self, which: In) -> Result<Arc<Bucket>, Error> {
        self.engine.bucket(&which.name()).await
    }

    /// A new object, encrypted in one layer or in two.
    fn new_object(&self) -> NewObject {
        let layers = 1 + u32::from(self.begun.fetch_add(1, Ordering::Relaxed).is_multiple_of(4));
        NewObject {
            owner: AccountId::from_number(1),
            class: StorageClass::Standard,
            metadata: ObjectMetadata::default(),
            tags: TagSet::default(),
            retention: None,
            legal_hold: None,
            acl: None,
            encryption: Some(encryption(random_u64(&self.rng), layers)),
        }
    }

    pub(crate) async fn put(&self, which: In, key: &str, body: Bytes) -> Result<VersionId, Error> {
        let object = self.new_object();
        let request = PutObject {
            key: object_key(key),
            keys: keys(object.encryption.as_ref())?,
            object,
            checksum: ChecksumAlgorithm::Crc64Nvme,
            conditions: WriteConditions::default(),
        };
        let bucket = self.bucket(which).await?;
        Ok(self.engine.put_object(&bucket, request, &mut BytesSource::new(body)).await?.head.id)
    }

    /// Copies the newest version of a key, sharing its bytes.
    pub(crate) async fn copy(&self, which: In, from: &str, to: &str) -> Result<VersionId, Error> {
        let bucket = self.bucket(which).await?;
        let (from, conditions) = (object_key(from), ReadConditions::default());
        let source = CopySource { bucket: &bucket, key: &from, version: None, conditions: &conditions };
        let unlock = |object: &ObjectVersion| keys(object.detail().encryption.as_ref());
        let opened = self.engine.open_copy_source(source, None, unlock).await?;
        let encryption = opened.object.detail().encryption.clone();
        let request = CopyObject {
            key: object_key(to),
            keys: keys(encryption.as_ref())?,
            object: NewObject { encryption, ..self.new_object() },
            checksum: None,
            conditions: WriteConditions::default(),
        };
        Ok(self.engine.copy_object(opened, &bucket, request).await?.head.id)
    }

    pub(crate) async fn delete(&self, which: In, key: &str, version: Option<VersionId>) -> Result<Deleted, Error> {
        let request = DeleteObject {
            key: object_key(key),
            version,
            owner: AccountId::from_number(1),
            bypass_governance: false,
            conditions: WriteConditions::default(),
        };
        self.engine.delete_object(&*self.bucket(which).await?, &request).await
    }

    pub(crate) async fn read(&self, which: In, key: &str, version: Option<VersionId>) -> Result<Bytes, Error> {
        let bucket = self.bucket(which).await?;
        let mut reader = self.engine.get_object(&bucket, &object_key(key), version, whole).await?.content;
        let mut bytes = Vec::new();
        while let Some(piece) = reader.next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.into())
    }

    pub(crate) async fn begin_upload(&self, which: In, key: &str) -> Result<UploadId, Error> {
        let request = CreateUpload {
            key: object_key(key),
            object: self.new_object(),
            checksum_algorithm: None,
            checksum_type: None,
            initiator: None,
        };
        Ok(self.engine.create_upload(&*self.bucket(which).await?, request).await?.0)
    }

    pub(crate) async fn part(
        &self,
        (which, key, upload): (In, &str, UploadId),
        number: u16,
        body: Bytes,
    ) -> Result<(), Error> {
        let request = UploadPart { key: object_key(key), upload, number: part_number(number), checksum: None };
        let unlock = |upload: &UploadRecord| keys(upload.encryption.as_ref());
        let bucket = self.bucket(which).await?;
        self.engine.upload_part(&bucket, &request, &mut BytesSource::new(body), unlock).await.map(drop)
    }

    /// Completes an upload with these of its parts.
    pub(crate) async fn complete(
        &self,
        (which, key, upload): (In, &str, UploadId),
        numbers: &[u16],
    ) -> Result<VersionId, Error> {
        let bucket = self.bucket(which).await?;
        let key = object_key(key);
        let listed = self.engine.list_parts(&bucket, &key, upload, 0, 10_000).await?.parts;
        let named = listed.into_iter().filter(|(number, _)| numbers.contains(&number.get()));
        let request = CompleteUpload {
            key,
            upload,
            parts: named.map(|(number, part)| CompletePart { number, etag: Some(part.etag), checksum: None }).collect(),
            checksum: None,
            checksum_type: None,
            size: None,
            conditions: WriteConditions::default(),
        };
        Ok(self.engine.complete_upload(&bucket, &request).await?.version)
    }

    pub(crate) async fn abort(&self, (which, key, upload): (In, &str, UploadId)) -> Result<(), Error> {
        self.engine.abort_upload(&*self.bucket(which).await?, &object_key(key), upload).await
    }

    /// Does all the work that is or comes due within two days.
    pub(crate) async fn reclaim_all(&self) -> Result<(), Error> {
        for _ in 0..2 {
            while self.engine.reclaim(1_000).await?.more {}
            self.clock.advance(Duration::from_secs(24 * 60 * 60));
        }
        Ok(())
    }
}

/// Fills the journal until little is missing to where the engine begins another, at 64 million bytes.
pub(crate) async fn fill_journal(directory: &Path) {
    let partition = Partition { group: u64::MAX, shard: 0 };
    let mut missing: u64 = 63_950_000;
    while missing > 10_000 {
        let store = LocalStore::open(directory, options()).expect("opened");
        for number in 0..missing.div_ceil(820_000) {
            let mut commit = Commit::new();
            // Little of it stays: each commit overwrites the one before.
            for key in 0_u8..u8::try_from((missing / 4100).min(200)).expect("at most 200") {
                commit.put(Table::Contents, vec![key], body(number, 4000));
            }
            store.meta().commit(partition, commit).await.expect("committed");
        }
        store.close().await;
        // Opening cuts off what a journal has behind its last commit.
        LocalStore::open(directory, options()).expect("opened").close().await;
        missing = 63_950_000_u64.saturating_sub(active_journal_bytes(directory));
    }
}

/// How long the journal is that is being written: the one with the highest number.
fn active_journal_bytes(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory.join("meta")).expect("there").map(|entry| entry.expect("listed").path());
    let number = |path: &Path| path.file_name()?.to_str()?.strip_suffix(".jnl")?.parse::<u64>().ok();
    let journals = entries.filter_map(|path| Some((number(&path)?, std::fs::metadata(&path).ok()?.len())));
    journals.max().map_or(0, |(_, bytes)| bytes)
}

/// A body that no other number has.
pub(crate) fn body(number: u64, length: usize) -> Bytes {
    let mut page = [0; 1024];
    SeededRng::new(number).fill(&mut page);
    let mut bytes = Vec::with_capacity(length + page.len());
    for count in 0_u64.. {
        if bytes.len() >= length {
            break;
        }
        page[..8].copy_from_slice(&count.to_le_bytes());
        bytes.extend_from_slice(&page);
    }
    bytes.truncate(length);
    bytes.into()
}
