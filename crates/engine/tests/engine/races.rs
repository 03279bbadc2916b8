//! Many at once on the same thing. Which order they meet in comes from a seed: every call to the stores first lets others
//! go ahead a few times, on one thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use larder_engine::{BytesSource, Condition, Deleted, Error, TagMatch, WriteConditions};
use larder_env::{Rng, SeededRng, random_u64};
use larder_store::memory::{MemoryBlobStore, MemoryMetaStore};
use larder_store::{Commit, CommitError, Entry, MetaStore, Partition, Scan, StoreError, Table};

use crate::encryption::whole;
use crate::harness::{MIN_PART, Memory, World, noise, object_key, runtime};

/// Orders tried of what can go wrong in few of them.
const SEEDS: u64 = 4_000;

/// A metadata store that lets others go ahead before each call, and between a commit and its answer.
pub(crate) struct Yielding {
    inner: Arc<dyn MetaStore>,
    rng: SeededRng,
    /// Commits that came too late.
    conflicts: AtomicUsize,
}

impl Yielding {
    pub(crate) fn new(seed: u64) -> Self {
        Self::over(Arc::new(MemoryMetaStore::new()), seed)
    }

    pub(crate) fn over(inner: Arc<dyn MetaStore>, seed: u64) -> Self {
        Self { inner, rng: SeededRng::new(seed), conflicts: AtomicUsize::new(0) }
    }

    async fn let_others(&self) {
        let_others(&self.rng).await;
    }
}

/// Lets others go ahead up to three times.
pub(crate) async fn let_others(rng: &SeededRng) {
    let rng: &dyn Rng = rng;
    for _ in 0..random_u64(rng) % 4 {
        tokio::task::yield_now().await;
    }
}

#[async_trait::async_trait]
impl MetaStore for Yielding {
    async fn commit(&self, partition: Partition, commit: Commit) -> Result<(), CommitError> {
        self.let_others().await;
        let outcome = self.inner.commit(partition, commit).await;
        if matches!(outcome, Err(CommitError::Conflict)) {
            self.conflicts.fetch_add(1, Ordering::Relaxed);
        }
        self.let_others().await;
        outcome
    }

    async fn get(&self, partition: Partition, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.let_others().await;
        self.inner.get(partition, table, key).await
    }

    async fn scan(&self, partition: Partition, scan: Scan) -> Result<Vec<Entry>, StoreError> {
        self.let_others().await;
        self.inner.scan(partition, scan).await
    }
}

async fn yielding(seed: u64, shards: u16) -> Arc<World> {
    Arc::new(World::new(Arc::new(Yielding::new(seed)), Arc::new(MemoryBlobStore::new()), shards, seed).await)
}

async fn put(world: &World, key: &str, body: Bytes, conditions: WriteConditions) -> Result<(), Error> {
    let bucket = world.engine.bucket(&world.name).await?;
    let request = larder_engine::PutObject { conditions, ..world.put_request(key) };
    world.engine.put_object(&bucket, request, &mut BytesSource::new(body)).await.map(drop)
}

#[test]
fn writers_of_one_key_lose_at_most_their_first_attempt() {
    const WRITERS: usize = 32;
    for seed in 0..20 {
        runtime().block_on(async {
            let meta = Arc::new(Yielding::new(seed));
            let world = Arc::new(World::new(meta.clone(), Arc::new(MemoryBlobStore::new()), 1, seed).await);
            world.enable_versioning().await;
            let writer = |number: usize| {
                let world = world.clone();
                async move {
                    for round in 0..20 {
                        let body = noise((number * 100 + round) as u64, 50);
                        put(&world, "key", body, WriteConditions::default()).await.expect("a version");
                    }
                }
            };
            let tasks: Vec<_> = (0..WRITERS).map(|number| tokio::spawn(writer(number))).collect();
            for task in tasks {
                task.await.expect("a task");
            }
            let conflicts = meta.conflicts.load(Ordering::Relaxed);
            assert!(conflicts <= WRITERS, "seed {seed}: {conflicts} of {} commits came too late", WRITERS * 20);
        });
    }
}

#[test]
fn of_many_that_want_to_be_first_one_is() {
    for seed in 0..20 {
        runtime().block_on(async {
            let blobs = MemoryBlobStore::new();
            let meta = Arc::new(Yielding::new(seed));
            let world = Arc::new(World::new(meta, Arc::new(blobs.clone()), 1, seed).await);
            let tasks: Vec<_> = (0..64_u64)
                .map(|number| {
                    let world = world.clone();
                    tokio::spawn(async move {
                        let first =
                            WriteConditions { if_none_match: Some(TagMatch::Any), ..WriteConditions::default() };
                        put(&world, "key", noise(number, 100), first).await
                    })
                })
                .collect();
            let mut winners = Vec::new();
            for (number, task) in tasks.into_iter().enumerate() {
                match task.await.expect("a task") {
                    Ok(()) => winners.push(number),
                    Err(error) => assert!(
                        matches!(error, Error::PreconditionFailed { condition: Condition::IfNoneMatch, .. }),
                        "{error:?}"
                    ),
                }
            }
            let [winner] = winners[..] else { panic!("seed {seed}: {winners:?} won") };
            assert!(world.get("key").await.expect("the object") == noise(winner as u64, 100));
            world.reclaim_all().await;
            assert_eq!(blobs.sealed_count(), 1, "seed {seed}: what the others wrote is gone");
        });
    }
}

#[test]
fn no_acknowledged_write_is_lost_among_writers_of_one_key() {
    for seed in 0..20 {
        runtime().block_on(async {
            let world = yielding(seed, 1).await;
            world.enable_versioning().await;
            let tasks: Vec<_> = (0..16_u64)
                .map(|number| {
                    let world = world.clone();
                    tokio::spawn(async move {
                        let version = world.put("key", noise(number, 10)).await.head.id;
                        if number % 2 == 0 {
                            let deleted = world.delete("key", Some(version)).await;
                            assert!(matches!(deleted, Deleted::Version { .. }), "{deleted:?}");
                        }
                        version
                    })
                })
                .collect();
            let mut kept = Vec::new();
            for (number, task) in tasks.into_iter().enumerate() {
                let version = task.await.expect("a task");
                if number % 2 == 1 {
                    kept.push(version);
                }
            }
            let bucket = world.bucket().await;
            for version in &kept {
                world.engine.head_object(&bucket, &object_key("key"), Some(*version)).await.expect("kept");
            }
            let request = larder_engine::ListVersions {
                prefix: String::new(),
                delimiter: None,
                after: larder_engine::VersionPosition::Start,
                limit: 100,
            };
            let listed = world.engine.list_versions(&bucket, &request).await.expect("list").versions;
            assert_eq!(listed.len(), kept.len(), "seed {seed}");
        });
    }
}

#[test]
fn an_upload_that_is_completed_twice_at_once_gives_one_answer() {
    for seed in 0..40 {
        runtime().block_on(async {
            let world = yielding(seed, 1).await;
            let (upload, part) = world.begin_upload("key", noise(seed, 100)).await;
            let conditions = match seed % 2 {
                0 => WriteConditions::default(),
                _ => WriteConditions { if_none_match: Some(TagMatch::Any), ..WriteConditions::default() },
            };
            let tasks = [(); 3].map(|()| {
                let (world, conditions, part) = (world.clone(), conditions.clone(), part.clone());
                tokio::spawn(async move {
                    let request = larder_engine::CompleteUpload { conditions, ..world.complete_request("key", upload) };
                    let request = larder_engine::CompleteUpload { parts: vec![part], ..request };
                    world.engine.complete_upload(&*world.bucket().await, &request).await
                })
            });
            let mut answers = Vec::new();
            for task in tasks {
                answers.push(task.await.expect("a task").unwrap_or_else(|error| panic!("seed {seed}: {error:?}")));
            }
            assert!(answers.iter().all(|answer| *answer == answers[0]), "seed {seed}: {answers:?}");
        });
    }
}

/// One of several that write to a bucket while others delete it: puts `key` and deletes it again a few times, and puts it
/// once more. Says whether the key must be there in the end.
async fn come_and_go(world: Arc<World>, key: String, times: usize) -> bool {
    for time in 0..=times {
        match put(&world, &key, Bytes::new(), WriteConditions::default()).await {
            Ok(()) if time == times => return true,
            Ok(()) => {}
            Err(Error::NoSuchBucket) => return false,
            Err(error) => panic!("{error:?}"),
        }
        let bucket = world.engine.bucket(&world.name).await.expect("the bucket of an object is there");
        match world.engine.delete_object(&bucket, &world.delete_request(&key, None)).await {
            Ok(_) => {}
            // Somebody is trying to delete the bucket; the object stays.
            Err(Error::NoSuchBucket) => return true,
            Err(error) => panic!("{error:?}"),
        }
    }
    false
}

/// Tries to delete the bucket a few times. Says whether that came to be.
async fn delete_bucket(world: Arc<World>) -> bool {
    for _ in 0..6 {
        let deleted = match world.engine.bucket(&world.name).await {
            Ok(bucket) => world.engine.delete_bucket(&bucket).await,
            Err(error) => Err(error),
        };
        match deleted {
            Ok(()) => return true,
            Err(Error::BucketNotEmpty | Error::Contended) => tokio::task::yield_now().await,
            Err(Error::NoSuchBucket) => return false,
            Err(error) => panic!("{error:?}"),
        }
    }
    false
}

#[test]
fn a_bucket_is_never_deleted_under_an_acknowledged_write() {
    let (mut deleted_some, mut kept_some) = (0, 0);
    for seed in 0..SEEDS {
        runtime().block_on(async {
            let world = yielding(seed, if seed % 3 == 0 { 3 } else { 1 }).await;
            let names = ["one", "two", "three"];
            let writers = names.map(|name| tokio::spawn(come_and_go(world.clone(), name.to_owned(), 2)));
            let deleters = [(); 3].map(|()| tokio::spawn(delete_bucket(world.clone())));
            let mut expected = Vec::new();
            for (key, writer) in names.iter().zip(writers) {
                if writer.await.expect("a writer") {
                    expected.push(key);
                }
            }
            let mut deleted = 0;
            for deleter in deleters {
                deleted += u32::from(deleter.await.expect("a deleter"));
            }
            for key in &expected {
                assert!(world.get(key).await.is_ok(), "seed {seed}: {key} was acknowledged and is gone");
            }
            if deleted == 0 {
                put(&world, "later", Bytes::new(), WriteConditions::default()).await.expect("it is open again");
                kept_some += 1;
            } else {
                assert!(deleted == 1 && expected.is_empty(), "seed {seed}: deleted {deleted} times under {expected:?}");
                deleted_some += 1;
            }
        });
    }
    assert!(deleted_some > 50 && kept_some > 50, "{deleted_some} deleted, {kept_some} kept");
}

#[tokio::test]
async fn a_read_under_way_keeps_its_bytes() {
    let memory = Memory::new();
    let world = memory.world(1).await;
    let key = object_key("key");
    let parts = [noise(3, MIN_PART), noise(4, 200_000)];
    let bodies = [noise(1, 50), noise(2, 300_000), [&parts[0][..], &parts[1][..]].concat().into()];
    for (number, body) in bodies.iter().enumerate() {
        match number {
            2 => world.upload("key", &parts).await,
            _ => drop(world.put("key", body.clone()).await),
        }
        let bucket = world.bucket().await;
        let mut reader = world.engine.get_object(&bucket, &key, None, whole).await.expect("opened").content;
        let mut bytes = reader.next().await.expect("bytes").expect("bytes").to_vec();
        world.put("key", "other").await;
        world.reclaim_all().await;
        while let Some(piece) = reader.next().await.expect("bytes") {
            bytes.extend_from_slice(&piece);
        }
        assert!(bytes == body[..]);
    }
    world.reclaim_all().await;
    assert_eq!(memory.blobs.sealed_count(), 0, "what was overwritten is gone");
}
