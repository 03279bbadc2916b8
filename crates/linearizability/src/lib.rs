//! Whether what many clients saw at once can be explained by their operations having happened one at a time, each at some
//! moment between its call and its answer (Herlihy and Wing, "Linearizability: a correctness condition for concurrent
//! objects", 1990). No part of the product: tests record histories with a [`Recorder`] and judge them with [`check`].
//!
//! [`S3Key`] is what one key of a bucket is, as a [`Model`]; [`check_key`] judges its histories.

mod check;
mod lost_answers;
mod model;
mod recorder;
mod s3_key;

pub use check::{Unexplained, check};
pub use lost_answers::check_key;
pub use model::{Model, Operation};
pub use recorder::{Recorder, Ticket};
pub use s3_key::{Answer, Call, Condition, Removed, S3Key, Value, Version, VersionId, Versioning};
