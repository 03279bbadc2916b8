//! What the fuzz targets call: everything that reads stored bytes or tokens.

use larder_crypto::SecretKey;
use larder_env::SeededRng;
use larder_types::AccountId;

use crate::oidc::{KeySet, Unverified};
use crate::record::{
    AccessKeyRecord, AccountRecord, GroupRecord, LastUsedRecord, MfaDeviceRecord, OidcProviderRecord, PolicyRecord,
    Record, RoleRecord, Stored, UserRecord, Vault, place,
};
use crate::seal::Sealer;
use crate::session::token::SessionBody;
use larder_store::record::GenerationRecord;

/// Reads bytes as every record and every key there is. Errors are fine, panics are not; and what can be read is written
/// back to bytes that read the same.
pub fn records(data: &[u8]) {
    read_again::<AccountRecord>(data);
    read_again::<UserRecord>(data);
    read_again::<GroupRecord>(data);
    read_again::<RoleRecord>(data);
    read_again::<PolicyRecord>(data);
    read_again::<AccessKeyRecord>(data);
    read_again::<MfaDeviceRecord>(data);
    read_again::<OidcProviderRecord>(data);
    read_again::<LastUsedRecord>(data);
    read_again::<GenerationRecord>(data);
    let rng = SeededRng::new(1);
    let sealer = Sealer::new(&SecretKey::generate(&rng));
    let vault = Vault { sealer: &sealer, rng: &rng, account: AccountId::from_number(1) };
    let _ = crate::User::decode(data, &vault, "id");
    let _ = crate::Role::decode(data, &vault, "id");
    let _ = crate::ManagedPolicy::decode(data, &vault, "id");
    let _ = crate::AccessKey::decode(data, &vault, "id");
    let _ = crate::MfaDevice::decode(data, &vault, "id");
    let _ = place::read(data);
}

/// Reads bytes as a session token, and as what is sealed in one.
pub fn session_token(data: &[u8]) {
    let rng = SeededRng::new(1);
    let sealer = Sealer::new(&SecretKey::generate(&rng));
    if let Ok(token) = std::str::from_utf8(data) {
        assert!(SessionBody::open(&sealer, "ASIAAAAAAAAAAAAAAAAA", token).is_none(), "a forged token opens");
    }
    if let Ok(body) = SessionBody::from_stored(data) {
        let token = body.seal(&sealer, &rng, "ASIAAAAAAAAAAAAAAAAA");
        if let Some(again) = SessionBody::open(&sealer, "ASIAAAAAAAAAAAAAAAAA", &token) {
            assert!(again == body);
        }
        assert!(SessionBody::open(&sealer, "ASIABBBBBBBBBBBBBBBB", &token).is_none());
    }
}

/// Reads bytes as a web identity token, and, from the first line break on, as the keys to verify it with.
pub fn web_identity_token(data: &[u8]) {
    let (token, keys) = match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, data),
    };
    let keys = KeySet::parse(keys);
    let token = std::str::from_utf8(token).ok().and_then(Unverified::parse);
    if let (Some(keys), Some(token)) = (keys, token) {
        let _ = keys.has_key_of(&token);
        let _ = keys.verifies(&token);
    }
}

fn read_again<R: Record + PartialEq>(data: &[u8]) {
    if let Ok(record) = R::from_stored(data) {
        assert!(R::from_stored(&record.to_stored()).is_ok_and(|again| again == record));
    }
}
