//! The promises of [`MetaStore`].

use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;

use super::{Factory, empty, noise};
use crate::{Commit, CommitError, MAX_COMMIT_BYTES, MAX_KEY_BYTES, MetaStore, Partition, Scan, StoreError, Table};

/// Racing commits in one race.
const RACERS: u64 = 64;

fn partition(group: u64, shard: u16) -> Partition {
    Partition { group, shard }
}

fn everything() -> Scan {
    Scan { start: Bound::Unbounded, end: Bound::Unbounded, reverse: false, limit: usize::MAX }
}

fn number(value: u64) -> Bytes {
    Bytes::copy_from_slice(&value.to_be_bytes())
}

async fn put(meta: &dyn MetaStore, to: Partition, table: Table, key: impl Into<Bytes>, value: impl Into<Bytes>) {
    let mut commit = Commit::new();
    commit.put(table, key, value);
    meta.commit(to, commit).await.expect("an unconditional commit goes through");
}

async fn keys(meta: &dyn MetaStore, of: Partition, scan: Scan) -> Vec<Bytes> {
    meta.scan(of, scan).await.expect("a scan").into_iter().map(|(key, _)| key).collect()
}

pub(super) async fn run(factory: &dyn Factory) {
    let meta = factory.open().await.meta;
    values(&*meta).await;
    preconditions(&*meta).await;
    mistakes(&*meta).await;
    partitions(&*meta).await;
    scans(&*meta).await;
    races(&meta).await;
    one_moment(&meta).await;
    walks(&*meta).await;
    drop(meta);
    durable(factory).await;
}

async fn values(meta: &dyn MetaStore) {
    let here = partition(1, 0);
    let longest = noise(1, MAX_KEY_BYTES);
    for table in [Table::Records, Table::Contents] {
        assert_eq!(meta.get(here, table, b"a").await.expect("a read"), None);
        for (key, value) in [(&b"a"[..], &b""[..]), (b"\0", b"x"), (&longest, b"long"), (b"big", &noise(2, 1 << 20))] {
            put(meta, here, table, key.to_vec(), value.to_vec()).await;
            assert_eq!(meta.get(here, table, key).await.expect("a read").as_deref(), Some(value));
        }
        put(meta, here, table, "a", "again").await;
        assert_eq!(meta.get(here, table, b"a").await.expect("a read").as_deref(), Some(&b"again"[..]));
        let mut commit = Commit::new();
        commit.delete(table, "a").delete(table, "never there");
        meta.commit(here, commit).await.expect("deletions");
        assert_eq!(meta.get(here, table, b"a").await.expect("a read"), None);
    }
    put(meta, here, Table::Contents, "only a content", "x").await;
    assert_eq!(meta.get(here, Table::Records, b"only a content").await.expect("a read"), None);
    meta.commit(here, Commit::new()).await.expect("a commit may be empty");
}

async fn preconditions(meta: &dyn MetaStore) {
    let here = partition(2, 0);
    put(meta, here, Table::Records, "one", "1").await;
    put(meta, here, Table::Contents, "content", "c").await;
    let attempts: [(&str, Option<&str>, bool); 6] = [
        ("one", Some("1"), true),
        ("one", Some("2"), false),
        ("one", Some(""), false),
        ("one", None, false),
        ("two", None, true),
        ("content", Some("c"), false),
    ];
    for (key, expected, holds) in attempts {
        let mut commit = Commit::new();
        commit.require(key, expected.map(Bytes::from)).require("never there", None);
        commit
            .put(Table::Records, "effect", "x")
            .put(Table::Contents, "effect", "x")
            .delete(Table::Records, "effect 2");
        match meta.commit(here, commit).await {
            Ok(()) => assert!(holds, "{key} {expected:?}"),
            Err(CommitError::Conflict) => assert!(!holds, "{key} {expected:?}"),
            Err(CommitError::Store(error)) => panic!("{error}"),
        }
        for table in [Table::Records, Table::Contents] {
            assert_eq!(meta.get(here, table, b"effect").await.expect("a read").is_some(), holds, "all or nothing");
        }
        let mut undo = Commit::new();
        undo.delete(Table::Records, "effect").delete(Table::Contents, "effect");
        meta.commit(here, undo).await.expect("deletions");
    }

    let mut commit = Commit::new();
    commit.require("swap", None).put(Table::Records, "swap", "new");
    meta.commit(here, commit.clone()).await.expect("preconditions are checked against the state before the commit");
    assert!(matches!(meta.commit(here, commit).await, Err(CommitError::Conflict)));
}

async fn mistakes(meta: &dyn MetaStore) {
    let here = partition(3, 0);
    let mut no_key = Commit::new();
    no_key.put(Table::Records, "", "x");
    let mut long_key = Commit::new();
    long_key.require(vec![b'k'; MAX_KEY_BYTES + 1], None);
    let mut twice = Commit::new();
    twice.put(Table::Records, "a", "1").delete(Table::Records, "a");
    let mut large = Commit::new();
    large.put(Table::Contents, "a", vec![0; MAX_COMMIT_BYTES]);
    for commit in [no_key, long_key, twice, large] {
        match meta.commit(here, commit).await {
            Err(CommitError::Store(StoreError::Io { source, .. })) => {
                assert_eq!(source.kind(), std::io::ErrorKind::InvalidInput);
            }
            other => panic!("a mistaken commit gave {other:?}"),
        }
    }
    assert_eq!(keys(meta, here, everything()).await, Vec::<Bytes>::new());
}

async fn partitions(meta: &dyn MetaStore) {
    let all = [(4, 0), (4, 1), (4, u16::MAX), (5, 0), (5 << 8, 0), (u64::MAX, 0), (u64::MAX, u16::MAX)];
    for (group, shard) in all {
        let mine = format!("{group}/{shard}");
        put(meta, partition(group, shard), Table::Records, "same", mine.clone()).await;
        put(meta, partition(group, shard), Table::Records, vec![0xff; 20], mine).await;
    }
    for (group, shard) in all {
        let entries = meta.scan(partition(group, shard), everything()).await.expect("a scan");
        let mine = Bytes::from(format!("{group}/{shard}"));
        assert_eq!(entries, [(Bytes::from("same"), mine.clone()), (Bytes::from(vec![0xff; 20]), mine)]);
    }
    assert_eq!(keys(meta, partition(4, 2), everything()).await, Vec::<Bytes>::new(), "an unknown partition is empty");
}

async fn scans(meta: &dyn MetaStore) {
    let here = partition(6, 7);
    let sorted: Vec<Bytes> =
        [&b"\0"[..], b"\0\0", b"a", b"a\0", b"a/", b"a/b", b"b", b"\x7f", b"\x80", b"\xff", b"\xff\xff"]
            .map(Bytes::copy_from_slice)
            .to_vec();
    for at in [3, 0, 10, 5, 1, 9, 4, 2, 8, 6, 7] {
        put(meta, here, Table::Records, sorted[at].clone(), number(at as u64)).await;
        put(meta, here, Table::Contents, sorted[at].clone(), "not in a scan").await;
    }
    let mut bounds = vec![Bound::Unbounded];
    for key in sorted.iter().cloned().chain([Bytes::from("a.")]) {
        bounds.extend([Bound::Included(key.clone()), Bound::Excluded(key)]);
    }
    for start in &bounds {
        for end in &bounds {
            let above = |key: &Bytes| match start {
                Bound::Included(start) => key >= start,
                Bound::Excluded(start) => key > start,
                Bound::Unbounded => true,
            };
            let below = |key: &Bytes| match end {
                Bound::Included(end) => key <= end,
                Bound::Excluded(end) => key < end,
                Bound::Unbounded => true,
            };
            let expected: Vec<Bytes> = sorted.iter().filter(|key| above(key) && below(key)).cloned().collect();
            for limit in [0, 1, 3, usize::MAX] {
                for reverse in [false, true] {
                    let scan = Scan { start: start.clone(), end: end.clone(), reverse, limit };
                    let mut expected = expected.clone();
                    if reverse {
                        expected.reverse();
                    }
                    expected.truncate(limit);
                    assert_eq!(keys(meta, here, scan.clone()).await, expected, "{scan:?}");
                }
            }
        }
    }
    let first = meta.scan(here, Scan { limit: 1, ..everything() }).await.expect("a scan");
    assert_eq!(first, [(sorted[0].clone(), number(0))]);
}

async fn races(meta: &Arc<dyn MetaStore>) {
    let here = partition(8, 0);
    let mut before = None;
    for round in 0..8 {
        let racers: Vec<_> = (0..RACERS)
            .map(|racer| {
                let (meta, before) = (Arc::clone(meta), before.clone());
                tokio::spawn(async move {
                    let mut commit = Commit::new();
                    commit.require("prize", before).put(Table::Records, "prize", number(round * RACERS + racer));
                    commit.put(Table::Records, format!("trace {round}/{racer}"), "x");
                    match meta.commit(here, commit).await {
                        Ok(()) => true,
                        Err(CommitError::Conflict) => false,
                        Err(CommitError::Store(error)) => panic!("{error}"),
                    }
                })
            })
            .collect();
        let mut winners = Vec::new();
        for (racer, race) in racers.into_iter().enumerate() {
            if race.await.expect("a racer does not panic") {
                winners.push(racer as u64);
            }
        }
        assert_eq!(winners.len(), 1, "exactly one of the commits with the same precondition wins");
        let prize = number(round * RACERS + winners[0]);
        assert_eq!(meta.get(here, Table::Records, b"prize").await.expect("a read"), Some(prize.clone()));
        let start = Bound::Included(Bytes::from(format!("trace {round}/")));
        let end = Bound::Excluded(Bytes::from(format!("trace {round}0")));
        let traces = keys(&**meta, here, Scan { start, end, ..everything() }).await;
        assert_eq!(traces, [Bytes::from(format!("trace {round}/{}", winners[0]))], "losers leave nothing");
        before = Some(prize);
    }
}

/// While commits move one token from key to key and count it, no scan and no pair of reads sees half of one.
async fn one_moment(meta: &Arc<dyn MetaStore>) {
    const KEYS: u64 = 20;
    const MOVES: u64 = 200;
    let here = partition(9, 0);
    let mut first = Commit::new();
    first.put(Table::Records, "count", number(0)).put(Table::Records, "token 00", "x");
    meta.commit(here, first).await.expect("a commit");
    let mover = {
        let meta = Arc::clone(meta);
        tokio::spawn(async move {
            for count in 1..=MOVES {
                let (from, to) = ((count - 1) % KEYS, count % KEYS);
                let mut commit = Commit::new();
                commit.require("count", Some(number(count - 1)));
                commit.put(Table::Records, "count", number(count));
                commit.delete(Table::Records, format!("token {from:02}"));
                commit.put(Table::Records, format!("token {to:02}"), "x");
                meta.commit(here, commit).await.expect("nobody else moves the token");
                let seen = meta.get(here, Table::Records, b"count").await.expect("a read");
                assert_eq!(seen, Some(number(count)), "a read after a commit sees it");
            }
        })
    };
    let mut last = 0;
    while last < MOVES {
        let entries = meta.scan(here, everything()).await.expect("a scan");
        assert_eq!(entries.len(), 2, "a scan saw half of a commit: {entries:?}");
        let count = u64::from_be_bytes(entries[0].1[..].try_into().expect("a number"));
        assert_eq!(entries[1].0, Bytes::from(format!("token {:02}", count % KEYS)));
        assert!(count >= last, "a later scan sees no earlier state");
        last = count;
        tokio::task::yield_now().await;
    }
    mover.await.expect("the mover does not panic");
}

async fn durable(factory: &dyn Factory) {
    let here = partition(10, 1);
    let meta = factory.open().await.meta;
    put(&*meta, here, Table::Records, "kept", "r").await;
    put(&*meta, here, Table::Contents, "kept", noise(3, 100_000)).await;
    put(&*meta, here, Table::Records, "gone", "r").await;
    let mut deletion = Commit::new();
    deletion.delete(Table::Records, "gone");
    meta.commit(here, deletion).await.expect("a deletion");
    drop(meta);
    let meta = factory.open().await.meta;
    assert_eq!(keys(&*meta, here, everything()).await, [Bytes::from("kept")]);
    assert_eq!(meta.get(here, Table::Contents, b"kept").await.expect("a read"), Some(noise(3, 100_000)));
}

async fn walks(meta: &dyn MetaStore) {
    let ours = [(800, 0), (800, 1), (801, 0), (u64::MAX, u16::MAX)].map(|(group, shard)| partition(group, shard));
    for here in ours {
        empty(meta, here).await;
    }
    let mut expected = Vec::new();
    for (at, here) in (0..).zip(ours) {
        for key in [&b"a"[..], b"a\0", b"b", &[255; 40]] {
            put(meta, here, Table::Records, key.to_vec(), number(at)).await;
            put(meta, here, Table::Contents, key.to_vec(), number(at + 100)).await;
            expected.push((here, Bytes::copy_from_slice(key), at));
        }
    }
    for (table, more) in [(Table::Records, 0), (Table::Contents, 100)] {
        for limit in [1, 3, 1000] {
            let mut after = None;
            let mut found = Vec::new();
            loop {
                let page = meta.walk(table, after.clone(), limit).await.expect("a walk");
                let Some(last) = page.last() else { break };
                assert!(page.len() <= limit);
                after = Some((last.partition, last.key.clone()));
                found.extend(page.into_iter().map(|it| (it.partition, it.key, it.value.expect("a value"))));
            }
            assert!(found.is_sorted_by(|left, right| (left.0, &left.1) < (right.0, &right.1)));
            let found = found.into_iter().filter(|(partition, _, _)| ours.contains(partition));
            let expected = expected.iter().map(|(partition, key, at)| (*partition, key.clone(), number(at + more)));
            assert!(found.eq(expected), "a walk comes to everything once");
        }
    }
    let mut after = None;
    while let Some(file) = meta.check(after.as_deref()).await.expect("a check") {
        assert_eq!(file.damage, None, "{}", file.name);
        assert!(after.as_ref() < Some(&file.name), "files come in order");
        after = Some(file.name);
    }
    for here in ours {
        empty(meta, here).await;
    }
}
