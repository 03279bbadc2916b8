//! SSE-C: data keys under keys that customers send with every request and that are kept nowhere.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html>

use larder_crypto::{SealingKey, SecretKey};
use larder_engine::StoredKey;
use larder_env::Rng;

use crate::SseError;
use crate::place::{Bound, FIRST};

const LABEL: &[u8] = b"larder sse-c 1";

/// A customer's key of 256 bits, for AES256.
#[derive(Clone, Debug)]
pub struct CustomerKey {
    /// The key.
    pub key: SecretKey,
    /// Its MD5 in base64, as answers repeat it.
    pub md5: String,
}

impl CustomerKey {
    /// What data keys are sealed under. The salt is another one for each object: what is stored tells of no two objects
    /// whether they have the same key.
    fn sealing(&self, salt: &[u8; 16]) -> SealingKey {
        SealingKey::derive(&self.key, salt, LABEL)
    }

    pub(crate) fn seal(&self, rng: &dyn Rng, bound: &Bound<'_>, data_key: &SecretKey) -> StoredKey {
        let mut salt = [0; 16];
        rng.fill(&mut salt);
        let sealed = self.sealing(&salt).seal(rng, &bound.parts(FIRST), data_key.expose());
        StoredKey::Customer { salt, sealed }
    }

    /// The data key, if this is the key that it was sealed with.
    pub(crate) fn open(&self, bound: &Bound<'_>, salt: &[u8; 16], sealed: &[u8]) -> Result<SecretKey, SseError> {
        self.sealing(salt).open_key(&bound.parts(FIRST), sealed).ok_or(SseError::WrongCustomerKey)
    }
}
