//! Bucket policies, parsed once and kept for as long as the bucket's text is the same.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use larder_engine::Bucket;
use larder_policy::{Kind, Policy, PolicyError};

/// How many are kept; beyond that all are let go and parsed anew when they are next used.
const MAX_PARSED: usize = 10_000;

/// The parsed policies of buckets.
#[derive(Debug, Default)]
pub(crate) struct BucketPolicies(RwLock<HashMap<u64, Parsed>>);

#[derive(Debug)]
struct Parsed {
    text: Arc<str>,
    policy: Arc<Policy>,
}

impl BucketPolicies {
    /// The policy of a bucket, if it has one.
    ///
    /// # Errors
    /// When the stored text cannot be read as a policy.
    pub(crate) fn of(&self, bucket: &Bucket) -> Result<Option<Arc<Policy>>, PolicyError> {
        let Some(text) = &bucket.record.policy else { return Ok(None) };
        let id = bucket.record.id;
        if let Some(parsed) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&id)
            // The engine hands out the same text until the bucket's record changes; then comparing costs little.
            && (Arc::ptr_eq(&parsed.text, text) || parsed.text == *text)
        {
            return Ok(Some(Arc::clone(&parsed.policy)));
        }
        let policy = Arc::new(Policy::parse(text, Kind::Bucket(bucket.name.as_str()))?);
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= MAX_PARSED {
            map.clear();
        }
        map.insert(id, Parsed { text: Arc::clone(text), policy: Arc::clone(&policy) });
        Ok(Some(policy))
    }
}
