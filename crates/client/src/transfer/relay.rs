//! From bucket to bucket on two servers: through this machine.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::task::JoinSet;

use super::parts::Part;
use super::stream::length_of;
use super::upload_parts::{Sent, Upload};
use super::{Facts, Transfers, body, checksum_of, flatten, with_checksum};
use crate::error::{ErrorKind, RequestError};
use crate::location::BucketPath;

impl Transfers {
    /// Carries an object from one server to the other, with its metadata and tags.
    ///
    /// # Errors
    /// Either server's.
    pub async fn relay(
        self: &Arc<Self>,
        from: &BucketPath,
        version: Option<&str>,
        to: &BucketPath,
        id: u64,
    ) -> Result<u64, RequestError> {
        let key = self.settings.source_customer_key.as_ref();
        let facts = self.facts(&self.source, from, version, key).await?;
        if facts.size > self.tuning.threshold {
            return self.relay_in_parts(from, version, &facts, to, id).await;
        }
        let held = self.hold(facts.size).await;
        let content = self.read_whole(from, version, id).await?;
        let content = join(content.chunks);
        let checksum = self.settings.checksum.map(|algorithm| checksum_of(algorithm, &content));
        let settings = self.settings_like(from, &facts).await?;
        let signed = !self.target.body_is_safe();
        let put = || async {
            let request = self.target.client().put_object().bucket(&to.bucket).key(&to.key);
            let request = with_checksum!(settings.put(request, &to.key), checksum.as_ref());
            let request = request.body(content.clone().into()).customize();
            let request = if signed { request } else { request.disable_payload_signing() };
            request.send().await.map_err(RequestError::from)
        };
        self.requests.send(put).await?;
        drop(held);
        Ok(facts.size)
    }

    async fn relay_in_parts(
        self: &Arc<Self>,
        from: &BucketPath,
        version: Option<&str>,
        facts: &Facts,
        to: &BucketPath,
        id: u64,
    ) -> Result<u64, RequestError> {
        let cut = self.cut(facts.size)?;
        let upload = Upload { to: to.clone(), upload_id: self.create_like(facts, from, to).await?, id };
        let mut tasks = JoinSet::new();
        let mut sent = Vec::new();
        let mut failure = None;
        for part in cut.parts() {
            let held = self.hold(part.length).await;
            let (transfers, upload, from) = (Arc::clone(self), upload.clone(), from.clone());
            let (version, etag) = (version.map(str::to_owned), facts.etag.clone());
            tasks.spawn(async move {
                let outcome = transfers.relay_part(&from, version.as_deref(), etag, part, &upload).await;
                drop(held);
                outcome
            });
            while let Some(done) = tasks.try_join_next() {
                flatten(done).map_or_else(|error| failure = Some(error), |part| sent.push(part));
            }
            if failure.is_some() {
                break;
            }
        }
        while let Some(done) = tasks.join_next().await {
            flatten(done).map_or_else(|error| failure = Some(error), |part| sent.push(part));
        }
        sent.sort_unstable_by_key(|sent: &Sent| sent.part.number);
        let outcome = match failure {
            None => self.complete(&upload, cut.size, sent).await,
            Some(error) => Err(error),
        };
        if outcome.is_err() {
            self.abort(&upload).await;
        }
        outcome
    }

    async fn relay_part(
        &self,
        from: &BucketPath,
        version: Option<&str>,
        etag: Option<String>,
        part: Part,
        upload: &Upload,
    ) -> Result<Sent, RequestError> {
        let progress = self.progress(upload.id);
        let read = || async {
            let range = format!("bytes={}-{}", part.offset, part.offset + part.length - 1);
            let request = self.get(from, version).set_if_match(etag.clone()).range(range);
            let answer = request.send().await.map_err(RequestError::from)?;
            if length_of(&answer) != Some(part.length) {
                return Err(RequestError::new(
                    ErrorKind::Changed,
                    "the server sent another range than it was asked for",
                ));
            }
            self.collect(answer.body, Some(part.length), &progress).await
        };
        let content = join(self.requests.send(read).await?);
        let checksum = self.settings.checksum.map(|algorithm| checksum_of(algorithm, &content));
        let signed = !self.target.body_is_safe();
        let send = || async {
            let body = body::body(content.clone(), true, &self.requests.pace, &progress);
            self.send_body(upload, part, body, checksum.as_ref(), signed).await
        };
        let etag = self.requests.send(send).await?;
        Ok(Sent { part, etag, checksum, travelled: part.length })
    }
}

fn join(chunks: Vec<Bytes>) -> Bytes {
    match <[Bytes; 1]>::try_from(chunks) {
        Ok([one]) => one,
        Err(chunks) => {
            let mut whole = BytesMut::with_capacity(chunks.iter().map(Bytes::len).sum());
            chunks.iter().for_each(|chunk| whole.extend_from_slice(chunk));
            whole.freeze()
        }
    }
}
