//! ListMultipartUploads.

use larder_types::{ObjectKey, UploadId};

use super::page::{Grouping, Page, Shown};
use super::rows::{Rows, Start};
use crate::bucket::Bucket;
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace::Index;
use crate::record::Record;
use crate::record::upload::UploadRecord;

/// A ListMultipartUploads request.
#[derive(Clone, Debug)]
pub struct ListUploads {
    /// Only keys that begin so.
    pub prefix: String,
    /// Keys that have this behind the prefix are rolled up to its end; empty is the same as none.
    pub delimiter: Option<String>,
    /// Behind what the page starts.
    pub after: UploadPosition,
    /// At most so many uploads and common prefixes together.
    pub limit: usize,
}

/// Behind what a page of uploads starts. With a delimiter a key within a common prefix stands for all of that prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadPosition {
    /// Nothing: at the first key.
    Start,
    /// All uploads of this key, and what sorts before it: `key-marker` alone.
    AfterKey(String),
    /// One upload of a key, under way still or not: `key-marker` with `upload-id-marker`.
    AfterUpload(String, UploadId),
}

/// An upload in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedUpload {
    /// The key the object will have.
    pub key: ObjectKey,
    /// Its id.
    pub id: UploadId,
    /// What is known of it.
    pub upload: UploadRecord,
}

/// A page of uploads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadPage {
    /// Uploads in order of key, and for one key in order of their start.
    pub uploads: Vec<ListedUpload>,
    /// Common prefixes in order.
    pub common_prefixes: Vec<String>,
    /// Behind what the next page starts; `None` when nothing is left to list.
    pub next: Option<UploadPosition>,
}

impl Engine {
    /// Lists a bucket's multipart uploads under way.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_uploads(&self, bucket: &Bucket, request: &ListUploads) -> Result<UploadPage, Error> {
        let grouping = Grouping::new(&request.prefix, request.delimiter.as_ref());
        let start = match &request.after {
            UploadPosition::Start => Start::Beginning,
            UploadPosition::AfterKey(key) => grouping.after_marker(key, Start::AfterKey(key.clone())),
            UploadPosition::AfterUpload(key, id) => {
                grouping.after_marker(key, Start::AfterRecord(key.clone(), (id.sequence, id.nonce)))
            }
        };
        let expected = grouping.expected_rows(request.limit);
        let mut rows = Rows::new(self, bucket, grouping.prefix(), expected, (Index::Uploads, &start), None);
        let page = Page::fill(&mut rows, grouping, request.limit, |row| {
            let id = UploadId { sequence: row.rank.0, nonce: row.rank.1 };
            Ok(Some(ListedUpload { key: row.key.clone(), id, upload: UploadRecord::decode(&row.value)? }))
        })
        .await?;
        let next = page.last().map(|last| match last {
            Shown::Item(upload) => UploadPosition::AfterUpload(upload.key.as_str().to_owned(), upload.id),
            Shown::CommonPrefix(prefix) => UploadPosition::AfterKey(prefix.clone()),
        });
        let (uploads, common_prefixes) = page.split();
        Ok(UploadPage { uploads, common_prefixes, next })
    }
}
