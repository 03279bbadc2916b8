//! ListBuckets.

use larder_types::{AccountId, BucketName, Region};

use super::BucketRecord;
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::record::Record;

/// Records read at once.
const BATCH: usize = 1_000;

/// A ListBuckets request.
#[derive(Clone, Debug)]
pub struct ListBuckets {
    /// Whose buckets.
    pub owner: AccountId,
    /// Only names that begin so.
    pub prefix: String,
    /// Only names after this one.
    pub after: Option<String>,
    /// Only those in this region.
    pub region: Option<Region>,
    /// At most so many.
    pub limit: usize,
}

/// A page of buckets in order of name.
#[derive(Clone, Debug)]
pub struct BucketPage {
    /// Name and record of each.
    pub buckets: Vec<(BucketName, BucketRecord)>,
    /// Whether there are more after the last.
    pub more: bool,
}

impl Engine {
    /// Lists an account's buckets.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_buckets(&self, request: &ListBuckets) -> Result<BucketPage, Error> {
        let mut page = BucketPage { buckets: Vec::new(), more: false };
        let mut after = request.after.clone();
        loop {
            let scan = keyspace::buckets(&request.prefix, after.as_deref(), BATCH);
            let entries = self.meta.scan(keyspace::ROOT, scan).await?;
            let last = entries.len() < BATCH;
            for (key, value) in entries {
                let record = BucketRecord::decode(&value)?;
                let name = keyspace::bucket_name(&key)?;
                after = Some(name.as_str().to_owned());
                let in_region = request.region.as_ref().is_none_or(|region| *region == record.region);
                if record.owner != request.owner || !in_region {
                    continue;
                }
                if page.buckets.len() == request.limit {
                    page.more = true;
                    return Ok(page);
                }
                page.buckets.push((name, record));
            }
            if last {
                return Ok(page);
            }
        }
    }
}
