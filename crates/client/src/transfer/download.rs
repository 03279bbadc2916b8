//! From a bucket to this machine.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use larder_types::Timestamp;

use super::facts::timestamp;
use super::landing;
use super::seal::claims;
use super::stream::{grown, length_of};
use super::{Seal, Transfers};
use crate::error::{ErrorKind, RequestError};
use crate::location::BucketPath;

/// An object's content in memory, checked.
pub(crate) struct Content {
    pub(crate) chunks: Vec<Bytes>,
    pub(crate) modified: Option<Timestamp>,
}

impl Transfers {
    /// Downloads an object and returns how many bytes travelled. `size` is what it had when it was listed.
    ///
    /// # Errors
    /// The server's or the file system's. The file at `to` is what it was before then.
    pub async fn download(
        self: &Arc<Self>,
        from: &BucketPath,
        version: Option<&str>,
        size: u64,
        to: &Path,
        id: u64,
    ) -> Result<u64, RequestError> {
        if size > self.tuning.threshold {
            return self.download_in_ranges(from, version, to, id).await;
        }
        let held = self.hold(size).await;
        let content = match self.read_whole(from, version, id).await {
            // It has grown since it was listed.
            Err(error) if error.kind == ErrorKind::Changed => {
                drop(held);
                return self.download_in_ranges(from, version, to, id).await;
            }
            read => read?,
        };
        let travelled = content.chunks.iter().map(|chunk| chunk.len() as u64).sum();
        let (target, mark) = (to.to_owned(), self.mark());
        let write = move || {
            let chunks: Vec<&[u8]> = content.chunks.iter().map(|chunk| &chunk[..]).collect();
            landing::write_whole(&target, &mark, &chunks, content.modified)
                .map_err(|error| landing::write_error(&target, &error))
        };
        self.small_files.run(write).await?;
        drop(held);
        Ok(travelled)
    }

    /// Reads a whole object into memory and checks it: one that was small when it was listed, and has to be still.
    pub(crate) async fn read_whole(
        &self,
        from: &BucketPath,
        version: Option<&str>,
        id: u64,
    ) -> Result<Content, RequestError> {
        let progress = self.progress(id);
        let read = || async {
            let answer = self.get(from, version).send().await.map_err(RequestError::from)?;
            let (seal, length) = (Seal::of(&claims!(answer)), length_of(&answer));
            if length.is_some_and(|length| length > self.tuning.threshold) {
                return Err(grown());
            }
            let modified = answer.last_modified().map(timestamp);
            let chunks = self.collect(answer.body, length, &progress).await?;
            Ok((chunks, seal, modified))
        };
        let (chunks, mut seal, modified) = self.requests.send(read).await?;
        if matches!(seal, Seal::Parts { .. }) {
            seal = self.with_part_sizes(&self.source, from, seal).await;
        }
        let mut check = seal.check();
        chunks.iter().for_each(|chunk| check.update(chunk));
        if check.finish() { Ok(Content { chunks, modified }) } else { Err(corrupt()) }
    }
}

/// What came is not what the server has a checksum of.
pub(crate) fn corrupt() -> RequestError {
    RequestError::new(ErrorKind::Corrupt, "the content that came differs from its stored checksum, so it was not kept")
}
