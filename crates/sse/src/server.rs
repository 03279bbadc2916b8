//! SSE-S3: data keys under the master keys of the server.

use larder_crypto::SecretKey;
use larder_engine::ServerKey;
use larder_env::Rng;
use larder_keyring::MasterKeys;

use crate::SseError;
use crate::place::Bound;

pub(crate) fn seal(
    masters: &MasterKeys,
    rng: &dyn Rng,
    bound: &Bound<'_>,
    layer: &'static [u8],
    data_key: &SecretKey,
) -> ServerKey {
    let (master, sealed) = masters.seal(rng, &bound.parts(layer), data_key);
    ServerKey { master, sealed }
}

pub(crate) fn open(
    masters: &MasterKeys,
    bound: &Bound<'_>,
    layer: &'static [u8],
    stored: &ServerKey,
) -> Result<SecretKey, SseError> {
    masters.open(stored.master, &bound.parts(layer), &stored.sealed).ok_or(SseError::Damaged)
}
