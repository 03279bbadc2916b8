//! Every flipped bit is found by a check, or provably does no harm: the store then reads as before.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use larder_env::{Rng, SeededRng, random_u64};
use larder_store::{BlobId, BlobRef, BlobSpec, BlobStore, Commit, MetaStore, Partition, Table};
use larder_store_local::{LocalOptions, LocalStore, OpenError, check_closed};
use larder_types::StorageClass;

/// Flips in each file; every byte of files that are not larger.
const FLIPS: u64 = 48;

type Contents = BTreeMap<(bool, Partition, Bytes), Bytes>;

fn noise(seed: u64, length: usize) -> Bytes {
    let mut bytes = vec![0; length];
    SeededRng::new(seed).fill(&mut bytes);
    bytes.into()
}

fn spec(number: u8) -> BlobSpec {
    BlobSpec { id: BlobId([number; 16]), class: StorageClass::Standard, claim: Bytes::from_static(b"claim") }
}

async fn write_blob(blobs: &dyn BlobStore, number: u8, length: usize) -> BlobRef {
    let mut writer = blobs.create(spec(number)).await.unwrap();
    writer.append(noise(u64::from(number), length)).await.unwrap();
    writer.seal().await.unwrap()
}

/// Enough to have tables, files of values, and a journal.
async fn fill(directory: &Path) {
    let store = LocalStore::open(directory, LocalOptions::default()).unwrap();
    let meta = store.meta();
    for at in 0..200_u64 {
        let partition = Partition { group: 2000 + at % 3, shard: 0 };
        let mut commit = Commit::new();
        for nth in 0..200_u64 {
            let value = noise(at * 1000 + nth, 300);
            commit.put(Table::Records, format!("record {at} {nth}"), value);
        }
        commit.put(Table::Contents, format!("small {at}"), noise(at, 1000));
        commit.put(Table::Contents, format!("large {at}"), noise(at, 100_000));
        meta.commit(partition, commit).await.unwrap();
    }
    let blobs = store.blobs();
    let whole = write_blob(&*blobs, 1, 200_000).await;
    blobs.settle(whole).await;
    write_blob(&*blobs, 2, 0).await;
    blobs.duplicate(whole, spec(3)).await.unwrap();
    drop((meta, blobs));
    store.close().await;
    // Cuts off the zeros of the journal, so that flips meet batches; and gives flushes time to end.
    let store = LocalStore::open(directory, LocalOptions::default()).unwrap();
    for at in 0..3_u64 {
        let mut commit = Commit::new();
        commit.put(Table::Records, format!("late {at}"), "record").put(
            Table::Contents,
            format!("late {at}"),
            noise(at, 500),
        );
        store.meta().commit(Partition { group: 2000, shard: 0 }, commit).await.unwrap();
    }
    store.close().await;
}

async fn contents(meta: &dyn MetaStore) -> Contents {
    let mut all = Contents::new();
    for table in [Table::Records, Table::Contents] {
        let mut after = None;
        loop {
            let page = meta.walk(table, after, 1000).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some((last.partition, last.key.clone()));
            for it in page {
                all.insert((table == Table::Records, it.partition, it.key), it.value.unwrap());
            }
        }
    }
    all
}

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

fn flip(path: &Path, at: u64, bit: u8) {
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 1 << bit], at).unwrap();
}

/// What a check of a store that nobody has open finds.
fn damage(directory: &Path) -> Result<Vec<String>, OpenError> {
    let mut found = Vec::new();
    check_closed(directory, |file| found.extend(file.damage.map(|damage| format!("{}: {damage}", file.name))))?;
    Ok(found)
}

async fn blobs_verify(blobs: &dyn BlobStore) -> bool {
    for blob in blobs.list(None, 100).await.unwrap() {
        let mut from = Some(0);
        while let Some(at) = from {
            match blobs.verify(blob, at).await {
                Ok(piece) if piece.blemish.is_none() => from = piece.next,
                Ok(_) | Err(_) => return false,
            }
        }
    }
    true
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.path().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => drop(fs::copy(entry.path(), to.join(entry.file_name())).unwrap()),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_is_found_or_does_no_harm() {
    let (folder, rng) = (tempfile::tempdir().unwrap(), SeededRng::new(66));
    let directory = folder.path().join("data");
    fill(&directory).await;
    assert_eq!(damage(&directory).unwrap(), Vec::<String>::new());
    let expected = {
        let copied = folder.path().join("copy");
        copy(&directory, &copied);
        let store = LocalStore::open(&copied, LocalOptions::default()).unwrap();
        let expected = contents(&*store.meta()).await;
        store.close().await;
        fs::remove_dir_all(copied).unwrap();
        expected
    };
    let mut all = Vec::new();
    files(&directory, &mut all);
    // What an unsettled blob has in `staging` is another link to its file.
    all.retain(|path| !path.starts_with(directory.join("blobs")) && fs::metadata(path).unwrap().nlink() == 1);
    all.sort();
    let (mut kinds, mut harmless, mut tried) = (BTreeSet::new(), BTreeMap::<String, usize>::new(), 0);
    for path in all {
        let name = path.strip_prefix(&directory).unwrap().display().to_string();
        kinds.insert(kind(&name));
        for (at, bit) in places(&path, &rng) {
            flip(&path, at, bit);
            tried += 1;
            let found = match damage(&directory) {
                Ok(found) => !found.is_empty(),
                Err(OpenError::Foreign { .. } | OpenError::Newer { .. } | OpenError::Io { .. }) => true,
                Err(error) => panic!("{name}: {error}"),
            };
            if !found {
                let copied = folder.path().join("copy");
                copy(&directory, &copied);
                let store = LocalStore::open(&copied, LocalOptions::default()).expect("it opens");
                assert!(contents(&*store.meta()).await == expected, "{name} byte {at} bit {bit} is not found");
                *harmless.entry(kind(&name)).or_default() += 1;
                store.close().await;
                fs::remove_dir_all(copied).unwrap();
            }
            flip(&path, at, bit);
        }
    }
    for wanted in ["FORMAT", "journal", "staging", "current", "list", "table", "values", "version"] {
        assert!(kinds.contains(wanted), "{wanted} is not among {kinds:?}");
    }
    // The sequence number of a batch is not covered by its checksum: a number that still fits in between changes nothing.
    assert!(harmless.keys().all(|kind| kind == "journal"), "{harmless:?}");
    println!("{tried} flips, harmless: {harmless:?}");
    assert_eq!(damage(&directory).unwrap(), Vec::<String>::new());
}

/// Walks everything: the entries, and whether all of them could be had.
async fn walked(meta: &dyn MetaStore) -> (Contents, bool) {
    let (mut all, mut whole) = (Contents::new(), true);
    for table in [Table::Records, Table::Contents] {
        let mut after = None;
        loop {
            let Ok(page) = meta.walk(table, after, 1000).await else {
                whole = false;
                break;
            };
            let Some(last) = page.last() else { break };
            after = Some((last.partition, last.key.clone()));
            for it in page {
                whole &= it.value.is_ok();
                all.extend(it.value.ok().map(|value| ((table == Table::Records, it.partition, it.key), value)));
            }
        }
    }
    (all, whole)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_over_damaged_tables_says_that_it_is_not_whole() {
    let (folder, rng) = (tempfile::tempdir().unwrap(), SeededRng::new(68));
    let (directory, copied) = (folder.path().join("data"), folder.path().join("copy"));
    fill(&directory).await;
    let mut all = Vec::new();
    files(&directory.join("meta"), &mut all);
    all.retain(|path| {
        ["table", "values"].contains(&&*kind(&path.strip_prefix(&directory).unwrap().display().to_string()))
    });
    all.sort();
    copy(&directory, &copied);
    let store = LocalStore::open(&copied, LocalOptions::default()).unwrap();
    let expected = contents(&*store.meta()).await;
    store.close().await;
    let mut told = 0;
    for round in 0..16 {
        let path = &all[round % all.len()];
        let at = random_u64(&rng) % fs::metadata(path).unwrap().len();
        flip(path, at, 3);
        fs::remove_dir_all(&copied).unwrap();
        copy(&directory, &copied);
        // One that does not open is not walked.
        if let Ok(store) = LocalStore::open(&copied, LocalOptions::default()) {
            let (found, whole) = walked(&*store.meta()).await;
            assert!(!whole || found == expected, "{} byte {at}: entries are missing", path.display());
            assert!(found.iter().all(|(key, value)| expected.get(key) == Some(value)), "other bytes");
            told += usize::from(!whole);
            store.close().await;
        }
        flip(path, at, 3);
    }
    assert!(told > 4, "{told}");
}

#[tokio::test]
async fn a_flipped_bit_in_the_journal_being_written_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalStore::open(folder.path(), LocalOptions::default()).unwrap();
    let meta = store.meta();
    for at in 0..3_u64 {
        let mut commit = Commit::new();
        commit.put(Table::Records, at.to_string(), noise(at, 100));
        meta.commit(Partition { group: 2000, shard: 0 }, commit).await.unwrap();
    }
    let damaged = async || {
        let (mut after, mut damaged) = (None, Vec::new());
        while let Some(file) = meta.check(after.as_deref()).await.unwrap() {
            damaged.extend(file.damage.is_some().then(|| file.name.clone()));
            after = Some(file.name);
        }
        damaged
    };
    assert_eq!(damaged().await, Vec::<String>::new());
    let mut all = Vec::new();
    files(&folder.path().join("meta"), &mut all);
    let journal = all.into_iter().find(|path| path.extension().is_some_and(|it| it == "jnl")).unwrap();
    // In the first batch, in the last, and in the zeros behind it.
    let end = fs::read(&journal).unwrap().iter().rposition(|byte| *byte != 0).unwrap() as u64;
    for at in [0, 30, end - 60, end, end + 1, end + 100_000] {
        flip(&journal, at, 0);
        assert_eq!(damaged().await.len(), 1, "byte {at}");
        flip(&journal, at, 0);
    }
    assert_eq!(damaged().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_flipped_bit_in_a_blob_is_found() {
    let (folder, rng) = (tempfile::tempdir().unwrap(), SeededRng::new(67));
    let directory = folder.path().join("data");
    let store = LocalStore::open(&directory, LocalOptions::default()).unwrap();
    let blobs = store.blobs();
    for (number, length) in [(1, 200_000), (2, 0), (3, 1), (4, 65_536), (5, 9_000_000)] {
        let blob = write_blob(&*blobs, number, length).await;
        blobs.settle(blob).await;
    }
    assert!(blobs_verify(&*blobs).await);
    let mut all = Vec::new();
    files(&directory.join("blobs"), &mut all);
    assert_eq!(all.len(), 5);
    for path in all {
        for (at, bit) in places(&path, &rng) {
            flip(&path, at, bit);
            assert!(!blobs_verify(&*blobs).await, "{} byte {at} bit {bit} is not found", path.display());
            flip(&path, at, bit);
        }
    }
    assert!(blobs_verify(&*blobs).await);
}

/// Which bits of a file to flip: one of each byte of a small one; the first, the last and some others of a large one.
fn places(path: &Path, rng: &dyn Rng) -> Vec<(u64, u8)> {
    let length = fs::metadata(path).unwrap().len();
    let place = |nth| match nth {
        _ if length <= FLIPS => nth,
        0..8 => nth,
        8..16 => length - 1 - (nth - 8),
        _ => random_u64(rng) % length,
    };
    (0..FLIPS.min(length)).map(|nth| (place(nth), (random_u64(rng) % 8) as u8)).collect()
}

fn kind(name: &str) -> String {
    let parts: Vec<_> = name.split('/').collect();
    let kind = match parts.as_slice() {
        ["FORMAT"] => "FORMAT",
        ["staging", ..] => "staging",
        ["meta", "version"] => "version",
        ["meta", name] if name.ends_with(".jnl") => "journal",
        ["meta", .., "tables", _] => "table",
        ["meta", .., "blobs", _] => "values",
        ["meta", .., "current"] => "current",
        ["meta", .., name] if name.starts_with('v') => "list",
        _ => "other",
    };
    kind.to_owned()
}
