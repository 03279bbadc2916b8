//! How fast the embedded backend is on this machine: run by hand, `cargo test -p larder-store-local --test throughput --
//! --ignored --nocapture`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use larder_env::{Clock, SystemClock};
use larder_store::{BlobId, BlobSpec, Check, Commit, Partition, Table};
use larder_store_local::{LocalOptions, LocalStore};
use larder_types::StorageClass;

const MIB: usize = 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, asserts nothing about speed"]
async fn commits() {
    for tasks in [1, 16, 64] {
        let directory = tempfile::tempdir().unwrap();
        let store = LocalStore::open(directory.path(), LocalOptions::default()).unwrap();
        let clock = Arc::new(SystemClock::new());
        let slowest = Arc::new(AtomicU64::new(0));
        let running: Vec<_> = (0..tasks)
            .map(|task| {
                let (meta, clock, slowest) = (store.meta(), Arc::clone(&clock), Arc::clone(&slowest));
                tokio::spawn(async move {
                    let partition = Partition { group: task, shard: 0 };
                    let content = Bytes::from(vec![task as u8; 4096]);
                    for at in 0..if tasks == 1 { 1000u64 } else { 40_000 / tasks } {
                        let mut commit = Commit::new();
                        let key = Bytes::from(format!("some/key/of/an/object/{at:08}"));
                        commit.require(key.clone(), None);
                        commit.put(Table::Records, key.clone(), vec![1; 300]);
                        commit.put(Table::Contents, key, content.clone());
                        let started = clock.elapsed();
                        meta.commit(partition, commit).await.unwrap();
                        let micros = (clock.elapsed() - started).as_micros() as u64;
                        slowest.fetch_max(micros, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for task in running {
            task.await.unwrap();
        }
        let (seconds, stats) = (clock.elapsed().as_secs_f64(), store.monitor().stats());
        println!(
            "{tasks} tasks: {:.0} commits/s of 4 KiB, {:.1} commits a sync, slowest {:.1} ms",
            stats.commits as f64 / seconds,
            stats.commits as f64 / stats.syncs as f64,
            slowest.load(Ordering::Relaxed) as f64 / 1000.0
        );
        let (meta, started) = (store.meta(), clock.elapsed());
        for at in 0..600 {
            let key = format!("some/key/of/an/object/{at:08}");
            meta.get(Partition { group: 0, shard: 0 }, Table::Contents, key.as_bytes()).await.unwrap().unwrap();
        }
        println!("  {:.1} µs a get of 4 KiB", (clock.elapsed() - started).as_micros() as f64 / 600.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures, asserts nothing about speed"]
async fn blobs() {
    let directory = tempfile::tempdir().unwrap();
    let store = LocalStore::open(directory.path(), LocalOptions::default()).unwrap();
    let (blobs, clock) = (store.blobs(), SystemClock::new());
    let piece = Bytes::from(vec![5; 64 * 1024]);
    for (number, mib) in [(1, 1), (2, 1024)] {
        let spec = BlobSpec { id: BlobId([number; 16]), class: StorageClass::Standard, claim: Bytes::new() };
        let started = clock.elapsed();
        let mut writer = blobs.create(spec).await.unwrap();
        for _ in 0..mib * 16 {
            writer.append(piece.clone()).await.unwrap();
        }
        let appended = clock.elapsed();
        let blob = writer.seal().await.unwrap();
        let sealed = clock.elapsed();
        let open = blobs.open(blob).await.unwrap();
        let mut offset = 0;
        while offset < open.len() {
            offset += open.read(offset, MIB, BytesMut::new(), Check::Store).await.unwrap().len() as u64;
        }
        let read = clock.elapsed();
        println!(
            "{mib} MiB: appended in {:?}, sealed in {:?}, read in {:?}",
            appended - started,
            sealed - appended,
            read - sealed
        );
        blobs.delete(blob).await.unwrap();
    }
}
