//! What the KMS knows: keys with their material, aliases and grants.

mod alias;
mod document;
mod grant;
mod key;
mod material;
mod quota_request;
mod tag;

pub use alias::Alias;
pub(crate) use document::Document;
pub use grant::{Constraints, Grant};
pub use key::Key;
pub(crate) use key::{Deletion, KeyMeta};
pub(crate) use material::{KeyMaterial, Material};
pub use quota_request::{QuotaRequest, QuotaRequestStatus};
pub use tag::Tag;
