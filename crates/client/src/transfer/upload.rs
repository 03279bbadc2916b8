//! From this machine to a bucket.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use larder_types::Checksum;

use super::source::{self, Opened};
use super::{Transfers, body, checksum_of, with_checksum};
use crate::error::RequestError;
use crate::location::BucketPath;
use crate::names;

impl Transfers {
    /// Uploads a file and returns how many bytes travelled. `size` is what it had when it was listed.
    ///
    /// # Errors
    /// The file's or the server's. Nothing is changed in the bucket then.
    pub async fn upload(
        self: &Arc<Self>,
        file: &Path,
        size: u64,
        to: &BucketPath,
        id: u64,
    ) -> Result<u64, RequestError> {
        names::check_key(&to.key)
            .map_err(|error| RequestError::new(crate::error::ErrorKind::Local, error.to_string()))?;
        let held = self.hold(size.min(self.tuning.threshold)).await;
        let (path, limit, algorithm) = (file.to_owned(), self.tuning.threshold, self.settings.checksum);
        let open = move || {
            let opened = source::open(&path, limit)?;
            let checksum = match (&opened, algorithm) {
                (Opened::Whole(content), Some(algorithm)) => Some(checksum_of(algorithm, content)),
                _ => None,
            };
            Ok((opened, checksum))
        };
        match self.small_files.run(open).await? {
            (Opened::Whole(content), checksum) => self.put(content, checksum.as_ref(), to, id).await,
            (Opened::Large(open, before), _) => {
                drop(held);
                self.upload_in_parts(file, Arc::new(open), before, to, id).await
            }
        }
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
