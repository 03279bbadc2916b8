//! A device that fails a write, played by a limit on the size of files: a child process, this very test binary, runs under a
//! shell that sets the limit and ignores the signal that comes with it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::process::Command;

use larder_store::{BlobId, BlobSpec, Commit, CommitError, Partition, StoreError, Table};
use larder_store_local::{LocalOptions, LocalStore};
use larder_types::StorageClass;

const DIRECTORY: &str = "LARDER_TEST_FAILURE_DIRECTORY";
const HERE: Partition = Partition { group: 1, shard: 0 };

fn open(directory: &Path) -> LocalStore {
    LocalStore::open(directory, LocalOptions::default()).unwrap()
}

fn put(at: u32) -> Commit {
    let mut commit = Commit::new();
    commit.put(Table::Records, at.to_be_bytes().to_vec(), "record");
    commit.put(Table::Contents, at.to_be_bytes().to_vec(), vec![7; 60_000]);
    commit
}

/// What the child does; nothing when the suite runs it as a test.
#[tokio::test]
async fn child() {
    let Ok(directory) = std::env::var(DIRECTORY) else {
        return;
    };
    let store = open(Path::new(&directory));
    let (meta, blobs) = (store.meta(), store.blobs());
    let spec = |id| BlobSpec { id: BlobId([id; 16]), class: StorageClass::Standard, claim: "x".into() };
    let mut half_written = blobs.create(spec(1)).await.unwrap();
    half_written.append("half".into()).await.unwrap();
    let mut done = 0;
    let failure = loop {
        match meta.commit(HERE, put(done)).await {
            Ok(()) => done += 1,
            Err(CommitError::Store(error)) => break error,
            Err(CommitError::Conflict) => panic!("nothing was required"),
        }
        assert!(done < 1000, "the limit was not met");
    };
    assert!(matches!(failure, StoreError::ReadOnly { .. }), "{failure:?}");
    assert!(store.monitor().read_only().is_some());
    for _ in 0..3 {
        let refused = meta.commit(HERE, put(done)).await;
        assert!(matches!(refused, Err(CommitError::Store(StoreError::ReadOnly { .. }))), "{refused:?}");
    }
    assert!(matches!(blobs.create(spec(2)).await, Err(StoreError::ReadOnly { .. })));
    assert!(matches!(half_written.seal().await, Err(StoreError::ReadOnly { .. })));
    for at in 0..done {
        let content = meta.get(HERE, Table::Contents, &at.to_be_bytes()).await.unwrap();
        assert_eq!(content.unwrap().len(), 60_000, "reads go on");
    }
    assert_eq!(meta.get(HERE, Table::Records, &done.to_be_bytes()).await.unwrap(), None, "a failed commit is not seen");
    println!("done {done} done");
    store.close().await;
}

#[tokio::test]
async fn after_a_failed_write_the_store_is_read_only_until_it_is_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    // A fresh journal is made in its full length, which the limit would forbid.
    open(directory.path()).close().await;
    let child = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 4096; exec \"$0\" child --exact --nocapture"])
        .arg(std::env::current_exe().unwrap())
        .env(DIRECTORY, directory.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{said}\n{}", String::from_utf8_lossy(&child.stderr));
    let done: u32 = said.split("done ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).expect("a number");
    assert!(done > 0);

    let store = open(directory.path());
    for at in 0..done {
        let content = store.meta().get(HERE, Table::Contents, &at.to_be_bytes()).await.unwrap();
        assert_eq!(content.unwrap(), vec![7; 60_000]);
    }
    store.meta().commit(HERE, put(done + 1)).await.expect("it writes again");
    assert_eq!(std::fs::read_dir(directory.path().join("staging")).unwrap().count(), 0);
}
