//! A version of a key: an object or a delete marker.
//!
//! Two values follow the version byte: a [`VersionHead`], all that a listing shows, and a [`VersionTail`]. A listing
//! decodes the head alone.

use bytes::Bytes;
use larder_config::object_lock::{LegalHold, Retention};
use larder_config::tagging::TagSet;
use larder_types::{
    AccountId, Acl, Checksum, ChecksumAlgorithm, ChecksumType, ETag, StorageClass, Timestamp, UploadId, VersionId,
};
use serde::{Deserialize, Serialize};

use super::encryption::Encryption;
use super::{damaged, padded, unknown_version, whole};
use crate::content::Content;
use crate::error::Error;

const NAME: &str = "version";
const VERSION: u8 = 3;

/// From before there were access control lists. Its head is today's, as is that of the next.
const VERSION_WITHOUT_ACL: u8 = 1;

/// From before there was encryption.
const VERSION_WITHOUT_ENCRYPTION: u8 = 2;

/// What listings show of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionHead {
    /// Its id.
    pub id: VersionId,
    /// Its place in the key's history: later versions have higher numbers.
    pub sequence: u64,
    /// When it was written.
    pub modified: Timestamp,
    /// The account that owns it.
    pub owner: AccountId,
    /// What it is.
    pub kind: VersionKind,
}

/// Object or delete marker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum VersionKind {
    /// The key was deleted here.
    DeleteMarker,
    /// An object.
    Object(ObjectSummary),
}

/// What listings show of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectSummary {
    /// Its length in bytes.
    pub size: u64,
    /// Its entity tag.
    pub etag: ETag,
    /// Its storage class.
    pub class: StorageClass,
    /// The algorithm and type of its checksum, when it has one.
    pub checksum: Option<(ChecksumAlgorithm, ChecksumType)>,
}

/// The rest of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionTail {
    /// In the newest version's record: where among the older versions the null version is, if it is there. Stale in the
    /// records of older versions.
    pub null_sequence: Option<u64>,
    /// For an object, everything else.
    pub object: Option<Box<ObjectDetail>>,
}

/// What an object is beyond its summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectDetail {
    /// Where its bytes are.
    pub content: Content,
    /// Its checksum, when it has one.
    pub checksum: Option<Checksum>,
    /// What its creator said of it.
    pub metadata: ObjectMetadata,
    /// Its tags.
    pub tags: TagSet,
    /// Until when it is kept, when it is.
    pub retention: Option<Retention>,
    /// Whether it is kept until further notice; `None` when that was never said.
    pub legal_hold: Option<LegalHold>,
    /// The upload that made it, for an object that was uploaded in parts.
    pub upload: Option<UploadId>,
    /// Its access control list; `None` gives its owner alone full control.
    pub acl: Option<Acl>,
    /// How its bytes are encrypted; `None` when they are not.
    pub encryption: Option<Encryption>,
}

/// Headers and user metadata that are stored and given back as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectMetadata {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// `Content-Encoding`, without `aws-chunked`.
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    pub content_language: Option<String>,
    /// `Expires`, as it came.
    pub expires: Option<String>,
    /// `x-amz-website-redirect-location`.
    pub website_redirect: Option<String>,
    /// `x-amz-meta-*`: lower-case names without the prefix, in the order they came.
    pub user: Vec<(String, String)>,
}

/// A version with all its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRecord {
    /// What listings show.
    pub head: VersionHead,
    /// The rest.
    pub tail: VersionTail,
}

impl VersionRecord {
    pub(crate) fn encode(&self) -> Bytes {
        super::encode_parts(VERSION, &(&self.head, &self.tail))
    }

    pub(crate) fn decode(stored: &[u8]) -> Result<Self, Error> {
        let (version, fields) = split(stored)?;
        let (head, rest): (VersionHead, _) = postcard::take_from_bytes(fields).map_err(|_| damaged(NAME))?;
        let tail = match (version, &head.kind) {
            (VERSION, _) | (_, VersionKind::DeleteMarker) => whole(NAME, rest)?,
            (VERSION_WITHOUT_ENCRYPTION, VersionKind::Object(_)) => whole(NAME, &padded(rest, 1))?,
            (_, VersionKind::Object(_)) => whole(NAME, &padded(rest, 2))?,
        };
        Self { head, tail }.checked()
    }

    /// The summary and detail of an object; `None` for a delete marker.
    #[must_use]
    pub fn object(&self) -> Option<(&ObjectSummary, &ObjectDetail)> {
        match (&self.head.kind, &self.tail.object) {
            (VersionKind::Object(summary), Some(detail)) => Some((summary, detail)),
            _ => None,
        }
    }

    fn checked(self) -> Result<Self, Error> {
        let is_object = matches!(self.head.kind, VersionKind::Object(_));
        if is_object == self.tail.object.is_some() { Ok(self) } else { Err(damaged(NAME)) }
    }
}

impl VersionHead {
    /// Reads what listings show and leaves the rest alone.
    pub(crate) fn decode(stored: &[u8]) -> Result<Self, Error> {
        let (head, _rest) = postcard::take_from_bytes(split(stored)?.1).map_err(|_| damaged(NAME))?;
        Ok(head)
    }
}

/// The version of a stored record, one that is known, and what follows it.
fn split(stored: &[u8]) -> Result<(u8, &[u8]), Error> {
    match stored.split_first() {
        Some((&version @ (VERSION | VERSION_WITHOUT_ENCRYPTION | VERSION_WITHOUT_ACL), fields)) => {
            Ok((version, fields))
        }
        Some((&other, _)) => Err(unknown_version(NAME, other)),
        None => Err(damaged(NAME)),
    }
}
