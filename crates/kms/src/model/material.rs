//! Key material: the bytes behind a key.

use std::sync::{Arc, OnceLock};

use larder_types::Timestamp;
use zeroize::Zeroizing;

use crate::cipher::Parsed;
use crate::{KeyMaterialState, KeySpec, RotationType};

/// Key material of a key. A key that was rotated has several; the newest that is not pending encrypts, all decrypt.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Material {
    /// 64 hexadecimal digits: AWS's key material id. Imported material has the same id each time it is imported.
    pub(crate) id: Arc<str>,
    /// Its place among the key's, from 0.
    pub(crate) number: u32,
    /// `None` for imported material that expired or was deleted.
    pub(crate) secret: Option<KeyMaterial>,
    /// When it came into force; when it was imported, while it is pending.
    pub(crate) since: Timestamp,
    /// Why it replaced the one before; `None` for the first.
    pub(crate) rotation: Option<RotationType>,
    /// Imported to replace the current one, and waiting for RotateKeyOnDemand.
    pub(crate) pending: bool,
    /// When it expires.
    pub(crate) expires: Option<Timestamp>,
    /// What the one who imported it wrote of it.
    pub(crate) description: Option<Arc<str>>,
}

impl Material {
    /// Whether it can be used at `now`.
    pub(crate) fn is_there(&self, now: Timestamp) -> bool {
        self.secret.is_some() && self.expires.is_none_or(|expires| now < expires)
    }

    /// `CURRENT` and the like.
    pub(crate) fn state(&self, current: bool) -> KeyMaterialState {
        match (self.pending, current) {
            (true, _) => KeyMaterialState::PendingRotation,
            (false, true) => KeyMaterialState::Current,
            (false, false) => KeyMaterialState::NonCurrent,
        }
    }
}

/// The secret bytes: 32 of a symmetric key, as many as it has of an HMAC key, PKCS #8 of a key pair. Wiped from memory when it
/// is dropped. `Debug` hides it.
pub(crate) struct KeyMaterial {
    pub(crate) spec: KeySpec,
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// What aws-lc makes of a key pair, made at its first use.
    pub(crate) parsed: OnceLock<Arc<Parsed>>,
}

impl KeyMaterial {
    pub(crate) fn new(spec: KeySpec, bytes: Zeroizing<Vec<u8>>) -> Self {
        Self { spec, bytes, parsed: OnceLock::new() }
    }
}

impl Clone for KeyMaterial {
    fn clone(&self) -> Self {
        Self { spec: self.spec, bytes: self.bytes.clone(), parsed: self.parsed.clone() }
    }
}

impl PartialEq for KeyMaterial {
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec && larder_crypto::equal(&self.bytes, &other.bytes)
    }
}

impl std::fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyMaterial({}, hidden)", self.spec)
    }
}
