//! ListObjectVersions.
//!
//! A key's newest version and its older ones lie in two indexes that cannot be read as of one moment. The newest is always
//! read first, so that what becomes an older version in between is met twice, never missed, and is shown once. The other way
//! round, when the newest is removed in between, the older one that takes its place could be missed: therefore the newest
//! versions are looked at again in the end.

use futures_util::future::try_join_all;
use larder_config::versioning::VersioningStatus;
use larder_types::{ObjectKey, VersionId};

use super::page::{Grouping, Page, Shown};
use super::rows::{Row, Rows, Start};
use crate::bucket::Bucket;
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace::Index;
use crate::record::version::VersionHead;

/// Keys looked at again at the same time.
const LOOKS_AT_ONCE: usize = 32;

/// A ListObjectVersions request.
#[derive(Clone, Debug)]
pub struct ListVersions {
    /// Only keys that begin so.
    pub prefix: String,
    /// Keys that have this behind the prefix are rolled up to its end; empty is the same as none.
    pub delimiter: Option<String>,
    /// Behind what the page starts.
    pub after: VersionPosition,
    /// At most so many versions and common prefixes together.
    pub limit: usize,
}

/// Behind what a page of versions starts. With a delimiter a key within a common prefix stands for all of that prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionPosition {
    /// Nothing: at the first key.
    Start,
    /// All versions of this key, and what sorts before it: `key-marker` alone.
    AfterKey(String),
    /// One version of a key: `key-marker` with `version-id-marker`. The version may have been removed since it was listed.
    /// Its id says where it was; only where the null version was is not known any more, and the key's versions are then
    /// listed from the newest on: some may come twice, none is left out.
    AfterVersion(String, VersionId),
}

/// A version in a listing: an object or a delete marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedVersion {
    /// Its key.
    pub key: ObjectKey,
    /// What it is.
    pub head: VersionHead,
    /// Whether it is the key's newest.
    pub is_latest: bool,
}

/// A page of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionPage {
    /// Versions in order of key, for one key the newest first.
    pub versions: Vec<ListedVersion>,
    /// Common prefixes in order.
    pub common_prefixes: Vec<String>,
    /// Behind what the next page starts; `None` when nothing is left to list.
    pub next: Option<VersionPosition>,
}

/// Where the newest and the older versions to list start.
struct Starts {
    newest: Start,
    older: Start,
    /// Of this key only versions of a lower sequence are listed.
    below: Option<(String, u64)>,
}

impl Engine {
    /// Lists the versions of a bucket's objects, delete markers included.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_versions(&self, bucket: &Bucket, request: &ListVersions) -> Result<VersionPage, Error> {
        let grouping = Grouping::new(&request.prefix, request.delimiter.as_ref());
        let starts = self.version_starts(bucket, grouping, &request.after).await?;
        let expected = grouping.expected_rows(request.limit);
        let (newest, older) = ((Index::Currents, &starts.newest), (Index::Olders, &starts.older));
        let mut rows = Rows::new(self, bucket, grouping.prefix(), expected, newest, Some(older));
        let mut below = starts.below.clone();
        let mut newest = Vec::new();
        let mut page = Page::fill(&mut rows, grouping, request.limit, |row: &Row| {
            let head = VersionHead::decode(&row.value)?;
            let key = row.key.clone();
            let is_latest = row.index == Index::Currents;
            if is_latest && grouping.common_prefix(key.as_str()).is_none() {
                newest.push((key.clone(), head.sequence));
            }
            let passed =
                below.as_ref().is_some_and(|(key, sequence)| key == row.key.as_str() && head.sequence >= *sequence);
            if passed {
                return Ok(None);
            }
            if is_latest {
                below = Some((row.key.as_str().to_owned(), head.sequence));
            }
            Ok(Some(ListedVersion { key, head, is_latest }))
        })
        .await?;
        if bucket.record.versioning != VersioningStatus::Unversioned {
            for version in self.promoted_since(bucket, &newest).await? {
                let passed =
                    |(key, sequence): &(String, u64)| key == version.key.as_str() && version.head.sequence >= *sequence;
                if !starts.below.as_ref().is_some_and(passed) {
                    put_in_place(&mut page, version, request.limit);
                }
            }
        }
        let next = page.last().map(|last| match last {
            Shown::Item(version) => VersionPosition::AfterVersion(version.key.as_str().to_owned(), version.head.id),
            Shown::CommonPrefix(prefix) => VersionPosition::AfterKey(prefix.clone()),
        });
        let (versions, common_prefixes) = page.split();
        Ok(VersionPage { versions, common_prefixes, next })
    }

    /// Of these keys with the sequence of their newest version as it was read, the newest versions that were older ones then.
    async fn promoted_since(&self, bucket: &Bucket, read: &[(ObjectKey, u64)]) -> Result<Vec<ListedVersion>, Error> {
        let mut promoted = Vec::new();
        for keys in read.chunks(LOOKS_AT_ONCE) {
            let looks = keys.iter().map(|(key, sequence)| async move {
                let head = self.current(bucket, key).await?.record.map(|record| record.head);
                let head = head.filter(|head| head.sequence < *sequence);
                Ok::<_, Error>(head.map(|head| ListedVersion { key: key.clone(), head, is_latest: true }))
            });
            promoted.extend(try_join_all(looks).await?.into_iter().flatten());
        }
        Ok(promoted)
    }

    async fn version_starts(
        &self,
        bucket: &Bucket,
        grouping: Grouping<'_>,
        after: &VersionPosition,
    ) -> Result<Starts, Error> {
        let both = |start: Start| Starts { newest: start.clone(), older: start, below: None };
        let (key, id) = match after {
            VersionPosition::Start => return Ok(both(Start::Beginning)),
            VersionPosition::AfterKey(key) => {
                return Ok(both(grouping.after_marker(key, Start::AfterKey(key.clone()))));
            }
            VersionPosition::AfterVersion(key, id) => (key, *id),
        };
        let start = grouping.after_marker(key, Start::AtKey(key.clone()));
        if matches!(start, Start::AfterPrefix(_)) {
            return Ok(both(start));
        }
        let sequence = match id {
            VersionId::Id { sequence, .. } => Some(sequence),
            VersionId::Null => self.null_sequence(bucket, key).await?,
        };
        Ok(match sequence {
            None => both(start),
            Some(sequence) => Starts {
                newest: start,
                older: Start::AfterRecord(key.clone(), (0, !sequence)),
                below: Some((key.clone(), sequence)),
            },
        })
    }

    /// Where in a key's history its null version is.
    async fn null_sequence(&self, bucket: &Bucket, key: &str) -> Result<Option<u64>, Error> {
        let Ok(key) = ObjectKey::parse(key) else { return Ok(None) };
        let current = self.current(bucket, &key).await?;
        Ok(current.record.and_then(|record| match record.head.id {
            VersionId::Null => Some(record.head.sequence),
            VersionId::Id { .. } => record.tail.null_sequence,
        }))
    }
}

/// Shows a key's newest version where it belongs. Newer ones on the page have been removed since they were read.
fn put_in_place(page: &mut Page<ListedVersion>, newest: ListedVersion, limit: usize) {
    let sequence = newest.head.sequence;
    page.shown.retain(|shown| match shown {
        Shown::Item(version) => version.key != newest.key || version.head.sequence < sequence,
        Shown::CommonPrefix(_) => true,
    });
    let at = page.shown.partition_point(|shown| match shown {
        Shown::Item(version) => version.key < newest.key,
        Shown::CommonPrefix(prefix) => prefix.as_str() < newest.key.as_str(),
    });
    page.shown.insert(at, Shown::Item(newest));
    if page.shown.len() > limit {
        page.shown.truncate(limit);
        page.more = true;
    }
}
