//! Backups of a store that is written to all the time: each is as of one moment, shares what it can with the one before, and
//! stands alone.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use larder_env::{Rng, SeededRng};
use larder_store::{Commit, MetaStore, Partition, Table};
use larder_store_local::{
    BackupError, BackupSource, Copied, Durability, LocalOptions, LocalStore, OpenError, back_up, backups, check_closed,
    restore,
};

const HERE: Partition = Partition { group: 2000, shard: 0 };

fn noise(seed: u64, length: usize) -> Bytes {
    let mut bytes = vec![0; length];
    SeededRng::new(seed).fill(&mut bytes);
    bytes.into()
}

fn open(path: &Path) -> LocalStore {
    let options = LocalOptions { durability: Durability::Relaxed, reserve_bytes: Some(0), ..LocalOptions::default() };
    LocalStore::open(path, options).unwrap()
}

/// The commit of a number: a record, a content, its number as the last one, and the end of an older one.
fn commit_of(number: u64) -> Commit {
    let mut commit = Commit::new();
    commit.put(Table::Records, format!("record {number}"), noise(number, 3000));
    commit.put(Table::Contents, format!("content {number}"), noise(number, 60_000));
    commit.put(Table::Records, "last", number.to_string());
    if let Some(old) = number.checked_sub(200) {
        commit.delete(Table::Records, format!("record {old}")).delete(Table::Contents, format!("content {old}"));
    }
    commit
}

async fn write_on(meta: Arc<dyn MetaStore>, next: Arc<AtomicU64>, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        let number = next.fetch_add(1, Ordering::Relaxed);
        meta.commit(HERE, commit_of(number)).await.unwrap();
    }
}

/// Checks the files of a store again and again. Says how many.
async fn check_on(meta: Arc<dyn MetaStore>, stop: Arc<AtomicBool>) -> usize {
    let mut checked = 0;
    while !stop.load(Ordering::Relaxed) {
        let mut after = None;
        while let Some(file) = meta.check(after.as_deref()).await.unwrap() {
            assert_eq!(file.damage, None, "{}", file.name);
            checked += 1;
            after = Some(file.name);
        }
    }
    checked
}

/// That a store holds exactly what it held after one of the commits. Says which.
async fn assert_one_moment(meta: &dyn MetaStore) -> u64 {
    let last = meta.get(HERE, Table::Records, b"last").await.unwrap().unwrap();
    let last: u64 = std::str::from_utf8(&last).unwrap().parse().unwrap();
    for (table, kind, length) in [(Table::Records, "record", 3000), (Table::Contents, "content", 60_000)] {
        let (mut found, mut after) = (BTreeSet::new(), None);
        loop {
            let page = meta.walk(table, after, 1000).await.unwrap();
            let Some(end) = page.last() else { break };
            after = Some((end.partition, end.key.clone()));
            for entry in page {
                let name = std::str::from_utf8(&entry.key).unwrap();
                let Some(number) = name.strip_prefix(kind) else { continue };
                let number: u64 = number.trim().parse().unwrap();
                assert!(entry.value.unwrap() == noise(number, length), "{kind} {number} differs");
                found.insert(number);
            }
        }
        let expected: BTreeSet<u64> = (last.saturating_sub(199)..=last).collect();
        assert_eq!(found, expected, "{kind}s as of {last}");
    }
    last
}

async fn take(store: &LocalStore, data: &Path, folder: &Path, name: &str) -> Copied {
    let checkpoint = store.checkpoints().make(name).await.unwrap();
    let source = BackupSource { data, checkpoint: checkpoint.path(), files: &["account.toml", "none.toml"] };
    back_up(&source, folder, name).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn each_backup_is_of_one_moment_and_stands_alone() {
    let world = tempfile::tempdir().unwrap();
    let (data, folder) = (world.path().join("data"), world.path().join("backups"));
    let store = open(&data);
    fs::write(data.join("account.toml"), "ours").unwrap();
    let (next, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let writer = tokio::spawn(write_on(store.meta(), Arc::clone(&next), Arc::clone(&stop)));
    let checker = tokio::spawn(check_on(store.meta(), Arc::clone(&stop)));
    let mut taken = Vec::new();
    for round in 0..5 {
        // Enough for flushes, and after some rounds compactions, to be under way.
        while next.load(Ordering::Relaxed) < (round + 1) * 300 {
            tokio::task::yield_now().await;
        }
        let before = next.load(Ordering::Relaxed);
        let copied = take(&store, &data, &folder, &format!("backup {round}")).await;
        taken.push((copied, before));
    }
    stop.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    assert!(checker.await.unwrap() > 20, "files were checked while they came and went");
    let still = take(&store, &data, &folder, "backup 5").await;
    let again = take(&store, &data, &folder, "backup 6").await;
    assert_eq!(fs::read_dir(data.join("checkpoints")).unwrap().count(), 0, "checkpoints go when they are copied");
    assert!(again.linked > 5 && again.files < 20, "journals and lists of files are copied, tables are not: {again:?}");
    assert_eq!(again.base.as_deref(), Some(&*still.path));
    store.close().await;

    assert_eq!(backups(&folder).unwrap().len(), 7);
    let mut last = 0;
    let mut all: Vec<(PathBuf, u64)> = taken.into_iter().map(|(copied, before)| (copied.path, before)).collect();
    all.push((again.path, next.load(Ordering::Relaxed)));
    fs::remove_dir_all(still.path).unwrap();
    for (path, before) in all {
        let restored = world.path().join("restored");
        restore(&path, &restored, &["account.toml"]).unwrap();
        assert_eq!(fs::read_to_string(restored.join("account.toml")).unwrap(), "ours");
        check_closed(&restored, |file| assert_eq!(file.damage, None, "{}", file.name)).unwrap();
        let store = open(&restored);
        let found = assert_one_moment(&*store.meta()).await;
        assert!(found >= last && found + 2 >= before, "{found} is what was acknowledged when it began: {before}");
        last = found;
        // It is a store like any other.
        store.meta().commit(HERE, commit_of(found + 1)).await.unwrap();
        store.close().await;
        fs::remove_dir_all(restored).unwrap();
        // Later ones need nothing of it.
        fs::remove_dir_all(path).unwrap();
    }
}

#[tokio::test]
async fn what_is_not_whole_is_no_backup() {
    let world = tempfile::tempdir().unwrap();
    let (data, folder, restored) = (world.path().join("data"), world.path().join("backups"), world.path().join("new"));
    let store = open(&data);
    store.meta().commit(HERE, commit_of(1)).await.unwrap();
    assert!(matches!(restore(&folder, &restored, &[]), Err(BackupError::NoBackup(_))));
    let first = take(&store, &data, &folder, "a").await.path;
    let second = take(&store, &data, &folder, "b").await.path;
    // One that was cut off, and one that lost its mark.
    fs::rename(&second, folder.join("b.unfinished")).unwrap();
    assert_eq!(backups(&folder).unwrap(), [first.as_path()]);
    let third = take(&store, &data, &folder, "c").await;
    assert!(third.base == Some(first.clone()) && !folder.join("b.unfinished").exists());
    fs::remove_file(third.path.join("BACKUP")).unwrap();
    assert!(matches!(restore(&third.path, &restored, &[]), Err(BackupError::NoBackup(_))));
    // Nobody serves from a backup.
    assert!(matches!(LocalStore::open(&first, LocalOptions::default()), Err(OpenError::Foreign { .. })));
    let checkpoint = store.checkpoints().make("kept").await.unwrap();
    let source = BackupSource { data: &data.canonicalize().unwrap(), checkpoint: checkpoint.path(), files: &[] };
    assert!(matches!(back_up(&source, &data.join("inside"), "x"), Err(BackupError::Inside(_))));
    // A crash in the middle of a copy.
    std::mem::forget(checkpoint);
    store.close().await;
    assert_eq!(fs::read_dir(data.join("checkpoints")).unwrap().count(), 1);
    open(&data).close().await;
    assert!(!data.join("checkpoints").exists());
    restore(&folder, &restored, &[]).unwrap();
    assert!(matches!(restore(&folder, &restored, &[]), Err(BackupError::Taken(_))));
    let journal = fs::read_dir(first.join("meta")).unwrap().map(|it| it.unwrap().path());
    let journal = journal.into_iter().find(|path| path.extension().is_some_and(|it| it == "jnl")).unwrap();
    let mut bytes = fs::read(&journal).unwrap();
    bytes[100] ^= 1;
    fs::write(&journal, bytes).unwrap();
    let damaged = restore(&first, &world.path().join("other"), &[]);
    assert!(matches!(damaged, Err(BackupError::Damaged { .. })), "{damaged:?}");
    assert!(!world.path().join("other/FORMAT").exists());
}
