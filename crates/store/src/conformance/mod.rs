//! One suite that every backend passes: what the traits promise, checked by use. It panics where a promise is broken.
//!
//! A backend's tests implement [`Factory`] and call [`run`]; [`model`] compares sequences of operations, such as a property
//! test makes up, with maps.

mod blobs;
mod metadata;
pub mod model;

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use larder_env::{Rng, SeededRng};

use crate::{Blob, BlobStore, Check, Commit, MetaStore, Partition, Table};

/// Both halves of an open store.
#[derive(Clone)]
pub struct Stores {
    /// Its metadata.
    pub meta: Arc<dyn MetaStore>,
    /// Its blobs.
    pub blobs: Arc<dyn BlobStore>,
}

/// Opens one store again and again.
#[async_trait::async_trait]
pub trait Factory: Sync {
    /// Opens the store, which is empty at first and later holds what it held. Everything that an earlier call gave out has
    /// been dropped by then.
    async fn open(&self) -> Stores;
}

/// Checks everything on one empty store. Wants a multi-threaded runtime, so that what races really does.
pub async fn run(factory: &dyn Factory) {
    metadata::run(factory).await;
    blobs::run(factory).await;
    model::run(factory).await;
}

/// Bytes that are the same for the same seed.
fn noise(seed: u64, length: usize) -> Bytes {
    let mut bytes = vec![0; length];
    SeededRng::new(seed).fill(&mut bytes);
    Bytes::from(bytes)
}

/// Deletes what an earlier use of the store left in a partition.
async fn empty(meta: &dyn MetaStore, partition: Partition) {
    for table in [Table::Records, Table::Contents] {
        loop {
            let page = meta.walk(table, Some((partition, Bytes::new())), 1000).await.expect("a walk");
            let left: Vec<_> = page.into_iter().take_while(|entry| entry.partition == partition).collect();
            if left.is_empty() {
                break;
            }
            let mut deletion = Commit::new();
            for entry in left {
                deletion.delete(table, entry.key);
            }
            meta.commit(partition, deletion).await.expect("a deletion");
        }
    }
}

/// Reads a blob from `offset` to its end in pieces of at most `limit`.
async fn read_from(blob: &dyn Blob, offset: u64, limit: usize) -> Vec<u8> {
    let (mut found, mut memory) = (Vec::new(), BytesMut::from(&b"something else"[..]));
    loop {
        let read = blob.read(offset + found.len() as u64, limit, memory, Check::Store).await;
        let piece = read.expect("a sealed blob is readable");
        assert!(piece.len() <= limit.min(1024 * 1024), "a read returns no more than asked for, and 1 MiB at most");
        if piece.is_empty() {
            return found;
        }
        found.extend_from_slice(&piece);
        memory = piece;
    }
}
