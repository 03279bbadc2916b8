//! Objects: one file an operation, over the history of versions that every operation on a key reads and changes.

mod acl;
mod conditions;
mod copy;
mod delete;
mod get;
mod history;
mod lock;
mod put;
mod tagging;

pub use conditions::{Condition, ReadConditions, Side, TagMatch, WriteConditions};
pub(crate) use copy::CopiedBytes;
pub use copy::{CopyObject, CopySource};
pub use delete::{DeleteObject, Deleted};
pub use get::{ObjectReader, ObjectVersion, PartView, Reading};
pub(crate) use history::Current;
pub(crate) use put::ContentFacts;
pub use put::{NewObject, PutObject};
