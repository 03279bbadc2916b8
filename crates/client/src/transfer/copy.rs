//! From bucket to bucket on one server, which copies by itself.

use std::sync::Arc;

use larder_crypto::parse_checksum;
use larder_types::ChecksumAlgorithm;
use larder_types::limits::MAX_COPY_BYTES;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::task::JoinSet;

use super::parts::{Cut, Part};
use super::settings::CUSTOMER_ALGORITHM;
use super::upload_parts::{Sent, Upload};
use super::{Carried, Facts, ObjectSettings, Origin, Transfers, flatten};
use crate::error::{ErrorKind, RequestError};
use crate::location::BucketPath;

/// Parts of a copy cost no traffic, so they are large.
const COPY_PART: u64 = 256 * 1024 * 1024;
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `x-amz-copy-source`
pub(crate) fn source_header(from: &BucketPath, version: Option<&str>) -> String {
    let version = version.map_or_else(String::new, |version| format!("?versionId={version}"));
    format!("{}/{}{version}", from.bucket, utf8_percent_encode(&from.key, KEPT))
}

impl Transfers {
    /// Copies an object on the server. `size` is what it had when it was listed. With `moves` the object is to be deleted afterwards,
    /// so it has to be known which state of it was copied.
    ///
    /// # Errors
    /// The server's.
    pub async fn copy(
        self: &Arc<Self>,
        from: &BucketPath,
        version: Option<&str>,
        size: u64,
        to: &BucketPath,
        moves: bool,
        id: u64,
    ) -> Result<Carried, RequestError> {
        let asked = self.asked(from, version, true);
        let facts = match moves || size > MAX_COPY_BYTES {
            true => Some(self.facts(asked.connection, from, version, asked.key).await?),
            false => None,
        };
        let origin = Origin::object(version, facts.as_ref().and_then(|facts| facts.etag.clone()));
        if let Some(facts) = facts.as_ref().filter(|facts| facts.size > MAX_COPY_BYTES) {
            let bytes = self.copy_in_parts(from, version, facts, to, id).await?;
            return Ok(Carried { bytes, origin });
        }
        let etag = facts.and_then(|facts| facts.etag);
        let copy = || async {
            let request = self.target.client().copy_object().bucket(&to.bucket).key(&to.key);
            let request = self.settings.copy(request, &to.key).copy_source(source_header(from, version));
            request.set_copy_source_if_match(etag.clone()).send().await.map_err(RequestError::from)
        };
        self.requests.send(copy).await?;
        self.progress(id).moved(size);
        Ok(Carried { bytes: size, origin })
    }

    async fn copy_in_parts(
        self: &Arc<Self>,
        from: &BucketPath,
        version: Option<&str>,
        facts: &Facts,
        to: &BucketPath,
        id: u64,
    ) -> Result<u64, RequestError> {
        let cut = Cut::new(facts.size, Some(COPY_PART))
            .ok_or_else(|| RequestError::new(ErrorKind::Other, "it is larger than the largest object that S3 takes"))?;
        let upload = Upload { to: to.clone(), upload_id: self.create_like(facts, from, to).await?, id };
        let mut tasks = JoinSet::new();
        for part in cut.parts() {
            let (transfers, upload, facts) = (Arc::clone(self), upload.clone(), facts.clone());
            let source = source_header(from, version);
            tasks.spawn(async move { transfers.copy_part(&upload, part, source, &facts).await });
        }
        let mut sent = Vec::new();
        while let Some(done) = tasks.join_next().await {
            match flatten(done) {
                Ok(part) => sent.push(part),
                Err(error) => {
                    tasks.shutdown().await;
                    self.abort(&upload).await;
                    return Err(error);
                }
            }
        }
        sent.sort_unstable_by_key(|sent| sent.part.number);
        let outcome = self.complete(&upload, cut.size, sent).await;
        if outcome.is_err() {
            self.abort(&upload).await;
        }
        outcome
    }

    async fn copy_part(
        &self,
        upload: &Upload,
        part: Part,
        source: String,
        facts: &Facts,
    ) -> Result<Sent, RequestError> {
        let key = self.settings.customer_key.as_ref();
        let source_key = self.settings.source_key(true);
        let copy = || async {
            let request = self.target.client().upload_part_copy().bucket(&upload.to.bucket).key(&upload.to.key);
            let request = request.upload_id(&upload.upload_id).part_number(part.number).copy_source(&source);
            request
                .copy_source_range(format!("bytes={}-{}", part.offset, part.offset + part.length - 1))
                .set_copy_source_if_match(facts.etag.clone())
                .set_sse_customer_algorithm(key.map(|_| CUSTOMER_ALGORITHM.to_owned()))
                .set_sse_customer_key(key.map(|key| key.key.clone()))
                .set_sse_customer_key_md5(key.map(|key| key.md5.clone()))
                .set_copy_source_sse_customer_algorithm(source_key.map(|_| CUSTOMER_ALGORITHM.to_owned()))
                .set_copy_source_sse_customer_key(source_key.map(|key| key.key.clone()))
                .set_copy_source_sse_customer_key_md5(source_key.map(|key| key.md5.clone()))
                .set_request_payer(self.settings.payer())
                .send()
                .await
                .map_err(RequestError::from)
        };
        let answer = self.requests.send(copy).await?;
        let result = answer.copy_part_result.unwrap_or_else(|| aws_sdk_s3::types::CopyPartResult::builder().build());
        self.progress(upload.id).moved(part.length);
        let named = [
            (ChecksumAlgorithm::Crc64Nvme, result.checksum_crc64_nvme()),
            (ChecksumAlgorithm::Crc32c, result.checksum_crc32_c()),
            (ChecksumAlgorithm::Crc32, result.checksum_crc32()),
            (ChecksumAlgorithm::Sha256, result.checksum_sha256()),
            (ChecksumAlgorithm::Sha1, result.checksum_sha1()),
        ];
        let checksum = named.into_iter().find_map(|(algorithm, text)| parse_checksum(algorithm, text?).ok());
        Ok(Sent { part, etag: result.e_tag, checksum, travelled: part.length })
    }

    /// Begins an upload whose object will have what the source has, unless settings say otherwise: parts carry no metadata.
    pub(crate) async fn create_like(
        &self,
        facts: &Facts,
        from: &BucketPath,
        to: &BucketPath,
    ) -> Result<String, RequestError> {
        let settings = self.settings_like(from, facts).await?;
        self.create(to, &settings).await
    }

    /// The settings, with what the source has where they say nothing.
    pub(crate) async fn settings_like(&self, from: &BucketPath, facts: &Facts) -> Result<ObjectSettings, RequestError> {
        let mut settings = self.settings.clone();
        if settings.tagging.is_none() && facts.head.tag_count().unwrap_or(0) > 0 {
            settings.tagging = Some(self.tagging_of(from, facts).await?);
        }
        if !settings.replaces() {
            let head = &facts.head;
            settings.guesses_content_type = false;
            settings.content_type.clone_from(&head.content_type);
            settings.metadata.clone_from(&head.metadata);
            settings.cache_control.clone_from(&head.cache_control);
            settings.content_disposition.clone_from(&head.content_disposition);
            settings.content_encoding.clone_from(&head.content_encoding);
            settings.content_language.clone_from(&head.content_language);
        }
        Ok(settings)
    }

    /// The source's tags as a query string.
    pub(crate) async fn tagging_of(&self, from: &BucketPath, facts: &Facts) -> Result<String, RequestError> {
        let ask = || async {
            let request = self.source.client().get_object_tagging().bucket(&from.bucket).key(&from.key);
            let request = request.set_request_payer(self.settings.payer());
            request.set_version_id(facts.version.clone()).send().await.map_err(RequestError::from)
        };
        let answer = self.requests.send(ask).await?;
        let escape = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let tags = answer.tag_set().iter().map(|tag| format!("{}={}", escape(tag.key()), escape(tag.value())));
        Ok(tags.collect::<Vec<_>>().join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_escaped() {
        let from = BucketPath { bucket: "b".to_owned(), key: "a/ü +%?.txt".to_owned() };
        assert_eq!(source_header(&from, None), "b/a/%C3%BC%20%2B%25%3F.txt");
        assert_eq!(source_header(&from, Some("v1")), "b/a/%C3%BC%20%2B%25%3F.txt?versionId=v1");
    }
}
