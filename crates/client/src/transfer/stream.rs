//! Reading the bodies of answers.

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumMode;
use bytes::Bytes;

use super::Transfers;
use super::facts::Asked;
use super::settings::CUSTOMER_ALGORITHM;
use crate::error::{ErrorKind, RequestError};
use crate::pace::Pace;
use crate::report::Progress;

impl Transfers {
    /// A GET of an object, with what every one of them needs.
    pub(crate) fn get(&self, asked: Asked<'_>) -> GetObjectFluentBuilder {
        let key = asked.key;
        let request = asked.connection.client().get_object().bucket(&asked.object.bucket).key(&asked.object.key);
        request
            .set_version_id(asked.version.map(str::to_owned))
            .checksum_mode(ChecksumMode::Enabled)
            .set_request_payer(self.settings.payer())
            .set_sse_customer_algorithm(key.map(|_| CUSTOMER_ALGORITHM.to_owned()))
            .set_sse_customer_key(key.map(|key| key.key.clone()))
            .set_sse_customer_key_md5(key.map(|key| key.md5.clone()))
    }

    /// The bytes of a body as they come, at the pace.
    pub(crate) fn incoming(&self, body: ByteStream, length: Option<u64>, progress: &Progress) -> Incoming<'_> {
        let most = length.unwrap_or(self.tuning.threshold);
        Incoming { body, length, most, received: 0, pace: &self.requests.pace, progress: progress.of_a_try() }
    }

    /// Reads a body into memory.
    pub(crate) async fn collect(
        &self,
        body: ByteStream,
        length: Option<u64>,
        progress: &Progress,
    ) -> Result<Vec<Bytes>, RequestError> {
        let mut incoming = self.incoming(body, length, progress);
        let mut chunks = Vec::new();
        while let Some(chunk) = incoming.next().await? {
            chunks.push(chunk);
        }
        Ok(chunks)
    }
}

/// A body on its way. Tells of what came; a failure takes back what was told.
pub(crate) struct Incoming<'t> {
    body: ByteStream,
    length: Option<u64>,
    /// More than this is not taken in, whatever the server said before.
    most: u64,
    received: u64,
    pace: &'t Pace,
    progress: Progress,
}

impl Incoming<'_> {
    /// The next bytes; `None` after the last. After an error there are no more.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, RequestError> {
        let broken = match self.body.next().await {
            Some(Ok(chunk)) => {
                let length = chunk.len() as u64;
                self.received += length;
                if self.received > self.most {
                    self.progress.give_up();
                    return Err(grown());
                }
                self.pace.wait(chunk.len()).await;
                self.progress.moved(length);
                return Ok(Some(chunk));
            }
            Some(Err(error)) => {
                let cause = crate::error::chain(&error);
                // The SDK checks whole answers. What was damaged on its way may come whole the next time.
                if cause.contains("checksum mismatch") {
                    self.progress.give_up();
                    return Err(RequestError { kind: ErrorKind::Unavailable, ..super::download::corrupt() });
                }
                cause
            }
            None if self.length.is_some_and(|length| length != self.received) => {
                format!("{} bytes came of {}", self.received, self.length.unwrap_or(0))
            }
            None => return Ok(None),
        };
        self.progress.give_up();
        Err(RequestError::new(ErrorKind::Unavailable, format!("the content broke off: {broken}")))
    }
}

/// An object is larger than it was when it was looked at.
pub(crate) fn grown() -> RequestError {
    RequestError::new(ErrorKind::Changed, "it is larger than it was when it was listed, so it was not read")
}

/// How long the body of an answer is.
pub(crate) fn length_of(answer: &GetObjectOutput) -> Option<u64> {
    answer.content_length().and_then(|length| u64::try_from(length).ok())
}
