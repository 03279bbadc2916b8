//! An OpenID Connect provider.

use std::sync::Arc;

use bytes::Bytes;
use larder_store::StoreError;
use larder_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Record, Stored, Vault};
use crate::model::{OidcProvider, Tag};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OidcProviderRecord {
    plain_http: bool,
    client_ids: Vec<Arc<str>>,
    thumbprints: Vec<Arc<str>>,
    created: Timestamp,
    tags: Vec<Tag>,
}

impl Record for OidcProviderRecord {
    const NAME: &'static str = "OpenID Connect provider";
    const VERSION: u8 = 1;
}

impl Stored for OidcProvider {
    const TAG: u8 = b'O';

    fn record_id<'a>(&'a self, _: &'a str) -> &'a str {
        &self.url
    }

    fn key(&self, _: &str) -> Arc<str> {
        Arc::clone(&self.url)
    }

    fn encode(&self, _: &Vault<'_>, _: &str) -> Bytes {
        let record = OidcProviderRecord {
            plain_http: self.plain_http,
            client_ids: self.client_ids.clone(),
            thumbprints: self.thumbprints.clone(),
            created: self.created,
            tags: self.tags.clone(),
        };
        record.to_stored()
    }

    fn decode(stored: &[u8], _: &Vault<'_>, record_id: &str) -> Result<Self, StoreError> {
        let OidcProviderRecord { plain_http, client_ids, thumbprints, created, tags } =
            OidcProviderRecord::from_stored(stored)?;
        Ok(Self { url: record_id.into(), plain_http, client_ids, thumbprints, created, tags })
    }
}
