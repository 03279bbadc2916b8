//! Blobs in files. A blob is written under its name in `staging`, synced, and linked into `blobs`; the name in `staging` goes
//! when it is settled. So what a crash leaves unsettled is what `staging` lists.

pub mod format;
mod names;
mod reader;
mod staging;
pub(crate) mod verify;
mod writer;

use std::io;
use std::sync::Arc;

use bytes::BytesMut;
use larder_store::{
    Blob, BlobFacts, BlobRef, BlobSpec, BlobStore, BlobWriter, Check, Place, StoreError, Unsettled, Verified,
};
use larder_types::StorageClass;
use parking_lot::Mutex;

use crate::blob::names::Names;
use crate::blob::reader::FileBlob;
use crate::blob::writer::FileWriter;
use crate::health::store_error;
use crate::stats::Counters;
use crate::{OpenError, Shared};

/// Bytes read in one piece to copy a blob.
const COPY_BYTES: usize = 1024 * 1024;

/// The blob half of the store.
pub(crate) struct LocalBlobStore {
    shared: Arc<Shared>,
    names: Arc<Names>,
    /// What was unsettled when the store was opened and still is.
    unsettled: Mutex<Vec<Unsettled>>,
}

/// Where blobs for a storage class lie: there is one place until there are zones.
fn place(_class: StorageClass) -> Place {
    Place(0)
}

/// Runs file operations where they may block.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(store_error("run a file operation", io::Error::other(error))),
    }
}

impl LocalBlobStore {
    pub(crate) fn open(shared: Arc<Shared>) -> Result<Self, OpenError> {
        let names = Arc::new(Names::open(Arc::clone(&shared))?);
        let unsettled = Mutex::new(staging::recover(&names)?);
        Ok(Self { shared, names, unsettled })
    }

    fn forget(&self, blob: BlobRef) {
        self.unsettled.lock().retain(|left| left.blob != blob);
    }

    async fn copy(&self, source: BlobRef, spec: BlobSpec) -> Result<BlobRef, StoreError> {
        let source = self.open(source).await?;
        let mut copy = self.create(spec).await?;
        let mut offset = 0;
        while offset < source.len() {
            let bytes = source.read(offset, COPY_BYTES, BytesMut::new(), Check::Store).await?;
            offset += bytes.len() as u64;
            copy.append(bytes.freeze()).await?;
        }
        copy.seal().await
    }
}

#[async_trait::async_trait]
impl BlobStore for LocalBlobStore {
    async fn create(&self, spec: BlobSpec) -> Result<Box<dyn BlobWriter>, StoreError> {
        spec.validate()?;
        self.shared.health.check()?;
        let names = Arc::clone(&self.names);
        let writer = blocking(move || FileWriter::create(names, place(spec.class), spec)).await?;
        Ok(Box::new(writer))
    }

    async fn open(&self, blob: BlobRef) -> Result<Box<dyn Blob>, StoreError> {
        let names = Arc::clone(&self.names);
        Ok(Box::new(blocking(move || FileBlob::open(&names, blob)).await?))
    }

    async fn duplicate(&self, source: BlobRef, spec: BlobSpec) -> Result<BlobRef, StoreError> {
        spec.validate()?;
        self.shared.health.check()?;
        let target = BlobRef { place: place(spec.class), id: spec.id };
        let (names, claim) = (Arc::clone(&self.names), spec.claim.clone());
        match blocking(move || staging::link_duplicate(&names, source, target, claim)).await {
            // File systems limit the links of one file (ext4: 65,000) and have them within one device.
            Err(StoreError::Io { source: error, .. })
                if matches!(error.kind(), io::ErrorKind::TooManyLinks | io::ErrorKind::CrossesDevices) =>
            {
                self.copy(source, spec).await
            }
            result => result,
        }
    }

    async fn delete(&self, blob: BlobRef) -> Result<(), StoreError> {
        self.shared.health.check()?;
        let names = Arc::clone(&self.names);
        blocking(move || names.delete(blob)).await?;
        self.forget(blob);
        Counters::add(&self.shared.counters.blobs_deleted, 1);
        Ok(())
    }

    async fn settle(&self, blob: BlobRef) {
        let names = Arc::clone(&self.names);
        let removed = blocking(move || names.unstage(blob.id)).await;
        if let Err(error) = removed {
            // The blob shows up as unsettled after the next start, and is settled again then.
            tracing::warn!(%error, blob = %blob.id, "a settled blob keeps its name in staging");
        }
        self.forget(blob);
    }

    async fn unsettled(&self) -> Result<Vec<Unsettled>, StoreError> {
        Ok(self.unsettled.lock().clone())
    }

    async fn list(&self, after: Option<BlobRef>, limit: usize) -> Result<Vec<BlobRef>, StoreError> {
        let names = Arc::clone(&self.names);
        blocking(move || verify::list(names.blobs(), after, limit)).await
    }

    async fn inspect(&self, blob: BlobRef) -> Result<BlobFacts, StoreError> {
        let names = Arc::clone(&self.names);
        blocking(move || verify::inspect(&names, blob)).await
    }

    async fn verify(&self, blob: BlobRef, from: u64) -> Result<Verified, StoreError> {
        let names = Arc::clone(&self.names);
        blocking(move || verify::verify(&names, blob, from)).await
    }

    async fn quarantine(&self, blob: BlobRef) -> Result<(), StoreError> {
        self.shared.health.check()?;
        let names = Arc::clone(&self.names);
        blocking(move || names.quarantine.take(&names, blob)).await?;
        self.forget(blob);
        Ok(())
    }

    async fn quarantined(&self) -> Result<Vec<BlobRef>, StoreError> {
        let names = Arc::clone(&self.names);
        blocking(move || names.quarantine.list()).await
    }

    async fn discard(&self, blob: BlobRef) -> Result<(), StoreError> {
        let names = Arc::clone(&self.names);
        blocking(move || names.quarantine.discard(blob)).await
    }
}
