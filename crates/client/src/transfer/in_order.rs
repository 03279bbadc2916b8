//! An object's content from its beginning to its end, for whoever cannot take it in pieces.

use bytes::Bytes;
use tokio::sync::mpsc::Sender;

use super::download::corrupt;
use super::{Cut, Transfers};
use crate::error::RequestError;
use crate::location::BucketPath;

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
        let key = self.settings.source_customer_key.as_ref().or(self.settings.customer_key.as_ref());
        let facts = self.facts(&self.source, object, version, key).await?;
        let seal = self.with_part_sizes(&self.source, object, facts.seal.clone()).await;
        let mut check = seal.check();
        let progress = self.progress(0);
        for part in Cut::new(facts.size, self.tuning.part_size).into_iter().flat_map(Cut::parts) {
            if part.length == 0 {
                continue;
            }
            let read = || async {
                let range = format!("bytes={}-{}", part.offset, part.offset + part.length - 1);
                let request = self.get(object, version).set_if_match(facts.etag.clone()).range(range);
                let answer = request.send().await.map_err(RequestError::from)?;
                self.collect(answer.body, Some(part.length), &progress).await
            };
            for chunk in self.requests.send(read).await? {
                check.update(&chunk);
                if chunks.send(chunk).await.is_err() {
                    return Ok(());
                }
            }
        }
        if check.finish() { Ok(()) } else { Err(corrupt()) }
    }
}
