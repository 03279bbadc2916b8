//! Scrubs: everything that is wrong is found and said of whom, nothing that is in flight is.

use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use larder_engine::{
    CreateUpload, Engine, Error, FindingKind, Scrub, ScrubOptions, ScrubReport, StoreError, UploadPart,
};
use larder_env::{SeededRng, random_u64};
use larder_store::{BlobId, BlobRef, BlobSpec, BlobStore, Commit, MetaStore, Partition, Place, Scan, Table};
use larder_store_local::{LocalOptions, LocalStore};
use larder_types::{ObjectKey, PartNumber, StorageClass, UploadId};

use crate::harness::{MIN_PART, Memory, World, noise, object_key, unlock};

const LOOK: ScrubOptions = ScrubOptions { quarantine: false, repair: false, skip_files: false };
const REPAIR: ScrubOptions = ScrubOptions { quarantine: true, repair: true, skip_files: false };

async fn scrub(engine: &Engine, options: ScrubOptions) -> ScrubReport {
    let mut pass = Scrub::new(options);
    while !pass.is_done() {
        engine.scrub(&mut pass).await.expect("a step");
    }
    pass.report().clone()
}

/// Kind and key of what is found.
fn told(report: &ScrubReport) -> Vec<(FindingKind, Option<&str>)> {
    report.findings.iter().map(|it| (it.kind, it.owner.key.as_ref().map(ObjectKey::as_str))).collect()
}

async fn begin_upload(world: &World, key: &str, body: Bytes) -> UploadId {
    let bucket = world.bucket().await;
    let request = CreateUpload {
        key: object_key(key),
        object: world.new_object(),
        checksum_algorithm: None,
        checksum_type: None,
        initiator: None,
    };
    let (upload, _) = world.engine.create_upload(&bucket, request).await.expect("an upload");
    let number = PartNumber::new(1).expect("a number");
    let request = UploadPart { key: object_key(key), upload, number, checksum: None };
    let mut source = larder_engine::BytesSource::new(body);
    world.engine.upload_part(&bucket, &request, &mut source, unlock).await.expect("a part");
    upload
}

/// Objects of every shape, in every kind of encryption.
async fn fill(world: &World) {
    world.enable_versioning().await;
    for round in 0..3 {
        for (key, length) in [("empty", 0), ("small", 40), ("large", 70_000), ("larger", 300_001)] {
            world.put(key, noise(round, length)).await;
        }
        world.upload("parts", &[noise(round, MIN_PART), noise(round, 3)]).await;
    }
    world.delete("small", None).await;
    begin_upload(world, "under way", noise(9, 5000)).await;
    begin_upload(world, "under way", noise(9, 5)).await;
}

async fn records(world: &World, tag: u8) -> Vec<(Partition, Bytes, Bytes)> {
    let record = &world.bucket().await.record;
    let mut found = Vec::new();
    for shard in 0..record.shards {
        let partition = Partition { group: record.id, shard };
        let (start, end) = (Bytes::copy_from_slice(&[tag]), Bytes::copy_from_slice(&[tag + 1]));
        let scan = Scan { start: Bound::Included(start), end: Bound::Excluded(end), reverse: false, limit: 10_000 };
        let entries = world.meta.scan(partition, scan).await.expect("a scan");
        found.extend(entries.into_iter().map(|(key, value)| (partition, key, value)));
    }
    found
}

async fn put(meta: &dyn MetaStore, partition: Partition, table: Table, key: Bytes, value: Option<Bytes>) {
    let mut commit = Commit::new();
    match value {
        Some(value) => commit.put(table, key, value),
        None => commit.delete(table, key),
    };
    meta.commit(partition, commit).await.expect("a commit");
}

#[tokio::test]
async fn a_healthy_store_gives_no_cause_for_complaint() {
    for shards in [1, 3] {
        let memory = Memory::new();
        let world = memory.world(shards).await;
        fill(&world).await;
        for _ in 0..2 {
            let report = scrub(&world.engine, LOOK).await;
            assert_eq!((&report.findings, report.incomplete), (&Vec::new(), false));
            assert!(report.blobs > 0 && report.records > 20 && report.contents > 0, "{report:?}");
            world.reclaim_all().await;
        }
    }
}

#[tokio::test]
async fn a_lost_blob_is_missed_and_its_object_is_refused_at_once() {
    let memory = Memory::new();
    let world = memory.world(1).await;
    world.put("key", noise(1, 100_000)).await;
    world.upload("parts", &[noise(2, MIN_PART), noise(3, 10)]).await;
    let upload = begin_upload(&world, "under way", noise(4, 10_000)).await;
    for blob in memory.blobs.list(None, 100).await.expect("a list") {
        memory.blobs.delete(blob).await.expect("gone");
    }
    let report = scrub(&world.engine, REPAIR).await;
    let missing = FindingKind::Missing;
    assert_eq!(told(&report), [(missing, Some("key")), (missing, Some("parts")), (missing, None)], "{report:?}");
    let part = &report.findings[1].owner;
    assert_eq!(part.part, PartNumber::new(1).ok());
    assert!(part.bucket.as_deref() == Some("bucket") && part.version.is_some());
    assert_eq!(report.findings[2].owner.upload, Some(upload));
    assert!(matches!(world.get("key").await, Err(Error::Damaged { .. })));
    assert!(matches!(world.get("parts").await, Err(Error::Damaged { .. })));
}

#[tokio::test]
async fn damage_is_put_aside_and_kept() {
    let memory = Memory::new();
    let world = memory.world(1).await;
    world.put("whole", noise(1, 100_000)).await;
    let healthy = memory.blobs.list(None, 100).await.expect("a list");
    world.put("hurt", noise(2, 100_000)).await;
    let all = memory.blobs.list(None, 100).await.expect("a list");
    let hurt = *all.iter().find(|blob| !healthy.contains(blob)).expect("the second");
    memory.blobs.damage(hurt);

    let report = scrub(&world.engine, LOOK).await;
    assert_eq!(told(&report), [(FindingKind::Content, Some("hurt"))]);
    assert_eq!(memory.blobs.quarantined().await.expect("a list"), [], "it was only looked at");
    let quarantine = ScrubOptions { quarantine: true, ..LOOK };
    let report = scrub(&world.engine, quarantine).await;
    assert_eq!(report.findings[0].done, Some("put aside"));
    assert_eq!((report.damaged, report.findings[0].blob), (1, Some(hurt)));
    assert!(matches!(world.get("hurt").await, Err(Error::Store(StoreError::Corrupt { .. }))));
    world.get("whole").await.expect("the other is well");
    // It stays damage for as long as the object is there.
    assert_eq!(told(&scrub(&world.engine, REPAIR).await), [(FindingKind::Content, Some("hurt"))]);
    assert_eq!(memory.blobs.quarantined().await.expect("a list"), [hurt]);
    world.put("hurt", noise(2, 100_000)).await;
    world.reclaim_all().await;
    let report = scrub(&world.engine, quarantine).await;
    assert_eq!((told(&report), report.damaged), (vec![(FindingKind::Aside, None)], 0));
    assert_eq!(memory.blobs.quarantined().await.expect("a list"), [hurt]);
    scrub(&world.engine, REPAIR).await;
    assert_eq!(memory.blobs.quarantined().await.expect("a list"), []);
    assert_eq!(told(&scrub(&world.engine, REPAIR).await), []);
}

#[tokio::test]
async fn blobs_that_no_record_names_are_found_and_removed_when_asked() {
    let memory = Memory::new();
    let world = memory.world(2).await;
    fill(&world).await;
    let before = memory.blobs.list(None, 1000).await.expect("a list");
    let claim = Bytes::from_static(&[1, 128, 8, 0]);
    for number in 0..3 {
        let spec = BlobSpec { id: BlobId([number; 16]), class: StorageClass::Standard, claim: claim.clone() };
        let mut writer = memory.blobs.create(spec).await.expect("begun");
        writer.append(noise(1, 100)).await.expect("written");
        let blob = writer.seal().await.expect("sealed");
        if number > 0 {
            memory.blobs.settle(blob).await;
        }
    }
    let report = scrub(&world.engine, LOOK).await;
    assert_eq!(told(&report), [(FindingKind::Unnamed, None); 2], "the first is in flight");
    assert_eq!((report.damaged, report.left_over), (0, 2));
    let in_flight = BlobRef { place: Place(0), id: BlobId([0; 16]) };
    assert_eq!(told(&scrub(&world.engine, REPAIR).await), [(FindingKind::Unnamed, None); 2]);
    let mut expected = [vec![in_flight], before].concat();
    expected.sort();
    assert_eq!(memory.blobs.list(None, 1000).await.expect("a list"), expected);

    // After a crash it is not in flight any more.
    let restarted = World::new(memory.meta.clone(), Arc::new(memory.blobs.restart()), 2, 2).await;
    let report = scrub(&restarted.engine, LOOK).await;
    assert_eq!(told(&report)[0], (FindingKind::Unsettled, None));
    assert_eq!(report.damaged, 0);
}

#[tokio::test]
async fn every_record_is_read_as_what_it_is() {
    for tag in [b'C', b'V', b'U', b'P', b'T', b'N', b'O'] {
        let memory = Memory::new();
        let world = memory.world(1).await;
        fill(&world).await;
        let (partition, key, raw) = records(&world, tag).await.swap_remove(0);
        for value in [Bytes::new(), raw.slice(..raw.len() - 1), Bytes::from([&[99], &raw[1..]].concat())] {
            put(&*world.meta, partition, Table::Records, key.clone(), Some(value)).await;
            let report = scrub(&world.engine, REPAIR).await;
            let found = report.findings.iter().any(|finding| finding.kind == FindingKind::Record);
            assert!(found, "{} {report:?}", char::from(tag));
            let expected = matches!(tag, b'C' | b'V' | b'U').then_some("bucket");
            assert!(expected.is_none_or(|bucket| report.findings[0].owner.bucket.as_deref() == Some(bucket)));
            assert!(!report.findings.iter().any(|finding| finding.kind == FindingKind::Unnamed), "{report:?}");
        }
    }
    let memory = Memory::new();
    let world = memory.world(1).await;
    for (group, key) in [(0, "Bbucket"), (0, "?"), (world.bucket().await.record.id, "?")] {
        put(&*world.meta, Partition { group, shard: 0 }, Table::Records, key.into(), Some("x".into())).await;
        let report = scrub(&world.engine, LOOK).await;
        assert!(report.findings.iter().any(|finding| finding.kind == FindingKind::Record), "{key} {report:?}");
    }
}

#[tokio::test]
async fn lost_and_cut_contents_are_found() {
    for cut in [false, true] {
        let memory = Memory::new();
        let world = memory.world(1).await;
        for key in ["a", "b", "c"] {
            world.put(key, noise(1, 50)).await;
        }
        world.upload("parts", &[noise(2, MIN_PART), noise(3, 10)]).await;
        for ((partition, table, key), value) in memory.meta.dump() {
            if table == Table::Contents {
                let value = cut.then(|| value.slice(..value.len() - 1));
                put(&*world.meta, partition, table, key, value).await;
            }
        }
        let report = scrub(&world.engine, LOOK).await;
        let expected = if cut { FindingKind::Length } else { FindingKind::Missing };
        let last = if cut { FindingKind::Content } else { FindingKind::Missing };
        let mut found = told(&report);
        // The last part of the upload is a small content too, when the list of parts is there.
        found.dedup();
        let objects = [(expected, Some("a")), (expected, Some("b")), (expected, Some("c")), (last, Some("parts"))];
        assert_eq!(found, objects, "{report:?}");
    }
}

/// Writes, deletes and uploads at random until told to stop.
async fn work(world: &World, seed: u64, stop: &AtomicBool) {
    let rng = SeededRng::new(seed);
    let bucket = world.bucket().await;
    while !stop.load(Ordering::Relaxed) {
        let key = format!("key {}", random_u64(&rng) % 5);
        match random_u64(&rng) % 6 {
            0 | 1 => drop(world.put(&key, noise(seed, 30)).await),
            2 => drop(world.put(&key, noise(seed, 80_000)).await),
            3 => {
                world.delete(&key, None).await;
            }
            4 => {
                let upload = begin_upload(world, &key, noise(seed, 20_000)).await;
                world.engine.abort_upload(&bucket, &object_key(&key), upload).await.expect("aborted");
            }
            _ => {
                world.engine.reclaim(100).await.expect("reclaimed");
            }
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_in_flight_is_not_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = LocalOptions { durability: larder_store_local::Durability::Relaxed, ..LocalOptions::default() };
    let store = LocalStore::open(folder.path(), options).expect("it opens");
    let world = Arc::new(World::new(store.meta(), store.blobs(), 2, 5).await);
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4)
        .map(|seed| {
            let (world, stop) = (Arc::clone(&world), Arc::clone(&stop));
            tokio::spawn(async move { work(&world, seed, &stop).await })
        })
        .collect();
    let mut records = 0;
    for _ in 0..5 {
        let report = scrub(&world.engine, REPAIR).await;
        assert_eq!((&report.findings, report.incomplete), (&Vec::new(), false));
        records += report.records;
    }
    assert!(records > 10);
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.expect("a writer");
    }
    let report = scrub(&world.engine, REPAIR).await;
    assert_eq!(report.findings, []);
    // Everything that is named is still there.
    for key in 0..5 {
        match world.get(&format!("key {key}")).await {
            Ok(_) | Err(Error::NoSuchKey | Error::DeleteMarker { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn while_removals_are_held_everything_stays() {
    let memory = Memory::new();
    let world = memory.world(1).await;
    world.put("key", noise(1, 100_000)).await;
    world.upload("parts", &[noise(2, MIN_PART), noise(3, 10)]).await;
    let held = world.engine.hold_removals().await;
    let (blobs, contents) = (memory.blobs.sealed_count(), memory.meta.count_contents());
    world.delete("key", None).await;
    world.delete("parts", None).await;
    world.reclaim_all().await;
    assert_eq!((memory.blobs.sealed_count(), memory.meta.count_contents()), (blobs, contents));
    assert_eq!(scrub(&world.engine, REPAIR).await.findings, []);
    drop(held);
    world.reclaim_all().await;
    assert_eq!((memory.blobs.sealed_count(), memory.meta.count_contents()), (0, 0));
}
