//! Listings: what they show at their edges, and what they cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::harness::{Memory, World};
use bytes::Bytes;
use larder_engine::{ListObjects, ListPosition, ListVersions, ObjectPage, VersionPage, VersionPosition};
use larder_store::memory::{MemoryBlobStore, MemoryMetaStore};
use larder_store::meter::{Counters, MeteredMetaStore};
use larder_store::{Commit, CommitError, Entry, MetaStore, Partition, Scan, StoreError, Table};
use larder_types::VersionId;
use parking_lot::Mutex;

fn request(prefix: &str, delimiter: Option<&str>, after: ListPosition, limit: usize) -> ListObjects {
    ListObjects { prefix: prefix.to_owned(), delimiter: delimiter.map(str::to_owned), after, limit }
}

fn after(key: &str) -> ListPosition {
    ListPosition::AfterKey(key.to_owned())
}

async fn list(world: &World, request: ListObjects) -> ObjectPage {
    world.engine.list_objects(&*world.bucket().await, &request).await.expect("list")
}

fn keys(page: &ObjectPage) -> Vec<&str> {
    page.objects.iter().map(|object| object.key.as_str()).collect()
}

async fn list_versions(world: &World, after: VersionPosition, limit: usize) -> VersionPage {
    let request = ListVersions { prefix: String::new(), delimiter: None, after, limit };
    world.engine.list_versions(&*world.bucket().await, &request).await.expect("list")
}

#[tokio::test]
async fn pages_of_one_entry_end_exactly() {
    for shards in [1, 3] {
        let world = Memory::new().world(shards).await;
        for key in ["asdf", "boo/bar", "boo/baz/xyzzy", "cquux/thud", "cquux/bla"] {
            world.put(key, "").await;
        }
        let page = list(&world, request("", Some("/"), ListPosition::Start, 1)).await;
        assert_eq!((keys(&page), &page.common_prefixes, &page.next), (vec!["asdf"], &vec![], &Some(after("asdf"))));
        let page = list(&world, request("", Some("/"), page.next.expect("more"), 1)).await;
        let behind = Some(ListPosition::AfterPrefix("boo/".to_owned()));
        assert_eq!((keys(&page).len(), &page.common_prefixes[..], &page.next), (0, &["boo/".to_owned()][..], &behind));
        for marker in [page.next.expect("more"), after("boo/")] {
            let page = list(&world, request("", Some("/"), marker, 1)).await;
            assert_eq!(page.common_prefixes, ["cquux/"]);
            assert_eq!(page.next, None);
        }
        let page = list(&world, request("boo/", Some("/"), ListPosition::Start, 2)).await;
        assert_eq!((keys(&page), &page.common_prefixes[..]), (vec!["boo/bar"], &["boo/baz/".to_owned()][..]));
        assert_eq!(page.next, None);
    }
}

#[tokio::test]
async fn a_marker_inside_a_common_prefix_stands_for_all_of_it() {
    let world = Memory::new().world(1).await;
    for key in ["folder/aSubfolder/subFile1", "folder/aSubfolder/subFile2", "folder/file1", "folder/file2"] {
        world.put(key, "").await;
    }
    for marker in ["folder/aSubfolder/", "folder/aSubfolder/subFile1"] {
        let page = list(&world, request("folder/", Some("/"), after(marker), 1)).await;
        assert_eq!((keys(&page), page.common_prefixes.len()), (vec!["folder/file1"], 0), "{marker}");
    }
    // A marker that is only the beginning of a common prefix's name sorts before it.
    for marker in ["folder", "folder/", "folder/aSub", "folder/aSubfolder"] {
        let page = list(&world, request("folder/", Some("/"), after(marker), 9)).await;
        assert_eq!(page.common_prefixes, ["folder/aSubfolder/"], "{marker}");
        assert_eq!(keys(&page), ["folder/file1", "folder/file2"], "{marker}");
    }
    let page = list(&world, request("folder/", None, after("folder/aSubfolder/subFile1"), 9)).await;
    assert_eq!(keys(&page), ["folder/aSubfolder/subFile2", "folder/file1", "folder/file2"]);
    let page = list(&world, request("folder/", Some("/"), after("zzz"), 9)).await;
    assert_eq!((keys(&page).len(), page.common_prefixes.len(), &page.next), (0, 0, &None));
}

#[tokio::test]
async fn an_empty_page_is_not_truncated_and_markers_count_nothing() {
    let world = Memory::new().world(1).await;
    world.enable_versioning().await;
    for key in ["a", "b/1", "b/2", "c"] {
        world.put(key, "").await;
    }
    for key in ["b/1", "b/2", "c"] {
        world.delete(key, None).await;
    }
    let page = list(&world, request("", None, ListPosition::Start, 0)).await;
    assert_eq!((keys(&page).len(), &page.next), (0, &None));
    // Nothing visible is left behind `a`: no prefix, and no second page.
    let page = list(&world, request("", Some("/"), ListPosition::Start, 1)).await;
    assert_eq!((keys(&page), page.common_prefixes.len(), &page.next), (vec!["a"], 0, &None));
}

/// A world whose reads are counted.
async fn metered(shards: u16) -> (World, Arc<Counters>) {
    let counters = Arc::new(Counters::default());
    let meta = MeteredMetaStore::new(Arc::new(MemoryMetaStore::new()), counters.clone());
    let world = World::new(Arc::new(meta), Arc::new(MemoryBlobStore::new()), shards, 1).await;
    (world, counters)
}

#[tokio::test]
async fn a_delimiter_listing_seeks_past_what_it_rolls_up() {
    for shards in [1, 4] {
        let (world, counters) = metered(shards).await;
        for folder in 0..5 {
            for file in 0..1_000 {
                world.put(&format!("folder{folder}/{file:04}"), "").await;
            }
        }
        let before = counters.read();
        let page = list(&world, request("", Some("/"), ListPosition::Start, 1_000)).await;
        let after = counters.read();
        assert_eq!(page.common_prefixes.len(), 5);
        let (scans, entries) = (after.scans - before.scans, after.scan_entries - before.scan_entries);
        assert!(scans <= 7 * u64::from(shards), "{scans} scans");
        assert!(entries <= 5 * 48 * u64::from(shards), "{entries} entries read of 5,000");
    }
}

#[tokio::test]
async fn a_page_in_a_line_reads_little_more_than_it_shows() {
    let (world, counters) = metered(1).await;
    for file in 0..3_000 {
        world.put(&format!("{file:04}"), "").await;
    }
    for (limit, batches) in [(1, 1), (100, 1), (1_000, 2)] {
        let before = counters.read();
        let page = list(&world, request("", None, after("0500"), limit)).await;
        let read = counters.read();
        assert_eq!(page.objects.len(), limit);
        assert!(page.next.is_some());
        assert_eq!(read.scans - before.scans, batches, "for a page of {limit}");
    }
}

#[tokio::test]
async fn many_versions_of_one_key_are_paged_at_the_cost_of_a_page() {
    let (world, counters) = metered(1).await;
    world.enable_versioning().await;
    for _ in 0..3_000 {
        world.put("key", "").await;
    }
    world.put("later", "").await;
    let mut position = VersionPosition::Start;
    let mut sequences = Vec::new();
    for page in 0.. {
        let before = counters.read();
        let found = list_versions(&world, position, 100).await;
        let read = counters.read().scan_entries - before.scan_entries;
        assert!(read <= 250, "page {page} read {read} entries");
        let of_key = found.versions.iter().filter(|version| version.key.as_str() == "key");
        sequences.extend(of_key.map(|version| version.head.sequence));
        match found.next {
            Some(next) => position = next,
            None => break,
        }
    }
    assert_eq!(sequences.len(), 3_000);
    assert!(sequences.is_sorted_by(|newer, older| newer > older));
}

#[tokio::test]
async fn a_version_marker_that_was_removed_still_says_where_to_go_on() {
    let world = Memory::new().world(1).await;
    world.put("key", "null version").await;
    world.enable_versioning().await;
    for _ in 0..4 {
        world.put("key", "").await;
    }
    let all = list_versions(&world, VersionPosition::Start, 9).await.versions;
    assert_eq!(all.last().map(|version| version.head.id), Some(VersionId::Null));
    let behind = |id| VersionPosition::AfterVersion("key".to_owned(), id);

    // The page is deleted while it is listed: the rest, with a new newest version, follows.
    for version in &all[..2] {
        world.delete("key", Some(version.head.id)).await;
    }
    let rest = list_versions(&world, behind(all[1].head.id), 9).await.versions;
    assert_eq!(rest.iter().map(|version| version.head.id).collect::<Vec<_>>(), ids(&all[2..]));
    assert!(rest[0].is_latest && !rest[1].is_latest);

    // Versions added meanwhile sort before the marker.
    world.put("key", "").await;
    let rest = list_versions(&world, behind(all[1].head.id), 9).await.versions;
    assert_eq!(ids(&rest), ids(&all[2..]));
    assert!(!rest[0].is_latest);

    let rest = list_versions(&world, behind(VersionId::Null), 9).await.versions;
    assert_eq!(ids(&rest), []);
    world.delete("key", Some(VersionId::Null)).await;
    let rest = list_versions(&world, behind(VersionId::Null), 9).await.versions;
    assert_eq!(rest.len(), 3, "where it was is forgotten: everything comes again, nothing is missed");
}

fn ids(versions: &[larder_engine::ListedVersion]) -> Vec<VersionId> {
    versions.iter().map(|version| version.head.id).collect()
}

type Interruption = Box<dyn FnOnce() -> tokio::task::JoinHandle<()> + Send>;

/// A metadata store where something happens just before the scan of a given number.
struct Interrupted {
    inner: MemoryMetaStore,
    scans: AtomicUsize,
    interruption: Mutex<Option<(usize, Interruption)>>,
}

#[async_trait::async_trait]
impl MetaStore for Interrupted {
    async fn commit(&self, partition: Partition, commit: Commit) -> Result<(), CommitError> {
        self.inner.commit(partition, commit).await
    }

    async fn get(&self, partition: Partition, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.inner.get(partition, table, key).await
    }

    async fn scan(&self, partition: Partition, scan: Scan) -> Result<Vec<Entry>, StoreError> {
        let number = self.scans.fetch_add(1, Ordering::SeqCst);
        let due = self.interruption.lock().take_if(|(at, _)| *at == number);
        if let Some((_, interruption)) = due {
            interruption().await.expect("the interruption");
        }
        self.inner.scan(partition, scan).await
    }
}

#[tokio::test]
async fn a_version_that_was_there_all_the_time_is_never_missed() {
    for remove in [true, false] {
        for limit in [1, 2, 9] {
            for before_scan in 0..4 {
                let meta = Arc::new(Interrupted {
                    inner: MemoryMetaStore::new(),
                    scans: AtomicUsize::new(0),
                    interruption: Mutex::new(None),
                });
                let world = World::new(meta.clone(), Arc::new(MemoryBlobStore::new()), 1, 1).await;
                world.enable_versioning().await;
                world.put("a", "").await;
                let stays = [world.put("key", "").await.head.id, world.put("key", "").await.head.id];
                let newest = world.put("key", "").await.head.id;
                world.put("z", "").await;

                let (engine, bucket) = (world.engine.clone(), world.bucket().await);
                let (put, delete) = (world.put_request("key"), world.delete_request("key", Some(newest)));
                let interruption: Interruption = Box::new(move || {
                    tokio::spawn(async move {
                        if remove {
                            engine.delete_object(&bucket, &delete).await.expect("delete");
                        } else {
                            let mut body = larder_engine::BytesSource::new("");
                            engine.put_object(&bucket, put, &mut body).await.expect("put");
                        }
                    })
                });
                *meta.interruption.lock() = Some((before_scan, interruption));
                meta.scans.store(0, Ordering::SeqCst);
                let mut found = Vec::new();
                let mut position = VersionPosition::Start;
                loop {
                    let page = list_versions(&world, position, limit).await;
                    assert!(page.versions.len() <= limit);
                    found.extend(page.versions);
                    let Some(next) = page.next else { break };
                    position = next;
                }
                let case = format!("remove {remove}, pages of {limit}, before scan {before_scan}");
                let of_key: Vec<_> = found.iter().filter(|version| version.key.as_str() == "key").collect();
                for id in stays {
                    let times = of_key.iter().filter(|version| version.head.id == id).count();
                    assert_eq!(times, 1, "{case}");
                }
                assert!(of_key.is_sorted_by(|newer, older| newer.head.sequence > older.head.sequence), "{case}");
                assert_eq!(found.len(), of_key.len() + 2, "{case}");
            }
        }
    }
}
