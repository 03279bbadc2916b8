//! Quotas: how many requests an account may make in a region in a second, and how much it may have.
//!
//! Sources: "Request quotas" and "Resource quotas", AWS KMS developer guide; codes as Service Quotas shows them.

mod buckets;
mod class;
mod increase;
mod limit;

pub(crate) use buckets::Buckets;
pub use buckets::{Calls, Throttled};
pub use class::RequestClass;
pub use increase::{Quota, QuotaError};
pub(crate) use limit::Limit;
