//! Every version of what is in a bucket, a page at a time.

use std::sync::Arc;

use aws_sdk_s3::types::EncodingType;
use larder_types::Timestamp;

use crate::connect::Connection;
use crate::error::RequestError;
use crate::listing::{decode, no_way_on};
use crate::location::BucketPath;
use crate::requests::Requests;
use crate::transfer::timestamp;

/// A version of an object, or a marker that says it was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The whole key.
    pub key: String,
    /// `null` for what was made without versioning.
    pub id: String,
    /// Whether it is the current one.
    pub is_latest: bool,
    /// Bytes; `None` for a delete marker.
    pub size: Option<u64>,
    /// When it was made.
    pub modified: Timestamp,
    /// With its quotes; `None` for a delete marker.
    pub etag: Option<String>,
}

/// Turns pages.
pub struct Versions {
    connection: Connection,
    requests: Arc<Requests>,
    place: BucketPath,
    after: Option<(String, Option<String>)>,
    finished: bool,
}

impl Versions {
    /// Of all keys that begin with the place's.
    #[must_use]
    pub fn new(connection: Connection, requests: Arc<Requests>, place: &BucketPath) -> Self {
        Self { connection, requests, place: place.clone(), after: None, finished: false }
    }

    /// The next page, or `None` after the last. By key, and the newest of each first.
    ///
    /// # Errors
    /// The server's.
    pub async fn next(&mut self) -> Result<Option<Vec<Version>>, RequestError> {
        if self.finished {
            return Ok(None);
        }
        let ask = || async {
            let request = self.connection.client().list_object_versions().bucket(&self.place.bucket);
            let (key, version) = self.after.clone().map_or((None, None), |(key, version)| (Some(key), version));
            let request = request.prefix(&self.place.key).set_key_marker(key).set_version_id_marker(version);
            request.encoding_type(EncodingType::Url).send().await.map_err(RequestError::from)
        };
        let answer = self.requests.send(ask).await?;
        let encoded = answer.encoding_type() == Some(&EncodingType::Url);
        let marker = answer.next_key_marker().map(|key| decode(key.to_owned(), encoded));
        let after = marker.map(|key| (key, answer.next_version_id_marker().map(str::to_owned)));
        self.finished = answer.is_truncated() != Some(true);
        if !self.finished && (after.is_none() || after == self.after) {
            return Err(no_way_on());
        }
        self.after = after;
        let mut page: Vec<Version> = Vec::new();
        for version in answer.versions() {
            page.push(Version {
                key: decode(version.key().unwrap_or_default().to_owned(), encoded),
                id: version.version_id().unwrap_or("null").to_owned(),
                is_latest: version.is_latest() == Some(true),
                size: Some(u64::try_from(version.size().unwrap_or(0)).unwrap_or(0)),
                modified: version.last_modified().map_or(Timestamp::from_millis(0), timestamp),
                etag: version.e_tag().map(str::to_owned),
            });
        }
        for marker in answer.delete_markers() {
            page.push(Version {
                key: decode(marker.key().unwrap_or_default().to_owned(), encoded),
                id: marker.version_id().unwrap_or("null").to_owned(),
                is_latest: marker.is_latest() == Some(true),
                size: None,
                modified: marker.last_modified().map_or(Timestamp::from_millis(0), timestamp),
                etag: None,
            });
        }
        // The SDK keeps versions and markers apart; a person wants them together, newest first.
        page.sort_by(|a, b| a.key.cmp(&b.key).then(b.is_latest.cmp(&a.is_latest)).then(b.modified.cmp(&a.modified)));
        Ok(Some(page))
    }
}
