//! The keys that follow from the server's secret, one for each purpose.

use aws_lc_rs::{hkdf, hmac};
use larder_crypto::{SealingKey, SecretKey};

use crate::model::{KeyMeta, Material};

const SALT: &[u8] = b"larder kms 1";

/// Seals key material and tokens.
pub(crate) struct Sealing {
    pub(crate) material: SealingKey,
    pub(crate) import_token: SealingKey,
    pub(crate) grant_token: SealingKey,
    material_id: hmac::Key,
}

impl Sealing {
    pub(crate) fn new(secret: &SecretKey) -> Self {
        let seal = |label: &[u8]| SealingKey::derive(secret, SALT, label);
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(secret.expose());
        let info: [&[u8]; 1] = [b"material id"];
        let expanded = extracted.expand(&info, hmac::HMAC_SHA256).expect("the key is shorter than HKDF's limit");
        Self {
            material: seal(b"key material"),
            import_token: seal(b"import token"),
            grant_token: seal(b"grant token"),
            material_id: hmac::Key::from(expanded),
        }
    }

    /// The id of imported material: the same for the same material of the same key, telling nothing of it.
    pub(crate) fn imported_id(&self, key: &KeyMeta, material: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.material_id);
        for part in [key.account.to_string().as_bytes(), key.id.as_bytes(), material] {
            context.update(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
            context.update(part);
        }
        hex::encode(context.sign())
    }
}

/// What sealed material is bound to.
pub(crate) fn place_of<'a>(account: &'a str, key: &'a KeyMeta, material: &'a Material) -> [&'a [u8]; 5] {
    [
        account.as_bytes(),
        key.region.as_str().as_bytes(),
        key.id.as_bytes(),
        material.id.as_bytes(),
        key.spec.as_str().as_bytes(),
    ]
}
