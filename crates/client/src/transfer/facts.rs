//! What a server says about an object.

use std::collections::HashMap;

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

    /// Fills in the sizes of parts, when the seal is over parts. Without the permission for it, or at a server that does not
    /// tell, the seal stays as it is and nothing can be checked.
    pub(crate) async fn with_part_sizes(&self, connection: &Connection, object: &BucketPath, seal: Seal) -> Seal {
        let Seal::Parts { checksum, count, .. } = seal else { return seal };
        let mut sizes = Vec::new();
        let mut after: Option<String> = None;
        while sizes.len() < count as usize {
            let asked = connection
                .client()
                .get_object_attributes()
                .bucket(&object.bucket)
                .key(&object.key)
                .object_attributes(ObjectAttributes::ObjectParts)
                .set_part_number_marker(after.clone())
                .send()
                .await;
            let Some(parts) = asked.ok().and_then(|answer| answer.object_parts) else { break };
            sizes.extend(parts.parts().iter().map(|part| u64::try_from(part.size().unwrap_or(0)).unwrap_or(0)));
            after = parts.next_part_number_marker().map(str::to_owned);
            if parts.is_truncated() != Some(true) {
                break;
            }
        }
        if sizes.len() != count as usize {
            sizes.clear();
        }
        Seal::Parts { checksum, count, sizes }
    }
}

impl Facts {
    /// The user metadata.
    #[must_use]
    pub fn metadata(&self) -> HashMap<String, String> {
        self.head.metadata().cloned().unwrap_or_default()
    }
}
