//! An object's content from its beginning to its end, for whoever cannot take it in pieces.

use std::io::Write;
use std::path::Path;

use bytes::Bytes;
use tokio::sync::mpsc::{self, Sender};

use super::download::corrupt;
use super::{Carried, Cut, Origin, Transfers, blocking, landing};
use crate::error::RequestError;
use crate::location::BucketPath;

/// Bytes that are asked for at a time, and held until they are taken: a range is sent on when it has come whole, for it may have to be
/// asked for again.
const RANGE: u64 = 8 * 1024 * 1024;
/// Chunks that wait to be written.
const CHUNKS_AHEAD: usize = 16;

impl Transfers {
    /// Sends the content's chunks in order, a range at a time, and checks the whole. What was
    /// sent before a failure was noticed cannot be taken back.
    ///
    /// # Errors
    /// The server's. A receiver that went away is none.
    pub async fn read_in_order(
        &self,
        object: &BucketPath,
        version: Option<&str>,
        chunks: &Sender<Bytes>,
    ) -> Result<(), RequestError> {
        self.send_in_order(object, version, chunks, 0).await.map(drop)
    }

    /// Writes an object into a special file, in order: a pipe, a device, a descriptor.
    pub(super) async fn download_into(
        &self,
        from: &BucketPath,
        version: Option<&str>,
        to: &Path,
        id: u64,
    ) -> Result<Carried, RequestError> {
        let (sender, mut chunks) = mpsc::channel::<Bytes>(CHUNKS_AHEAD);
        let target = to.to_owned();
        let write = move || {
            let failed = |error: &std::io::Error| landing::write_error(&target, error);
            let mut file = landing::open_special(&target).map_err(|error| failed(&error))?;
            while let Some(chunk) = chunks.blocking_recv() {
                file.write_all(&chunk).map_err(|error| failed(&error))?;
            }
            Ok(())
        };
        let read = async {
            let sender = sender;
            self.send_in_order(from, version, &sender, id).await
        };
        let (read, written) = tokio::join!(read, blocking(write));
        written?;
        read
    }

    async fn send_in_order(
        &self,
        object: &BucketPath,
        version: Option<&str>,
        chunks: &Sender<Bytes>,
        id: u64,
    ) -> Result<Carried, RequestError> {
        let asked = self.asked(object, version, false);
        let facts = self.sealed_facts(asked).await?;
        let mut check = facts.seal.check();
        let progress = self.progress(id);
        let done = Carried { bytes: facts.size, origin: Origin::object(version, facts.etag.clone()) };
        let cut = Cut { size: facts.size, part_size: self.tuning.part_size.unwrap_or(RANGE).clamp(1, RANGE) };
        for part in cut.parts().filter(|part| part.length > 0) {
            let held = self.hold(part.length).await;
            let read = || async {
                let range = format!("bytes={}-{}", part.offset, part.offset + part.length - 1);
                let request = self.get(asked).set_if_match(facts.etag.clone()).range(range);
                let answer = request.send().await.map_err(RequestError::from)?;
                self.collect(answer.body, Some(part.length), &progress).await
            };
            for chunk in self.requests.send(read).await? {
                check.update(&chunk);
                if chunks.send(chunk).await.is_err() {
                    return Ok(done);
                }
            }
            drop(held);
        }
        if check.finish() { Ok(done) } else { Err(corrupt()) }
    }
}
