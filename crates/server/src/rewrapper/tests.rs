//! What becomes of data keys after a rotation, step by step.

use larder_crypto::DataKeys;
use larder_engine::{
    Bucket, BytesSource, CreateBucket, CreateUpload, Encryption, EngineSettings, NewObject, ObjectMetadata, PutObject,
    ServerKey, StoredKey, WriteConditions,
};
use larder_env::{SeededRng, SimulatedClock};
use larder_keyring::Keyring;
use larder_kms::Kms;
use larder_sse::{NewEncryption, Requester, SseParts, Wanted};
use larder_store::memory::{MemoryBlobStore, MemoryMetaStore};
use larder_types::{AccountId, BucketName, ChecksumAlgorithm, ObjectKey, Region, StorageClass, UploadId, VersionId};

use super::*;

struct World {
    clock: Arc<SimulatedClock>,
    keyring: Keyring,
    engine: Arc<Engine>,
    sse: Arc<Sse>,
    rewrapper: Rewrapper,
    bucket: Arc<Bucket>,
}

fn owner() -> AccountId {
    AccountId::from_number(111_122_223_333)
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::parse(name).expect("a key")
}

fn object(encryption: Encryption) -> NewObject {
    NewObject {
        owner: owner(),
        class: StorageClass::Standard,
        metadata: ObjectMetadata::default(),
        tags: Default::default(),
        retention: None,
        legal_hold: None,
        acl: None,
        encryption: Some(encryption),
    }
}

fn master_of(encryption: Option<&Encryption>) -> u32 {
    match encryption.map(|encryption| &encryption.key) {
        Some(StoredKey::Server(stored)) => stored.master,
        other => panic!("not under a master key: {other:?}"),
    }
}

impl World {
    /// With one empty bucket that keeps versions.
    async fn new() -> Self {
        let clock = Arc::new(SimulatedClock::new(Timestamp::from_millis(1_800_000_000_000)));
        let rng = Arc::new(SeededRng::new(1));
        let keyring = Keyring::in_memory(clock.clone(), rng.clone()).await.expect("a keyring");
        let kms = Kms::in_memory(clock.clone(), rng.clone()).await.expect("a KMS");
        let region = Region::parse("eu-central-1").expect("a region");
        let masters = keyring.master_keys().clone();
        let parts =
            SseParts { masters: masters.clone(), kms, region: region.clone(), clock: clock.clone(), rng: rng.clone() };
        let sse = Arc::new(Sse::new(parts));
        let (meta, blobs) = (Arc::new(MemoryMetaStore::new()), Arc::new(MemoryBlobStore::new()));
        let engine = Arc::new(Engine::new(meta, blobs, clock.clone(), rng, EngineSettings::default()));
        let name = BucketName::parse("bucket").expect("a name");
        let request = CreateBucket {
            name: name.clone(),
            owner: owner(),
            region,
            object_lock: true,
            ownership: None,
            tags: None,
            acl: None,
            public_access_block: None,
            encryption: None,
        };
        engine.create_bucket(&request).await.expect("made");
        let bucket = engine.bucket(&name).await.expect("there");
        let rewrapper = Rewrapper::new(engine.clone(), sse.clone(), masters, clock.clone());
        Self { clock, keyring, engine, sse, rewrapper, bucket }
    }

    async fn begin(&self, name: &str) -> NewEncryption {
        let key = key(name);
        let place = Place { bucket_id: self.bucket.record.id, bucket: &self.bucket.name, key: &key };
        let begun = self.sse.begin(&Wanted::Server, &place, &Requester { asker: None }).await;
        begun.expect("a data key").expect("it is encrypted")
    }

    async fn put_with(&self, name: &str, encryption: Encryption, keys: DataKeys) -> VersionId {
        let request = PutObject {
            key: key(name),
            object: object(encryption),
            checksum: ChecksumAlgorithm::Crc64Nvme,
            conditions: WriteConditions::default(),
            keys: Some(keys),
        };
        let stored = self.engine.put_object(&self.bucket, request, &mut BytesSource::new("x")).await.expect("put");
        stored.head.id
    }

    async fn put(&self, name: &str) -> VersionId {
        let begun = self.begin(name).await;
        self.put_with(name, begun.record, begun.keys).await
    }

    /// An object whose data key nobody can open.
    async fn put_damaged(&self, name: &str) {
        let begun = self.begin(name).await;
        let stored = ServerKey { master: master_of(Some(&begun.record)), sealed: vec![7; 60] };
        let record = Encryption { key: StoredKey::Server(stored), ..begun.record };
        self.put_with(name, record, begun.keys).await;
    }

    async fn start_upload(&self, name: &str) -> UploadId {
        let request = CreateUpload {
            key: key(name),
            object: object(self.begin(name).await.record),
            checksum_algorithm: None,
            checksum_type: None,
            initiator: None,
        };
        self.engine.create_upload(&self.bucket, request).await.expect("an upload").0
    }

    /// The master key that a version's data key is under; without an id, the newest version's.
    async fn master_of(&self, name: &str, version: Option<VersionId>) -> u32 {
        let found = self.engine.head_object(&self.bucket, &key(name), version).await.expect("there");
        master_of(found.detail().encryption.as_ref())
    }

    async fn master_of_upload(&self, name: &str, id: UploadId) -> u32 {
        master_of(self.engine.upload(&self.bucket, &key(name), id).await.expect("under way").encryption.as_ref())
    }

    /// Lets the worker do all there is to do now. Gives how often it had something to do, and the greatest number of data
    /// keys that a walk could not open.
    async fn work(&self) -> (usize, usize) {
        let (mut steps, mut failed) = (0, 0);
        while self.rewrapper.run_once().await.expect("a step") == Progress::More {
            steps += 1;
            failed = failed.max(self.rewrapper.walk.lock().failed);
            assert!(steps < 100, "it comes to an end");
        }
        (steps, failed)
    }
}

#[tokio::test]
async fn without_a_rotation_there_is_nothing_to_do() {
    let world = World::new().await;
    world.put("a").await;
    assert_eq!(world.work().await, (0, 0));
}

#[tokio::test]
async fn everything_comes_under_the_new_master_key() {
    let world = World::new().await;
    let versions = [("a", world.put("a").await), ("a", world.put("a").await), ("b", world.put("b").await)];
    let upload = world.start_upload("c").await;
    let new = world.keyring.rotate_master_key().await.expect("rotated").id;
    assert_ne!(world.master_of_upload("c", upload).await, new);
    let (steps, failed) = world.work().await;
    assert!(steps > 0);
    assert_eq!(failed, 0);
    for (name, version) in versions {
        assert_eq!(world.master_of(name, Some(version)).await, new, "{name} {version}");
    }
    assert_eq!(world.master_of_upload("c", upload).await, new);
    assert_eq!(world.work().await, (0, 0), "it is done");
}

#[tokio::test]
async fn a_key_that_does_not_open_is_counted_and_keeps_no_other_back() {
    let world = World::new().await;
    world.put_damaged("a").await;
    world.put("b").await;
    let old = world.master_of("a", None).await;
    let new = world.keyring.rotate_master_key().await.expect("rotated").id;
    assert_eq!(world.work().await.1, 1);
    assert_eq!((world.master_of("a", None).await, world.master_of("b", None).await), (old, new));
    assert_eq!(world.work().await, (0, 0), "it is not tried again at once");
}

#[tokio::test]
async fn what_an_old_key_sealed_meanwhile_is_found_after_an_hour() {
    let world = World::new().await;
    world.put("a").await;
    // It began before the rotation, and is stored after the walk.
    let late = world.begin("late").await;
    let new = world.keyring.rotate_master_key().await.expect("rotated").id;
    world.work().await;
    world.put_with("late", late.record, late.keys).await;
    world.clock.advance(Duration::from_secs(59 * 60));
    assert_eq!(world.work().await, (0, 0));
    assert_ne!(world.master_of("late", None).await, new);
    world.clock.advance(Duration::from_secs(60));
    assert!(world.work().await.0 > 0);
    assert_eq!(world.master_of("late", None).await, new);
}

#[tokio::test]
async fn a_rotation_does_not_wait_for_the_hour() {
    let world = World::new().await;
    world.put("a").await;
    world.keyring.rotate_master_key().await.expect("rotated");
    world.work().await;
    let newest = world.keyring.rotate_master_key().await.expect("rotated").id;
    world.work().await;
    assert_eq!(world.master_of("a", None).await, newest);
}
