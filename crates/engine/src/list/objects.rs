//! ListObjects and ListObjectsV2.

use larder_types::ObjectKey;

use super::page::{Grouping, Page, Shown};
use super::rows::{Rows, Start};
use crate::bucket::Bucket;
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace::Index;
use crate::record::version::{VersionHead, VersionKind};

/// A ListObjects request of either version.
#[derive(Clone, Debug)]
pub struct ListObjects {
    /// Only keys that begin so.
    pub prefix: String,
    /// Keys that have this behind the prefix are rolled up to its end; empty is the same as none.
    pub delimiter: Option<String>,
    /// Behind what the page starts.
    pub after: ListPosition,
    /// At most so many objects and common prefixes together.
    pub limit: usize,
}

/// Behind what a page of objects starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListPosition {
    /// Nothing: at the first key.
    Start,
    /// This text, be it a key or not: `marker` and `start-after`. With a delimiter a text within a common prefix stands for
    /// all of that prefix, as it does on S3.
    AfterKey(String),
    /// Everything under a common prefix.
    AfterPrefix(String),
}

/// An object in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedObject {
    /// Its key.
    pub key: ObjectKey,
    /// Its newest version; never a delete marker.
    pub head: VersionHead,
}

/// A page of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPage {
    /// Objects in order of key.
    pub objects: Vec<ListedObject>,
    /// Common prefixes in order.
    pub common_prefixes: Vec<String>,
    /// Behind what the next page starts; `None` when nothing is left to list.
    pub next: Option<ListPosition>,
}

impl Engine {
    /// Lists a bucket's current objects.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_objects(&self, bucket: &Bucket, request: &ListObjects) -> Result<ObjectPage, Error> {
        let grouping = Grouping::new(&request.prefix, request.delimiter.as_ref());
        let start = match &request.after {
            ListPosition::Start => Start::Beginning,
            ListPosition::AfterKey(key) => grouping.after_marker(key, Start::AfterKey(key.clone())),
            ListPosition::AfterPrefix(prefix) => Start::AfterPrefix(prefix.clone()),
        };
        let expected = grouping.expected_rows(request.limit);
        let mut rows = Rows::new(self, bucket, grouping.prefix(), expected, (Index::Currents, &start), None);
        let page = Page::fill(&mut rows, grouping, request.limit, |row| {
            let head = VersionHead::decode(&row.value)?;
            match head.kind {
                VersionKind::DeleteMarker => Ok(None),
                VersionKind::Object(_) => Ok(Some(ListedObject { key: row.key.clone(), head })),
            }
        })
        .await?;
        let next = page.last().map(|last| match last {
            Shown::Item(object) => ListPosition::AfterKey(object.key.as_str().to_owned()),
            Shown::CommonPrefix(prefix) => ListPosition::AfterPrefix(prefix.clone()),
        });
        let (objects, common_prefixes) = page.split();
        Ok(ObjectPage { objects, common_prefixes, next })
    }
}
