//! Moving bytes: one object or file at a time, from here to there.
//!
//! What all transfers of a run share is [`Transfers`]. Requests go through [`crate::requests`], so each is tried again alone;
//! memory for content is taken from one budget; nothing appears under a final name before it is whole and checked.

mod body;
mod buffers;
mod copy;
mod direct;
mod download;
mod download_state;
mod facts;
mod file_threads;
mod folders;
mod in_order;
mod landing;
mod origin;
pub mod parts;
mod piece;
mod pipe;
mod ranges;
mod relay;
mod same;
mod seal;
pub mod settings;
mod source;
mod stream;
mod upload;
mod upload_parts;
mod upload_state;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use larder_crypto::{ChecksumHasher, combine};
use larder_env::{Rng, random_u64};
use larder_types::{Checksum, ChecksumAlgorithm};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::connect::Connection;
use crate::error::RequestError;
use crate::location::BucketPath;
use crate::report::{Progress, Report};
use crate::requests::Requests;

use buffers::Buffers;
pub use facts::Facts;
pub(crate) use facts::timestamp;
use file_threads::FileThreads;
use folders::Folders;
pub use origin::{Carried, Origin};
pub use parts::Cut;
pub use seal::Seal;
pub use settings::{CustomerKey, ObjectSettings};
pub use source::Identity;

/// What may be turned about how things travel.
#[derive(Clone, Debug)]
pub struct Tuning {
    /// From so many bytes on in parts.
    pub threshold: u64,
    /// Bytes of a part; `None` takes what suits the size.
    pub part_size: Option<u64>,
    /// Bytes of content held in memory at a time.
    pub memory: u64,
    /// Files of so many bytes are written past the page cache, where the file system can.
    pub direct_io_from: u64,
    /// Where unfinished uploads are noted; `None` notes none, and then none is resumed.
    pub state_folder: Option<PathBuf>,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            threshold: parts::DEFAULT_THRESHOLD,
            part_size: None,
            memory: 128 * 1024 * 1024,
            direct_io_from: parts::DEFAULT_THRESHOLD,
            state_folder: None,
        }
    }
}

/// Larger parts than this are read from the file while they are sent.
const MOST_IN_MEMORY: u64 = 64 * 1024 * 1024;
/// File systems that are far away take a while for each.
const SMALL_FILES_AT_A_TIME: usize = 64;
/// Past the page cache there is nothing to wait for but the disk, which takes several at a time. Few enough that other work on files
/// goes on.
const DIRECT_WRITES_AT_A_TIME: usize = 4;
/// The budget is counted in these.
const MEMORY_UNIT: u64 = 4 * 1024;

/// What transfers share.
pub struct Transfers {
    /// Where objects are read.
    pub source: Connection,
    /// Where objects are written.
    pub target: Connection,
    /// The way for all requests.
    pub requests: Arc<Requests>,
    /// What goes with each object that is made.
    pub settings: ObjectSettings,
    tuning: Tuning,
    report: Arc<dyn Report>,
    rng: Arc<dyn Rng>,
    memory: Arc<Semaphore>,
    /// Reads and writes files that are small.
    small_files: Arc<FileThreads>,
    /// Writes pieces of large ones past the page cache.
    direct_writes: Arc<FileThreads>,
    /// For parts that are sent, and pieces that are written.
    buffers: Arc<Buffers>,
    /// Where files are whose sources were deleted.
    folders: Arc<Folders>,
    /// Uploads in parts that a stop has to abort, by their ids.
    unfinished: Mutex<HashMap<String, BucketPath>>,
}

impl Transfers {
    /// One end may be this machine; then both connections may be the same.
    #[must_use]
    pub fn new(
        (source, target): (Connection, Connection),
        requests: Arc<Requests>,
        settings: ObjectSettings,
        tuning: Tuning,
        report: Arc<dyn Report>,
        rng: Arc<dyn Rng>,
    ) -> Self {
        let memory = Arc::new(Semaphore::new(usize::try_from(units(tuning.memory)).unwrap_or(Semaphore::MAX_PERMITS)));
        Self {
            source,
            target,
            requests,
            settings,
            tuning,
            report,
            rng,
            memory,
            small_files: FileThreads::new(SMALL_FILES_AT_A_TIME),
            direct_writes: FileThreads::new(DIRECT_WRITES_AT_A_TIME),
            buffers: Arc::default(),
            folders: Arc::default(),
            unfinished: Mutex::default(),
        }
    }

    /// From how many bytes on transfers go in parts.
    #[must_use]
    pub fn threshold(&self) -> u64 {
        self.tuning.threshold
    }

    /// Whom events go to.
    #[must_use]
    pub fn report(&self) -> &Arc<dyn Report> {
        &self.report
    }

    fn unfinished(&self) -> MutexGuard<'_, HashMap<String, BucketPath>> {
        self.unfinished.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn progress(&self, id: u64) -> Progress {
        Progress::new(Arc::clone(&self.report), id)
    }

    /// Waits until so many bytes may be held. What is larger than the whole budget waits for all of it.
    async fn hold(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let units = units(bytes).min(units(self.tuning.memory));
        // The semaphore is never closed.
        Arc::clone(&self.memory).acquire_many_owned(u32::try_from(units).unwrap_or(u32::MAX)).await.ok()
    }

    /// A text that no other transfer has.
    fn mark(&self) -> String {
        format!(".{:016x}", random_u64(&*self.rng))
    }
}

fn units(bytes: u64) -> u64 {
    bytes.div_ceil(MEMORY_UNIT).max(1)
}

/// A number for a text that other texts rarely have: to name files after longer things.
pub(crate) fn number_of(text: &[u8]) -> u64 {
    checksum_of(ChecksumAlgorithm::Crc64Nvme, text)
        .value()
        .iter()
        .fold(0, |number, &byte| number << 8 | u64::from(byte))
}

pub(crate) fn checksum_of(algorithm: ChecksumAlgorithm, content: &[u8]) -> Checksum {
    let mut hasher = ChecksumHasher::new(algorithm);
    hasher.update(content);
    hasher.finish()
}

/// The checksum of adjoining parts, from those of the parts with their lengths, where such checksums combine.
pub(crate) fn combined<'c>(mut parts: impl Iterator<Item = (Option<&'c Checksum>, u64)>) -> Option<Checksum> {
    let first = parts.next()?.0?.clone();
    let combines = first.algorithm().combines();
    parts.try_fold(first, |whole, (next, length)| combine(&whole, next?, length)).filter(|_| combines)
}

/// Runs what blocks on files where it may.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RequestError> + Send + 'static,
) -> Result<T, RequestError> {
    flatten(tokio::task::spawn_blocking(work).await)
}

/// What a task came to; one that did not end by itself has failed.
pub(crate) fn flatten<T>(done: Result<Result<T, RequestError>, tokio::task::JoinError>) -> Result<T, RequestError> {
    done.unwrap_or_else(|error| Err(RequestError::new(crate::error::ErrorKind::Other, format!("stopped: {error}"))))
}

/// Requests that carry a body take a checksum by a method for each algorithm.
macro_rules! with_checksum {
    ($request:expr, $checksum:expr) => {{
        let request = $request;
        match $checksum {
            Some(checksum) => {
                let text = larder_crypto::checksum_to_base64(checksum);
                match checksum.algorithm() {
                    larder_types::ChecksumAlgorithm::Crc32 => request.checksum_crc32(text),
                    larder_types::ChecksumAlgorithm::Crc32c => request.checksum_crc32_c(text),
                    larder_types::ChecksumAlgorithm::Crc64Nvme => request.checksum_crc64_nvme(text),
                    larder_types::ChecksumAlgorithm::Sha1 => request.checksum_sha1(text),
                    larder_types::ChecksumAlgorithm::Sha256 => request.checksum_sha256(text),
                }
            }
            None => request,
        }
    }};
}
pub(crate) use with_checksum;
