//! From a bucket to this machine.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use larder_types::Timestamp;

use super::facts::{Asked, timestamp};
use super::landing;
use super::seal::claims;
use super::stream::{grown, length_of};
use super::{Carried, Origin, Seal, Transfers, blocking};
use crate::error::{ErrorKind, RequestError};
use crate::location::BucketPath;
use crate::names;

/// An object's content in memory, checked.
pub(crate) struct Content {
    pub(crate) chunks: Vec<Bytes>,
    pub(crate) modified: Option<Timestamp>,
    pub(crate) etag: Option<String>,
}

impl Transfers {
    /// Downloads an object. `size` is what it had when it was listed. With `moves` the object is to be deleted afterwards: then the
    /// file is on the disk when this returns, its name and the folders above it too. What is large is in any case, but for the names.
    ///
    /// # Errors
    /// The server's or the file system's. The file at `to` is what it was before then, unless it is a device or a pipe.
    pub async fn download(
        self: &Arc<Self>,
        from: &BucketPath,
        version: Option<&str>,
        size: u64,
        to: &Path,
        moves: bool,
        id: u64,
    ) -> Result<Carried, RequestError> {
        names::check_target(to).map_err(|error| RequestError::new(ErrorKind::Local, error.to_string()))?;
        let (held, content) = if size > self.tuning.threshold {
            (None, Err(grown()))
        } else {
            let held = self.hold(size).await;
            (held, self.read_whole(self.asked(from, version, false), None, id).await)
        };
        let carried = match content {
            Ok(content) => self.write_small(content, version, to, moves).await?,
            // It is large, or has grown since it was listed.
            Err(error) if error.kind == ErrorKind::Changed => {
                drop(held);
                let target = to.to_owned();
                if blocking(move || is_special(&target, moves)).await? {
                    return self.download_into(from, version, to, id).await;
                }
                self.download_in_ranges(from, version, to, id).await?
            }
            Err(error) => return Err(error),
        };
        if moves {
            let (folders, target) = (Arc::clone(&self.folders), to.to_owned());
            blocking(move || folders.keep(&target).map_err(|error| landing::write_error(&target, &error))).await?;
        }
        Ok(carried)
    }

    async fn write_small(
        &self,
        content: Content,
        version: Option<&str>,
        to: &Path,
        moves: bool,
    ) -> Result<Carried, RequestError> {
        let bytes = content.chunks.iter().map(|chunk| chunk.len() as u64).sum();
        let origin = Origin::object(version, content.etag);
        let (target, mark) = (to.to_owned(), self.mark());
        let write = move || {
            let chunks: Vec<&[u8]> = content.chunks.iter().map(|chunk| &chunk[..]).collect();
            let written = match is_special(&target, moves)? {
                true => landing::write_special(&target, &chunks),
                false => landing::write_whole(&target, &mark, &chunks, content.modified, moves),
            };
            written.map_err(|error| landing::write_error(&target, &error))
        };
        self.small_files.run(write).await?;
        Ok(Carried { bytes, origin })
    }

    /// Reads a whole object into memory and checks it: one that was small when it was listed, and has to be still.
    pub(crate) async fn read_whole(
        &self,
        asked: Asked<'_>,
        if_match: Option<&str>,
        id: u64,
    ) -> Result<Content, RequestError> {
        let progress = self.progress(id);
        let read = || async {
            let answer =
                self.get(asked).set_if_match(if_match.map(str::to_owned)).send().await.map_err(RequestError::from)?;
            let (seal, length) = (Seal::of(&claims!(answer)), length_of(&answer));
            if length.is_some_and(|length| length > self.tuning.threshold) {
                return Err(grown());
            }
            let (modified, etag) = (answer.last_modified().map(timestamp), answer.e_tag().map(str::to_owned));
            let chunks = self.collect(answer.body, length, &progress).await?;
            Ok((chunks, seal, modified, etag))
        };
        let (chunks, seal, modified, etag) = self.requests.send(read).await?;
        let seal = self.with_part_sizes(asked, etag.as_deref(), seal).await?;
        let mut check = seal.check();
        chunks.iter().for_each(|chunk| check.update(chunk));
        if check.finish() { Ok(Content { chunks, modified, etag }) } else { Err(corrupt()) }
    }
}

/// Whether content goes into what is there, such as a pipe, and not to its place.
fn is_special(target: &Path, moves: bool) -> Result<bool, RequestError> {
    match landing::is_special(target) {
        true if moves => {
            Err(RequestError::new(ErrorKind::Local, "the target is no file, so what is moved there would be nowhere"))
        }
        special => Ok(special),
    }
}

/// What came is not what the server has a checksum of.
pub(crate) fn corrupt() -> RequestError {
    RequestError::new(ErrorKind::Corrupt, "the content that came differs from its stored checksum, so it was not kept")
}
