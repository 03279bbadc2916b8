//! What a server says about an object.

use std::collections::HashMap;

use aws_sdk_s3::operation::get_object_attributes::GetObjectAttributesOutput;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumMode, ObjectAttributes};
use larder_types::Timestamp;

use super::seal::{Seal, claims};
use super::settings::CUSTOMER_ALGORITHM;
use super::{CustomerKey, Transfers};
use crate::connect::Connection;
use crate::error::RequestError;
use crate::location::BucketPath;

/// An object as HEAD shows it.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Bytes.
    pub size: u64,
    /// With its quotes.
    pub etag: Option<String>,
    /// `LastModified`
    pub modified: Option<Timestamp>,
    /// Of the version that was looked at.
    pub version: Option<String>,
    /// What its content is checked against.
    pub seal: Seal,
    /// Everything else.
    pub head: Box<HeadObjectOutput>,
}

/// An object as it is asked for at one server.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) object: &'a BucketPath,
    /// `None` is the current one.
    pub(crate) version: Option<&'a str>,
    /// The caller's own, for objects under SSE-C.
    pub(crate) key: Option<&'a CustomerKey>,
}

/// The SDK's time in ours.
pub(crate) fn timestamp(time: &aws_smithy_types::DateTime) -> Timestamp {
    Timestamp::from_millis(time.to_millis().unwrap_or(0))
}

impl Transfers {
    /// Looks at an object. `key` is the caller's own, for objects under SSE-C.
    ///
    /// # Errors
    /// The server's.
    pub async fn facts(
        &self,
        connection: &Connection,
        object: &BucketPath,
        version: Option<&str>,
        key: Option<&CustomerKey>,
    ) -> Result<Facts, RequestError> {
        let head = || async {
            let request = connection.client().head_object().bucket(&object.bucket).key(&object.key);
            let answer = request
                .set_version_id(version.map(str::to_owned))
                .checksum_mode(ChecksumMode::Enabled)
                .set_request_payer(self.settings.payer())
                .set_sse_customer_algorithm(key.map(|_| CUSTOMER_ALGORITHM.to_owned()))
                .set_sse_customer_key(key.map(|key| key.key.clone()))
                .set_sse_customer_key_md5(key.map(|key| key.md5.clone()))
                .send();
            answer.await.map_err(RequestError::from)
        };
        let head = self.requests.send(head).await?;
        Ok(Facts {
            size: u64::try_from(head.content_length().unwrap_or(0)).unwrap_or(0),
            etag: head.e_tag().map(str::to_owned),
            modified: head.last_modified().map(timestamp),
            version: head.version_id().map(str::to_owned),
            seal: Seal::of(&claims!(head)),
            head: Box::new(head),
        })
    }

    /// The source's object, to be read by this machine or, with `for_server`, for another server.
    pub(crate) fn asked<'a>(&'a self, object: &'a BucketPath, version: Option<&'a str>, for_server: bool) -> Asked<'a> {
        Asked { connection: &self.source, object, version, key: self.settings.source_key(for_server) }
    }

    /// As [`Self::facts`], and its seal can be checked if anything can.
    pub(crate) async fn sealed_facts(&self, asked: Asked<'_>) -> Result<Facts, RequestError> {
        let mut facts = self.facts(asked.connection, asked.object, asked.version, asked.key).await?;
        facts.seal = self.with_part_sizes(asked, facts.etag.as_deref(), facts.seal).await?;
        Ok(facts)
    }

    /// Fills in the sizes of parts, when the seal is over parts. Without the permission for it, or at a server that does not
    /// tell, the seal stays as it is and nothing can be checked.
    pub(crate) async fn with_part_sizes(
        &self,
        asked: Asked<'_>,
        etag: Option<&str>,
        seal: Seal,
    ) -> Result<Seal, RequestError> {
        let Seal::Parts { checksum, count, .. } = seal else { return Ok(seal) };
        let mut sizes: Vec<u64> = Vec::new();
        let mut after: Option<String> = None;
        while sizes.len() < count as usize {
            let Some(answer) = self.attributes(asked, after.clone()).await? else { break };
            let bare = |etag: &str| etag.trim_matches('"').to_owned();
            // The request takes no condition, and an object that was replaced has other parts.
            let is_other = answer.e_tag().zip(etag).is_some_and(|(now, read)| bare(now) != bare(read));
            let Some(parts) = answer.object_parts.filter(|parts| !is_other && !parts.parts().is_empty()) else { break };
            sizes.extend(parts.parts().iter().map(|part| u64::try_from(part.size().unwrap_or(0)).unwrap_or(0)));
            after = parts.next_part_number_marker().map(str::to_owned);
            if parts.is_truncated() != Some(true) {
                break;
            }
        }
        if sizes.len() != count as usize {
            sizes.clear();
        }
        Ok(Seal::Parts { checksum, count, sizes })
    }

    /// A page of what parts an object was made of; `None` when the server does not tell.
    async fn attributes(
        &self,
        asked: Asked<'_>,
        after: Option<String>,
    ) -> Result<Option<GetObjectAttributesOutput>, RequestError> {
        let ask = || async {
            let request = asked.connection.client().get_object_attributes();
            let request = request.bucket(&asked.object.bucket).key(&asked.object.key);
            let request = request
                .object_attributes(ObjectAttributes::Etag)
                .object_attributes(ObjectAttributes::ObjectParts)
                .set_part_number_marker(after.clone())
                .set_version_id(asked.version.map(str::to_owned))
                .set_request_payer(self.settings.payer())
                .set_sse_customer_algorithm(asked.key.map(|_| CUSTOMER_ALGORITHM.to_owned()))
                .set_sse_customer_key(asked.key.map(|key| key.key.clone()))
                .set_sse_customer_key_md5(asked.key.map(|key| key.md5.clone()));
            request.send().await.map_err(RequestError::from)
        };
        match self.requests.send(ask).await {
            Ok(answer) => Ok(Some(answer)),
            // Content that could be checked is not taken unchecked because the server was busy.
            Err(error) if error.may_work_later() => Err(error),
            Err(_) => Ok(None),
        }
    }
}

impl Facts {
    /// The user metadata.
    #[must_use]
    pub fn metadata(&self) -> HashMap<String, String> {
        self.head.metadata().cloned().unwrap_or_default()
    }
}
