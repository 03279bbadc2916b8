//! What the fuzz targets call: everything that reads bytes of others or of the store.

use larder_crypto::SecretKey;
use larder_env::SeededRng;
use larder_types::{AccountId, Region};

use crate::cipher::{Ciphertext, CiphertextKey, is_material, open};
use crate::model::KeyMaterial;
use crate::record::{
    AliasRecord, AppliedQuotaRecord, GrantRecord, ImportTokenRecord, KeyRecord, MaterialRecord, QuotaRequestRecord,
    Record, place,
};
use crate::sealing::Sealing;
use crate::{EncryptionContext, KeySpec, lookup};
use larder_store::record::GenerationRecord;

/// Reads bytes as a ciphertext.
///
/// # Panics
/// When a forged ciphertext opens, or it is read in two ways.
pub fn ciphertext(data: &[u8]) {
    let parsed = Ciphertext::parse(data);
    let named = CiphertextKey::read(data);
    assert_eq!(parsed.map(|parsed| parsed.key_id.to_owned()), named.map(|named| named.key_id));
    if let Some(parsed) = parsed {
        let secret = KeyMaterial::new(KeySpec::SymmetricDefault, vec![7; 32].into());
        assert!(open(&parsed, &secret, &EncryptionContext::default()).is_none(), "a forged ciphertext opens");
    }
}

/// Reads bytes as what a request calls a key, and as key material of each kind.
pub fn names_and_material(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = lookup::request_alias(text);
        let region = Region::parse(Region::US_EAST_1).expect("the name is valid");
        let _ = lookup::resource_of(&region, AccountId::from_number(1), text);
    }
    for spec in KeySpec::ALL {
        let _ = is_material(*spec, data);
    }
}

/// Reads bytes as every record and every key there is. Errors are fine, panics are not; and what can be read is written
/// back to bytes that read the same.
pub fn records(data: &[u8]) {
    read_again::<KeyRecord>(data);
    read_again::<MaterialRecord>(data);
    read_again::<AliasRecord>(data);
    read_again::<GrantRecord>(data);
    read_again::<QuotaRequestRecord>(data);
    read_again::<ImportTokenRecord>(data);
    read_again::<GenerationRecord>(data);
    // Not comparable with itself when it is no number.
    let _ = AppliedQuotaRecord::from_stored(data);
    if let Some((_, place, id)) = place::read(data) {
        let _ = KeyRecord::from_stored(data).map(|record| record.into_meta(id, place));
    }
    let sealing = Sealing::new(&SecretKey::generate(&SeededRng::new(1)));
    let entries = [(data.to_vec().into(), data.to_vec().into())];
    let _ = crate::load::read(1, &entries, &sealing);
}

fn read_again<R: Record + PartialEq>(data: &[u8]) {
    if let Ok(record) = R::from_stored(data) {
        let again = R::from_stored(&record.to_stored());
        // A number that is none is not equal to itself, but its bytes are.
        assert!(again.is_ok_and(|again| again == record || again.to_stored() == record.to_stored()));
    }
}
