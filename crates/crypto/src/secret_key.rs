//! Keys of 256 bits.

use larder_env::Rng;
use zeroize::Zeroizing;

/// Bytes of a [`SecretKey`].
pub const KEY_BYTES: usize = 32;

/// A key of 256 bits, wiped from memory when it is dropped. `Debug` hides it.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; KEY_BYTES]>);

impl SecretKey {
    /// A new one.
    #[must_use]
    pub fn generate(rng: &dyn Rng) -> Self {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        rng.fill(&mut *key);
        Self(key)
    }

    /// The key that these bytes are; `None` unless there are [`KEY_BYTES`].
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        if bytes.len() != KEY_BYTES {
            return None;
        }
        key.copy_from_slice(bytes);
        Some(Self(key))
    }

    /// Its bytes: for sealing it, or to derive something from it.
    #[must_use]
    pub fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(hidden)")
    }
}
