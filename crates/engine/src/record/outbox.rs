//! Work that a commit leaves to be done after it.

use larder_types::UploadId;
use serde::{Deserialize, Serialize};

use super::Record;
use crate::content::Content;

/// One piece of work. Each can be done again without harm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OutboxRecord {
    /// Nothing names this content any more: remove its bytes.
    Release(Content),
    /// An upload ended: remove the parts that are still recorded under it.
    SweepUpload(UploadId),
    /// The answer of a completed upload need not be kept any longer.
    ForgetUpload(UploadId),
}

impl Record for OutboxRecord {
    const NAME: &'static str = "outbox";
    const VERSION: u8 = 1;
}
