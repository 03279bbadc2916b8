//! What was acknowledged survives `kill -9`: a child process, this very test binary, writes and says what it did; it is killed
//! at some moment, and everything it said must be there.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use larder_env::{Rng, SeededRng, random_u64};
use larder_store::{BlobId, BlobRef, BlobSpec, BlobStore, Check, Commit, Partition, Place, StoreError, Table};
use larder_store_local::{LocalOptions, LocalStore};
use larder_types::StorageClass;

const DIRECTORY: &str = "LARDER_TEST_CRASH_DIRECTORY";
const ROUND: &str = "LARDER_TEST_CRASH_ROUND";
const TASKS: u64 = 6;

fn noise(seed: u64, length: usize) -> Bytes {
    let mut bytes = vec![0; length];
    SeededRng::new(seed).fill(&mut bytes);
    Bytes::from(bytes)
}

fn seed(round: u64, task: u64, at: u64) -> u64 {
    round << 40 | task << 32 | at
}

fn partition(task: u64) -> Partition {
    Partition { group: 1 + task % 2, shard: 0 }
}

fn blob_id(seed: u64) -> BlobId {
    BlobId(noise(seed ^ 0xb10b, 16)[..].try_into().unwrap())
}

fn blob_bytes(seed: u64) -> Bytes {
    noise(seed, usize::try_from(seed * 7919 % 700_000).unwrap())
}

fn content(seed: u64) -> Bytes {
    noise(seed, usize::try_from(seed * 131 % 9000).unwrap())
}

fn say(what: &str, seed: u64) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "ack {what} {seed}").unwrap();
    out.flush().unwrap();
}

async fn work(store: Arc<LocalStore>, round: u64, task: u64) {
    let (meta, blobs) = (store.meta(), store.blobs());
    for at in 1.. {
        let seed = seed(round, task, at);
        let key = seed.to_be_bytes().to_vec();
        let mut commit = Commit::new();
        commit.require(key.clone(), None);
        if at % 3 == 0 {
            let spec = BlobSpec { id: blob_id(seed), class: StorageClass::Standard, claim: Bytes::from(key.clone()) };
            let mut writer = blobs.create(spec).await.unwrap();
            writer.append(blob_bytes(seed)).await.unwrap();
            let blob = writer.seal().await.unwrap();
            commit.put(Table::Records, key, blob.id.0.to_vec());
            meta.commit(partition(task), commit).await.unwrap();
            say("blob", seed);
            blobs.settle(blob).await;
        } else {
            commit.put(Table::Records, key.clone(), "record").put(Table::Contents, key.clone(), content(seed));
            meta.commit(partition(task), commit).await.unwrap();
            say("put", seed);
            if at % 5 == 0 {
                let mut deletion = Commit::new();
                deletion.delete(Table::Records, key.clone()).delete(Table::Contents, key);
                meta.commit(partition(task), deletion).await.unwrap();
                say("delete", seed);
            }
        }
    }
}

/// What the child does; nothing when the suite runs it as a test.
#[test]
fn child() {
    let (Ok(directory), Ok(round)) = (std::env::var(DIRECTORY), std::env::var(ROUND)) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async move {
        let store = Arc::new(LocalStore::open(Path::new(&directory), LocalOptions::default()).unwrap());
        let round = round.parse().unwrap();
        let tasks: Vec<_> = (0..TASKS).map(|task| tokio::spawn(work(Arc::clone(&store), round, task))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// Runs the child and kills it so many microseconds after its start, wherever it is then.
fn kill_early(directory: &Path, micros: u64) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture"])
        .env(DIRECTORY, directory)
        .env(ROUND, "1")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_micros(micros));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Runs the child until it said `acks` things, kills it, and returns all that it said.
fn run_and_kill(directory: &Path, round: u64, acks: usize) -> Vec<(String, u64)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture"])
        .env(DIRECTORY, directory)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut said = Vec::new();
    let mut line = String::new();
    while out.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
        // The harness says things of its own, once in front of the first of ours.
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [.., "ack", what, seed] = words[..] {
            said.push((what.to_owned(), seed.parse().unwrap()));
        }
        if said.len() == acks {
            child.kill().unwrap();
        }
        line.clear();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said.len() >= acks, "the child ended before it was killed");
    said
}

async fn read(blobs: &dyn BlobStore, blob: BlobRef) -> Result<Vec<u8>, StoreError> {
    let open = blobs.open(blob).await?;
    let mut found = Vec::new();
    while (found.len() as u64) < open.len() {
        found.extend_from_slice(&open.read(found.len() as u64, 1 << 20, BytesMut::new(), Check::Store).await?);
    }
    Ok(found)
}

async fn verify(directory: &Path, said: &[(String, u64)]) {
    let store = LocalStore::open(directory, LocalOptions::default()).expect("a killed store opens");
    let (meta, blobs) = (store.meta(), store.blobs());
    let deleted: Vec<u64> = said.iter().filter(|(what, _)| what == "delete").map(|(_, seed)| *seed).collect();
    for (what, seed) in said {
        let here = partition(seed >> 32 & 0xff);
        let key = seed.to_be_bytes();
        let record = meta.get(here, Table::Records, &key).await.unwrap();
        let stored = meta.get(here, Table::Contents, &key).await.unwrap();
        match what.as_str() {
            "blob" => {
                assert_eq!(record.as_deref(), Some(&blob_id(*seed).0[..]));
                let blob = BlobRef { place: Place(0), id: blob_id(*seed) };
                assert!(read(&*blobs, blob).await.unwrap() == blob_bytes(*seed), "blob {seed} differs");
            }
            // A deletion may have been carried out without having been said.
            "put" if deleted.contains(seed) || (seed % (1 << 32) % 5 == 0 && record.is_none()) => {
                assert_eq!((record, stored), (None, None));
            }
            "put" => {
                assert_eq!(record.as_deref(), Some(&b"record"[..]), "record {seed}");
                assert!(stored == Some(content(*seed)), "content {seed} differs");
            }
            "delete" => assert_eq!((record, stored), (None, None)),
            other => panic!("{other}"),
        }
    }
    for left in blobs.unsettled().await.unwrap() {
        let seed = u64::from_be_bytes(left.claim[..].try_into().expect("the claim is whole"));
        assert_eq!(left.blob.id, blob_id(seed));
        assert!(read(&*blobs, left.blob).await.unwrap() == blob_bytes(seed), "unsettled blob {seed} differs");
        let named = meta.get(partition(seed >> 32 & 0xff), Table::Records, &seed.to_be_bytes()).await.unwrap();
        match named {
            Some(_) => blobs.settle(left.blob).await,
            None => blobs.delete(left.blob).await.unwrap(),
        }
    }
    let staged = std::fs::read_dir(directory.join("staging")).unwrap().count();
    assert_eq!(staged, 0, "nothing unfinished is left");
    store.close().await;
}

#[test]
fn what_was_acknowledged_survives_kill() {
    let directory = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let rng = SeededRng::new(20);
    let mut said = Vec::new();
    for round in 1..=6 {
        let acks = usize::try_from(random_u64(&rng) % 200).unwrap() + 1;
        said.extend(run_and_kill(directory.path(), round, acks));
        runtime.block_on(verify(directory.path(), &said));
    }
    assert!(said.iter().any(|(what, _)| what == "blob") && said.iter().any(|(what, _)| what == "put"));
}

#[test]
fn a_first_start_that_was_killed_is_no_obstacle() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let rng = SeededRng::new(21);
    for _ in 0..15 {
        let directory = tempfile::tempdir().unwrap();
        kill_early(directory.path(), random_u64(&rng) % 25_000);
        runtime.block_on(verify(directory.path(), &[]));
    }
}

/// The engine writes its marker in two pieces, and power loss may leave its length without its bytes.
#[test]
fn a_first_start_whose_marker_is_not_whole_is_no_obstacle() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for marker in [&b""[..], b"FJ", b"FJL", &[0; 4], b"FJL\0"] {
        let directory = tempfile::tempdir().unwrap();
        let meta = directory.path().join("meta");
        std::fs::write(directory.path().join("FORMAT"), "larder data directory 1\n").unwrap();
        std::fs::create_dir_all(meta.join("keyspaces")).unwrap();
        std::fs::File::create(meta.join("0.jnl")).unwrap().set_len(64 << 20).unwrap();
        std::fs::write(meta.join("lock"), "").unwrap();
        std::fs::write(meta.join("version"), marker).unwrap();
        runtime.block_on(verify(directory.path(), &[]));
    }
}
