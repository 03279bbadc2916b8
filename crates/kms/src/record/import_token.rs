//! What is sealed in an import token.

use larder_types::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::Record;
use crate::{WrappingAlgorithm, WrappingKeySpec};

/// Larger than any token, so that no half-written secret is left behind by growing.
const CAPACITY: usize = 8 * 1024;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ImportTokenRecord {
    pub(crate) algorithm: WrappingAlgorithm,
    pub(crate) key: WrappingKeySpec,
    pub(crate) valid_to: Timestamp,
    /// PKCS #8 of the wrapping key. Wiped when this is dropped.
    pub(crate) private: Vec<u8>,
}

impl Record for ImportTokenRecord {
    const NAME: &'static str = "import token";
    const VERSION: u8 = 1;
}

impl ImportTokenRecord {
    /// The bytes to seal.
    pub(crate) fn to_sealable(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Vec::with_capacity(CAPACITY);
        bytes.push(Self::VERSION);
        Zeroizing::new(postcard::to_extend(self, bytes).expect("records are plain data"))
    }
}

impl Drop for ImportTokenRecord {
    fn drop(&mut self) {
        self.private.zeroize();
    }
}
