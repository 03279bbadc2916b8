//! Journals after power loss, which the tests play by changing the file, and after damage.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use larder_store::{Commit, Partition, Table};
use larder_store_local::{LocalOptions, LocalStore, OpenError};

const HERE: Partition = Partition { group: 1, shard: 0 };
const COMMITS: usize = 5;

/// Commits of several pages each.
async fn filled(directory: &Path) -> PathBuf {
    let store = LocalStore::open(directory, LocalOptions::default()).unwrap();
    for at in 0..COMMITS {
        let mut commit = Commit::new();
        commit.put(Table::Records, format!("{at}"), "record").put(Table::Contents, format!("{at}"), vec![7; 20_000]);
        store.meta().commit(HERE, commit).await.unwrap();
    }
    store.close().await;
    // Opening cuts off the zeros that fill a fresh journal up, which would only make these tests slow.
    LocalStore::open(directory, LocalOptions::default()).unwrap().close().await;
    let mut journals = fs::read_dir(directory.join("meta")).unwrap().map(|entry| entry.unwrap().path());
    journals.find(|path| path.extension().is_some_and(|name| name == "jnl")).unwrap()
}

fn overwrite(path: &Path, at: usize, bytes: &[u8]) {
    OpenOptions::new().write(true).open(path).unwrap().write_all_at(bytes, at as u64).unwrap();
}

/// Where the journal's last batch has its content: the last run of sevens.
fn last_content(journal: &[u8]) -> usize {
    journal.iter().rposition(|byte| *byte == 7).unwrap() - 19_999
}

async fn assert_first(directory: &Path, expected: usize) {
    let store = LocalStore::open(directory, LocalOptions::default()).expect("a torn journal opens");
    for at in 0..COMMITS {
        let key = format!("{at}");
        let record = store.meta().get(HERE, Table::Records, key.as_bytes()).await.unwrap();
        let content = store.meta().get(HERE, Table::Contents, key.as_bytes()).await.unwrap();
        assert_eq!((record.is_some(), content.is_some()), (at < expected, at < expected), "commit {at}");
    }
    let mut commit = Commit::new();
    commit.put(Table::Records, "after", "x");
    store.meta().commit(HERE, commit).await.unwrap();
    store.close().await;
    let store = LocalStore::open(directory, LocalOptions::default()).unwrap();
    assert!(store.meta().get(HERE, Table::Records, b"after").await.unwrap().is_some());
    store.close().await;
}

#[tokio::test]
async fn the_write_that_power_loss_tore_is_dropped_alone() {
    for (from, length) in [(0, 4096), (8000, 4096), (15_000, 10_000), (19_999, 100)] {
        let directory = tempfile::tempdir().unwrap();
        let journal = filled(directory.path()).await;
        let content = last_content(&fs::read(&journal).unwrap());
        overwrite(&journal, content + from, &vec![0; length]);
        assert_first(directory.path(), COMMITS - 1).await;
    }
}

#[tokio::test]
async fn a_journal_whose_last_write_lacks_a_sector_opens() {
    let directory = tempfile::tempdir().unwrap();
    let journal = filled(directory.path()).await;
    let good = fs::read(&journal).unwrap();
    // From the end of the batch before on, byte by byte: whatever is torn there, nothing of it is taken for an entry.
    let content = last_content(&good);
    let start = good[..content].windows(4).rposition(|bytes| bytes == b"FJL\x03").unwrap() + 4;
    for from in start..content {
        fs::write(&journal, &good).unwrap();
        overwrite(&journal, from, &vec![0; (content - from).min(16)]);
        let store = LocalStore::open(directory.path(), LocalOptions::default()).expect("a torn journal opens");
        let last = format!("{}", COMMITS - 2);
        assert!(store.meta().get(HERE, Table::Records, last.as_bytes()).await.unwrap().is_some(), "byte {from}");
        store.close().await;
    }
}

#[tokio::test]
async fn a_journal_cut_anywhere_in_its_last_write_opens() {
    let directory = tempfile::tempdir().unwrap();
    let journal = filled(directory.path()).await;
    let content = last_content(&fs::read(&journal).unwrap());
    OpenOptions::new().write(true).open(&journal).unwrap().set_len(content as u64 + 9000).unwrap();
    assert_first(directory.path(), COMMITS - 1).await;
}

#[tokio::test]
async fn damage_before_the_last_write_is_refused_and_nothing_is_changed() {
    let directory = tempfile::tempdir().unwrap();
    let journal = filled(directory.path()).await;
    let good = fs::read(&journal).unwrap();
    let middle = last_content(&good) - 30_000;
    let first_content = good.iter().position(|byte| *byte == 7).unwrap();
    let hurt: [(usize, &[u8]); 4] =
        [(0, &[9]), (middle, &[0; 4096]), (first_content + 19_999, &[0; 64]), (middle, &[8])];
    for (at, bytes) in hurt {
        let mut bad = good.clone();
        bad[at..at + bytes.len()].copy_from_slice(bytes);
        fs::write(&journal, &bad).unwrap();
        let opened = LocalStore::open(directory.path(), LocalOptions::default());
        assert!(matches!(opened, Err(OpenError::Damaged { .. })), "byte {at}: {:?}", opened.err());
        let left = fs::read(&journal).unwrap();
        assert!(left[..] == bad[..left.len()], "byte {at}: the journal was changed");
        assert!(bad[left.len()..].iter().all(|byte| *byte == 0), "byte {at}: the journal was cut");
    }
    fs::write(&journal, &good).unwrap();
    assert_first(directory.path(), COMMITS).await;
}
