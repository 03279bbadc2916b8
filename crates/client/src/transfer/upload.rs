//! From this machine to a bucket.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use larder_types::Checksum;

use super::source::{self, Opened};
use super::{Carried, Origin, Transfers, body, checksum_of, with_checksum};
use crate::error::RequestError;
use crate::location::BucketPath;
use crate::names;

impl Transfers {
    /// Uploads a file. `size` is what it had when it was listed.
    ///
    /// # Errors
    /// The file's or the server's. Nothing is changed in the bucket then, unless the file changed when it had been read, and kept its
    /// size: then what it was before is there, and the next synchronisation will not notice that it is another one now.
    pub async fn upload(
        self: &Arc<Self>,
        file: &Path,
        size: u64,
        to: &BucketPath,
        id: u64,
    ) -> Result<Carried, RequestError> {
        names::check_key(&to.key)
            .map_err(|error| RequestError::new(crate::error::ErrorKind::Local, error.to_string()))?;
        let mut bytes = 0;
        for _ in 0..source::TRIES {
            let held = self.hold(size.min(self.tuning.threshold)).await;
            let read = match self.open_file(file).await? {
                (Opened::Whole(content, read), checksum) => {
                    bytes += self.put(content, checksum.as_ref(), to, id).await?;
                    read
                }
                (Opened::Large(open, read), _) => {
                    drop(held);
                    bytes += self.upload_in_parts(file, Arc::new(open), read, to, id).await?;
                    read
                }
            };
            // The kernel knows the answer since the file was opened; to have another thread ask takes as long as twenty such questions.
            if !read.is_overtaken(file) {
                return Ok(Carried { bytes, origin: Origin::File(read) });
            }
            // What is large takes too long to be tried again unasked.
            if read.size > self.tuning.threshold {
                break;
            }
        }
        Err(source::replaced())
    }

    /// Opens a file, and reads it with its checksum if it is small.
    async fn open_file(&self, file: &Path) -> Result<(Opened, Option<Checksum>), RequestError> {
        let (path, limit, algorithm) = (file.to_owned(), self.tuning.threshold, self.settings.checksum);
        let open = move || {
            let opened = source::open(&path, limit)?;
            let checksum = match (&opened, algorithm) {
                (Opened::Whole(content, _), Some(algorithm)) => Some(checksum_of(algorithm, content)),
                _ => None,
            };
            Ok((opened, checksum))
        };
        self.small_files.run(open).await
    }

    /// Makes an object of content in memory.
    ///
    /// # Errors
    /// The server's.
    pub async fn put(
        &self,
        content: Bytes,
        checksum: Option<&Checksum>,
        to: &BucketPath,
        id: u64,
    ) -> Result<u64, RequestError> {
        let length = content.len() as u64;
        let progress = self.progress(id);
        let signed = !self.target.body_is_safe();
        // What is small goes whole: telling of its progress would cost more than sending it.
        let whole = signed || length <= 256 * 1024 && !self.requests.pace.is_limited();
        let put = || async {
            let request = self.target.client().put_object().bucket(&to.bucket).key(&to.key);
            let request = with_checksum!(self.settings.put(request, &to.key), checksum);
            if whole {
                self.requests.pace.wait(content.len()).await;
            }
            let request = request.body(body::body(content.clone(), whole, &self.requests.pace, &progress)).customize();
            let request = if signed { request } else { request.disable_payload_signing() };
            request.send().await.map_err(RequestError::from)
        };
        self.requests.send(put).await?;
        Ok(length)
    }
}
