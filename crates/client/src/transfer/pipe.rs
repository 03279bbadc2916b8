//! What comes through a pipe, whose length nobody knows.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::task::JoinSet;

use super::parts::Part;
use super::upload_parts::{Sent, Upload};
use super::{Transfers, body, checksum_of, flatten};
use crate::error::RequestError;
use crate::location::BucketPath;

const MIB: u64 = 1024 * 1024;

impl Transfers {
    /// Makes an object of everything a reader gives. Nothing appears when reading fails.
    ///
    /// # Errors
    /// The reader's or the server's.
    pub async fn upload_stream(
        self: &Arc<Self>,
        mut reader: impl AsyncRead + Unpin,
        expected_size: Option<u64>,
        to: &BucketPath,
        id: u64,
    ) -> Result<u64, RequestError> {
        let fixed = expected_size.map(|size| self.cut(size)).transpose()?.map(|cut| cut.part_size);
        let first = read_up_to(&mut reader, fixed.unwrap_or_else(|| part_size(1))).await?;
        if (first.len() as u64) < fixed.unwrap_or_else(|| part_size(1)) {
            let checksum = self.settings.checksum.map(|algorithm| checksum_of(algorithm, &first));
            return self.put(first, checksum.as_ref(), to, id).await;
        }
        let upload_id = self.create(to, &self.settings).await?;
        let upload = Upload { to: to.clone(), upload_id, id };
        let outcome = match self.send_stream(&mut reader, first, fixed, &upload).await {
            Ok((sent, size)) => self.complete(&upload, size, sent).await,
            Err(error) => Err(error),
        };
        if outcome.is_err() {
            self.abort(&upload).await;
        }
        outcome
    }

    async fn send_stream(
        self: &Arc<Self>,
        reader: &mut (impl AsyncRead + Unpin),
        mut content: Bytes,
        fixed: Option<u64>,
        upload: &Upload,
    ) -> Result<(Vec<Sent>, u64), RequestError> {
        let (mut tasks, mut sent) = (JoinSet::new(), Vec::new());
        let (mut number, mut offset) = (1, 0);
        while !content.is_empty() {
            let length = content.len() as u64;
            let held = self.hold(length).await;
            let part = Part { number, offset, length };
            let (transfers, upload) = (Arc::clone(self), upload.clone());
            tasks.spawn(async move {
                let outcome = transfers.send_content(&upload, part, content).await;
                drop(held);
                outcome
            });
            while let Some(done) = tasks.try_join_next() {
                sent.push(flatten(done)?);
            }
            offset += length;
            number += 1;
            content = read_up_to(reader, fixed.unwrap_or_else(|| part_size(number))).await?;
        }
        while let Some(done) = tasks.join_next().await {
            sent.push(flatten(done)?);
        }
        sent.sort_unstable_by_key(|sent: &Sent| sent.part.number);
        Ok((sent, offset))
    }

    async fn send_content(&self, upload: &Upload, part: Part, content: Bytes) -> Result<Sent, RequestError> {
        let checksum = self.settings.checksum.map(|algorithm| checksum_of(algorithm, &content));
        let signed = !self.target.body_is_safe();
        let progress = self.progress(upload.id);
        let send = || async {
            let stream = body::body(content.clone(), signed, &self.requests.pace, &progress);
            self.send_body(upload, part, stream, checksum.as_ref(), signed).await
        };
        let etag = self.requests.send(send).await?;
        Ok(Sent { part, etag, checksum, travelled: part.length })
    }
}

/// Grows, so that 10,000 parts reach half a tebibyte and little is held of what is short.
fn part_size(number: i32) -> u64 {
    match number {
        ..=1_000 => 8 * MIB,
        1_001..=2_000 => 16 * MIB,
        2_001..=3_000 => 32 * MIB,
        _ => 64 * MIB,
    }
}

async fn read_up_to(reader: &mut (impl AsyncRead + Unpin), limit: u64) -> Result<Bytes, RequestError> {
    let mut content = BytesMut::with_capacity(64 * 1024);
    let mut limited = reader.take(limit);
    while limited.read_buf(&mut content).await.map_err(|error| RequestError::local("cannot read", &error))? > 0 {}
    Ok(content.freeze())
}
