//! Enough overwriting and deleting that memtables are flushed, levels compacted and files of contents rewritten, compared with
//! maps along the way and after each restart.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::Path;

use bytes::Bytes;
use larder_env::{Rng, SeededRng, random_u64};
use larder_store::{Commit, MetaStore, Partition, Scan, Table};
use larder_store_local::{Durability, LocalOptions, LocalStore};

const HERE: Partition = Partition { group: 1, shard: 0 };
const KEYS: u64 = 600;
const ROUNDS: u64 = 4;
const COMMITS: u64 = 700;

type Map = BTreeMap<Bytes, (Bytes, Bytes)>;

fn open(path: &Path) -> LocalStore {
    LocalStore::open(path, LocalOptions { durability: Durability::Relaxed, ..LocalOptions::default() }).unwrap()
}

fn noise(rng: &dyn Rng, longest: u64) -> Bytes {
    let mut bytes = vec![0; usize::try_from(random_u64(rng) % longest).unwrap()];
    rng.fill(&mut bytes);
    Bytes::from(bytes)
}

async fn compare(meta: &dyn MetaStore, map: &Map) {
    let all = Scan { start: Bound::Unbounded, end: Bound::Unbounded, reverse: false, limit: usize::MAX };
    let found = meta.scan(HERE, all).await.unwrap();
    assert!(found.iter().map(|(key, _)| key).eq(map.keys()), "keys differ");
    for ((key, record), (_, (expected, content))) in found.iter().zip(map) {
        assert!(record == expected, "record {key:?} differs");
        let found = meta.get(HERE, Table::Contents, key).await.unwrap();
        assert!(found.as_ref() == Some(content), "content {key:?} differs");
    }
    for key in (0..KEYS).map(|key| Bytes::from(format!("{key:05}"))).filter(|key| !map.contains_key(key)) {
        assert_eq!(meta.get(HERE, Table::Contents, &key).await.unwrap(), None, "{key:?} came back");
    }
}

#[tokio::test]
async fn flushes_and_compactions_change_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let rng = SeededRng::new(7);
    let mut map = Map::new();
    for _ in 0..ROUNDS {
        let store = open(directory.path());
        let meta = store.meta();
        compare(&*meta, &map).await;
        for at in 0..COMMITS {
            let mut commit = Commit::new();
            let first = random_u64(&rng) % KEYS;
            for key in (first..KEYS.min(first + 4)).map(|key| Bytes::from(format!("{key:05}"))) {
                if random_u64(&rng).is_multiple_of(4) {
                    commit.delete(Table::Records, key.clone()).delete(Table::Contents, key.clone());
                    map.remove(&key);
                } else {
                    let (record, content) = (noise(&rng, 3000), noise(&rng, 24_000));
                    commit.put(Table::Records, key.clone(), record.clone());
                    commit.put(Table::Contents, key.clone(), content.clone());
                    map.insert(key, (record, content));
                }
            }
            meta.commit(HERE, commit).await.unwrap();
            if at % 350 == 349 {
                compare(&*meta, &map).await;
            }
        }
        drop(meta);
        store.close().await;
    }
    let store = open(directory.path());
    compare(&*store.meta(), &map).await;
    let mut deletion = Commit::new();
    for key in map.keys() {
        deletion.delete(Table::Records, key.clone()).delete(Table::Contents, key.clone());
    }
    store.meta().commit(HERE, deletion).await.unwrap();
    compare(&*store.meta(), &Map::new()).await;
}
