//! Elliptic-curve Diffie-Hellman (NIST SP 800-56A, section 5.7.1.2).

use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey};
use zeroize::Zeroizing;

use super::parsed::curve;
use crate::KmsError;
use crate::model::KeyMaterial;

/// The raw secret that this key and the other's public one share.
pub(crate) fn agree(material: &KeyMaterial, public_key: &[u8]) -> Result<Zeroizing<Vec<u8>>, KmsError> {
    let unfit = || KmsError::internal("The key is on no curve for this.");
    let algorithm = curve(material.spec).and_then(|curve| curve.agreement).ok_or_else(unfit)?;
    let private = PrivateKey::from_private_key_der(algorithm, &material.bytes).map_err(|_| unfit())?;
    let other = UnparsedPublicKey::new(algorithm, public_key);
    let refused = KmsError::validation("The public key is not valid for the key spec of the KMS key.");
    agreement::agree(&private, other, refused, |secret| Ok(Zeroizing::new(secret.to_vec())))
}
