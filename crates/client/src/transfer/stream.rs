//! Reading the bodies of answers.

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumMode;
use bytes::Bytes;

use super::Transfers;
use super::settings::CUSTOMER_ALGORITHM;
use crate::error::{ErrorKind, RequestError};
use crate::location::BucketPath;
use crate::report::Progress;

impl Transfers {
    /// A GET of an object, with what every one of them needs.
    pub(crate) fn get(&self, object: &BucketPath, version: Option<&str>) -> GetObjectFluentBuilder {
        let key = self.settings.source_customer_key.as_ref().or(self.settings.customer_key.as_ref());
        let request = self.source.client().get_object().bucket(&object.bucket).key(&object.key);
        request
            .set_version_id(version.map(str::to_owned))
            .checksum_mode(ChecksumMode::Enabled)
            .set_request_payer(self.settings.payer())
            .set_sse_customer_algorithm(key.map(|_| CUSTOMER_ALGORITHM.to_owned()))
            .set_sse_customer_key(key.map(|key| key.key.clone()))
            .set_sse_customer_key_md5(key.map(|key| key.md5.clone()))
    }

    /// Reads a body into memory, at the pace, telling of it. A failure takes back what was told.
    pub(crate) async fn collect(
        &self,
        mut body: ByteStream,
        length: Option<u64>,
        progress: &Progress,
    ) -> Result<Vec<Bytes>, RequestError> {
        let progress = progress.of_a_try();
        let mut chunks = Vec::new();
        let mut received = 0;
        let broken = loop {
            match body.next().await {
                Some(Ok(chunk)) => {
                    received += chunk.len() as u64;
                    self.requests.pace.wait(chunk.len()).await;
                    progress.moved(chunk.len() as u64);
                    chunks.push(chunk);
                }
                Some(Err(error)) => {
                    let cause = crate::error::chain(&error);
                    // The SDK checks whole answers. What was damaged on its way may come whole the next time.
                    if cause.contains("checksum mismatch") {
                        progress.give_up();
                        return Err(RequestError { kind: ErrorKind::Unavailable, ..super::download::corrupt() });
                    }
                    break Some(cause);
                }
                None if length.is_some_and(|length| length != received) => {
                    break Some(format!("{received} bytes came of {}", length.unwrap_or(0)));
                }
                None => break None,
            }
        };
        match broken {
            None => Ok(chunks),
            Some(reason) => {
                progress.give_up();
                Err(RequestError::new(ErrorKind::Unavailable, format!("the content broke off: {reason}")))
            }
        }
    }
}

/// How long the body of an answer is.
pub(crate) fn length_of(answer: &GetObjectOutput) -> Option<u64> {
    answer.content_length().and_then(|length| u64::try_from(length).ok())
}
