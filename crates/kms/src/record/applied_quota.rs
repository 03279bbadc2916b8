//! What a quota was raised to.

use serde::{Deserialize, Serialize};

use super::Record;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AppliedQuotaRecord {
    pub(crate) value: f64,
}

impl Record for AppliedQuotaRecord {
    const NAME: &'static str = "applied quota";
    const VERSION: u8 = 1;
}
