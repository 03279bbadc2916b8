//! Stores that fail and callers that go away: what was acknowledged stays, what failed never shows, and nothing is left over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use larder_engine::{BytesSource, ContentSource, Error, Expected, SourceError, TagMatch, WriteConditions};
use larder_env::{Rng, SeededRng, random_u64};
use larder_store::fault::{Fault, FaultPlan, FaultyBlobStore, FaultyMetaStore, Operation};
use larder_store::memory::{MemoryBlobStore, MemoryMetaStore};
use larder_store::{BlobStore, Commit, CommitError, Entry, MetaStore, Partition, Scan, StoreError, Table};
use parking_lot::Mutex;

use crate::harness::{Memory, World, noise, object_key, runtime};
use crate::races::Yielding;

/// Stores in memory that fail by plan.
struct Stores {
    plan: Arc<FaultPlan>,
    meta: Arc<dyn MetaStore>,
    blobs: MemoryBlobStore,
}

impl Stores {
    fn new() -> Self {
        Self { plan: Arc::default(), meta: Arc::new(MemoryMetaStore::new()), blobs: MemoryBlobStore::new() }
    }

    async fn world(&self, seed: u64) -> World {
        let meta = Arc::new(FaultyMetaStore::new(self.meta.clone(), self.plan.clone()));
        let blobs: Arc<dyn BlobStore> = Arc::new(self.blobs.clone());
        World::new(meta, Arc::new(FaultyBlobStore::new(blobs, self.plan.clone())), 1, seed).await
    }

    /// The world after a crash.
    async fn restart(&mut self, before: World, seed: u64) -> World {
        self.blobs = self.blobs.restart();
        let world = self.world(seed).await;
        world.set_clock(before.engine.now());
        world.engine.recover().await.expect("recovered");
        world.reclaim_all().await;
        world
    }
}

async fn put(world: &World, key: &str, body: &Bytes) -> Result<(), Error> {
    let bucket = world.engine.bucket(&world.name).await?;
    let mut source = BytesSource::new(body.clone());
    world.engine.put_object(&bucket, world.put_request(key), &mut source).await.map(drop)
}

#[tokio::test]
async fn a_write_that_fails_anywhere_shows_nothing_and_leaves_nothing() {
    let body = noise(1, 100_000);
    for operation in [Operation::Create, Operation::Append, Operation::Seal, Operation::Commit, Operation::Get] {
        for old in [None, Some(noise(2, 100_000))] {
            let mut stores = Stores::new();
            let world = stores.world(1).await;
            if let Some(old) = &old {
                put(&world, "key", old).await.expect("put");
            }
            stores.plan.fail_all(operation, Fault::Full);
            let failed = put(&world, "key", &body).await;
            assert!(matches!(failed, Err(Error::Store(_))), "{operation:?}: {failed:?}");
            stores.plan.heal();
            match (&old, world.get("key").await) {
                (None, Err(Error::NoSuchKey)) => {}
                (Some(old), Ok(found)) => assert!(found == old[..]),
                (_, found) => panic!("{operation:?}: {:?}", found.err()),
            }
            // A full store did not take the commit: that the blob will not be named is known at once.
            let left = usize::from(old.is_some());
            world.reclaim_all().await;
            assert_eq!(stores.blobs.sealed_count(), left, "{operation:?}");
            let world = stores.restart(world, 2).await;
            assert_eq!(stores.blobs.sealed_count(), left, "{operation:?}");
            assert_eq!(world.get("key").await.is_ok(), old.is_some());
            put(&world, "key", &body).await.expect("it works again");
        }
    }
}

/// A body that breaks off, or is not what it should be.
struct Bad {
    body: Option<Bytes>,
    expected: Expected,
    breaks_off: bool,
}

#[async_trait::async_trait]
impl ContentSource for Bad {
    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        match self.body.take() {
            None if self.breaks_off => Err("the client is gone".into()),
            next => Ok(next),
        }
    }

    fn expected(&self) -> Expected {
        self.expected.clone()
    }
}

#[tokio::test]
async fn a_body_that_is_refused_leaves_nothing_behind() {
    let memory = Memory::new();
    let world = memory.world(1).await;
    let before = memory.meta.dump();
    let bucket = world.bucket().await;
    for size in [10, 100_000] {
        let body = noise(1, size);
        let bad = |expected, breaks_off| Bad { body: Some(body.clone()), expected, breaks_off };
        let wrong_md5 = Expected { md5: Some([7; 16]), ..Expected::default() };
        let wrong_sha256 = Expected { sha256: Some([7; 32]), ..Expected::default() };
        let too_long = Expected { length: Some(size as u64 + 1), ..Expected::default() };
        let too_short = Expected { length: Some(size as u64 - 1), ..Expected::default() };
        for (mut source, kind) in [
            (bad(Expected::default(), true), "Source"),
            (bad(wrong_md5, false), "BadDigest"),
            (bad(wrong_sha256, false), "Sha256Mismatch"),
            (bad(too_long, false), "IncompleteBody"),
            (bad(too_short, false), "IncompleteBody"),
        ] {
            let refused = world.engine.put_object(&bucket, world.put_request("key"), &mut source).await;
            let error = refused.expect_err("refused");
            assert!(format!("{error:?}").starts_with(kind), "{error:?}");
        }
    }
    // The condition holds when the request comes and no longer when the body is in.
    let mut request = world.put_request("key");
    request.conditions = WriteConditions { if_none_match: Some(TagMatch::Any), ..WriteConditions::default() };
    let mut late = Late { world: &world, body: Some(noise(2, 100_000)) };
    let refused = world.engine.put_object(&bucket, request, &mut late).await;
    assert!(matches!(refused, Err(Error::PreconditionFailed { .. })), "{refused:?}");
    world.delete("key", None).await;

    world.reclaim_all().await;
    assert_eq!(memory.blobs.sealed_count(), 0);
    assert!(memory.meta.dump() == before);
}

/// A body during which another one is put.
struct Late<'a> {
    world: &'a World,
    body: Option<Bytes>,
}

#[async_trait::async_trait]
impl ContentSource for Late<'_> {
    async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        let next = self.body.take();
        if next.is_none() {
            self.world.put("key", "first").await;
        }
        Ok(next)
    }

    fn expected(&self) -> Expected {
        Expected::default()
    }
}

#[test]
fn whatever_fails_the_bucket_is_what_was_acknowledged() {
    let (mut failures, mut successes) = (0, 0);
    for seed in 0..60 {
        runtime().block_on(async {
            let mut stores = Stores::new();
            let mut world = stores.world(seed).await;
            let rng: Box<dyn Rng> = Box::new(SeededRng::new(seed));
            let mut expected: BTreeMap<String, Bytes> = BTreeMap::new();
            for round in 0..4 {
                use Operation::{Append, Commit, Create, Delete, Get, Open, Read, Scan, Seal, Settle};
                let operations = [Append, Commit, Create, Delete, Get, Open, Read, Scan, Seal, Settle];
                for operation in operations {
                    for _ in 0..3 {
                        stores.plan.fail(operation, 1 + random_u64(&*rng) % 30, Fault::Io);
                    }
                }
                for _ in 0..15 {
                    let key = format!("key{}", random_u64(&*rng) % 4);
                    let body = noise(random_u64(&*rng), if random_u64(&*rng).is_multiple_of(2) { 10 } else { 1_000 });
                    let result = match random_u64(&*rng) % 3 {
                        0 => delete(&world, &key).await.map(|()| expected.remove(&key)),
                        _ => put(&world, &key, &body).await.map(|()| expected.insert(key, body)),
                    };
                    match result {
                        Ok(_) => successes += 1,
                        Err(Error::Store(_)) => failures += 1,
                        Err(error) => panic!("{error:?}"),
                    }
                    let _ = world.engine.reclaim(10).await;
                }
                stores.plan.heal();
                for key in (0..4).map(|number| format!("key{number}")) {
                    let found = world.get(&key).await.ok();
                    assert!(found.as_deref() == expected.get(&key).map(|body| &body[..]), "seed {seed}: {key}");
                }
                world = stores.restart(world, seed + 1_000 * (round + 1)).await;
                let large = expected.values().filter(|body| body.len() > 100).count();
                assert_eq!(stores.blobs.sealed_count(), large, "seed {seed}, round {round}");
            }
        });
    }
    assert!(failures > 500 && successes > 500, "{failures} failed, {successes} did not");
}

async fn delete(world: &World, key: &str) -> Result<(), Error> {
    let bucket = world.engine.bucket(&world.name).await?;
    world.engine.delete_object(&bucket, &world.delete_request(key, None)).await.map(drop)
}

#[test]
fn a_caller_that_goes_away_leaves_the_old_or_the_new() {
    let mut seen = [0, 0];
    for seed in 0..200 {
        runtime().block_on(async {
            let meta = Arc::new(Yielding::new(seed));
            let mut blobs = MemoryBlobStore::new();
            let world = Arc::new(World::new(meta.clone(), Arc::new(blobs.clone()), 1, 1).await);
            let (old, new) = (noise(1, 1_000), noise(2, 1_000));
            put(&world, "key", &old).await.expect("put");
            let writer = tokio::spawn({
                let (world, new) = (world.clone(), new.clone());
                async move { put(&world, "key", &new).await }
            });
            for _ in 0..seed % 20 {
                tokio::task::yield_now().await;
            }
            writer.abort();
            let _ = writer.await;
            world.reclaim_all().await;
            let found = world.get("key").await.expect("it is there");
            assert!(found == old[..] || found == new[..], "seed {seed}");
            seen[usize::from(found == new[..])] += 1;

            blobs = blobs.restart();
            let world = World::new(meta, Arc::new(blobs.clone()), 1, 2).await;
            world.engine.recover().await.expect("recovered");
            world.reclaim_all().await;
            assert!(world.get("key").await.expect("it is there") == found, "seed {seed}");
            assert_eq!(blobs.sealed_count(), 1, "seed {seed}: the other is gone");
        });
    }
    assert!(seen.iter().all(|&times| times > 10), "{seen:?}");
}

#[tokio::test]
async fn a_deletion_of_a_bucket_that_fails_leaves_it_open() {
    let mut stores = Stores::new();
    let world = stores.world(1).await;
    // The first commit closes the bucket's partition, the second removes its name.
    for nth in [1, 2] {
        let bucket = world.bucket().await;
        stores.plan.fail(Operation::Commit, nth, Fault::Io);
        world.engine.delete_bucket(&bucket).await.expect_err("a failure");
    }
    let world = stores.restart(world, 2).await;
    put(&world, "key", &Bytes::new()).await.expect("open");
    let bucket = world.bucket().await;
    world.engine.head_object(&bucket, &object_key("key"), None).await.expect("there");
}

/// A metadata store that fails one commit as a crash does: it shows only after the restart.
#[derive(Default)]
struct Crashing {
    inner: MemoryMetaStore,
    armed: AtomicBool,
    lost: Mutex<Option<(Partition, Commit)>>,
}

#[async_trait::async_trait]
impl MetaStore for Crashing {
    async fn commit(&self, partition: Partition, commit: Commit) -> Result<(), CommitError> {
        if self.armed.swap(false, Ordering::SeqCst) {
            *self.lost.lock() = Some((partition, commit));
            return Err(StoreError::ReadOnly { what: "a crash is coming".to_owned() }.into());
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

#[tokio::test]
async fn a_commit_that_turns_up_after_a_crash_finds_its_blob() {
    let meta = Arc::new(Crashing::default());
    let blobs = MemoryBlobStore::new();
    let world = World::new(meta.clone(), Arc::new(blobs.clone()), 1, 1).await;
    let (old, new) = (noise(1, 1_000), noise(2, 1_000));
    put(&world, "key", &old).await.expect("put");
    meta.armed.store(true, Ordering::SeqCst);
    put(&world, "key", &new).await.expect_err("a failure");
    assert!(world.get("key").await.expect("the old one") == old[..]);
    world.reclaim_all().await;

    let (partition, commit) = meta.lost.lock().take().expect("a commit");
    meta.inner.commit(partition, commit).await.expect("it was durable after all");
    let now = world.engine.now();
    let blobs = blobs.restart();
    let world = World::new(meta, Arc::new(blobs.clone()), 1, 2).await;
    world.set_clock(now);
    world.engine.recover().await.expect("recovered");
    world.reclaim_all().await;
    assert!(world.get("key").await.expect("the new one") == new[..]);
    assert_eq!(blobs.sealed_count(), 1);
}
