//! Sealing: small secrets that must not be read or changed by whoever has the data without the key.
//!
//! AES-256-GCM under a key that HKDF-SHA-256 (RFC 5869) derives, another one for each purpose. What is sealed is bound to
//! its place, so that a sealed secret copied elsewhere does not open. Nonces are random: a key is good for 2^32 sealings,
//! which is more than a server makes in its life.
//!
//! The sealed form is `1 | nonce (12) | ciphertext and tag (16)`. The additional data are the byte 1 and then the parts of
//! the place, each behind its length (4 bytes, big-endian).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf;
use larder_env::Rng;
use zeroize::Zeroizing;

use crate::SecretKey;

/// Of the sealed form.
const VERSION: u8 = 1;

/// Seals and opens for one purpose.
pub struct SealingKey(LessSafeKey);

impl SealingKey {
    /// The key for the purpose `label` that follows from `secret`. Another `salt` or label gives another key.
    #[must_use]
    pub fn derive(secret: &SecretKey, salt: &[u8], label: &[u8]) -> Self {
        let info = [label];
        let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret.expose());
        let derived = extracted.expand(&info, &AES_256_GCM).expect("the key is shorter than HKDF's limit");
        Self(LessSafeKey::new(UnboundKey::from(derived)))
    }

    /// Seals `plain` so that it opens only with this key and in the same place.
    #[must_use]
    pub fn seal(&self, rng: &dyn Rng, place: &[&[u8]], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill(&mut nonce);
        let start = 1 + NONCE_LEN;
        let mut sealed = Vec::with_capacity(start + plain.len() + AES_256_GCM.tag_len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(bound(place)),
                &mut sealed[start..],
            )
            .expect("what is sealed here is far below the limit of AES-GCM");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// What was sealed, unless it was sealed otherwise or changed.
    #[must_use]
    pub fn open(&self, place: &[&[u8]], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (&VERSION, rest) = sealed.split_first()? else { return None };
        let (nonce, body) = rest.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut body = Zeroizing::new(body.to_vec());
        let opened = self.0.open_in_place(nonce, Aad::from(bound(place)), &mut body).ok()?.len();
        body.truncate(opened);
        Some(body)
    }

    /// As [`SealingKey::open`], for a key that was sealed.
    #[must_use]
    pub fn open_key(&self, place: &[&[u8]], sealed: &[u8]) -> Option<SecretKey> {
        SecretKey::from_slice(&self.open(place, sealed)?)
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(hidden)")
    }
}

/// The parts of a place, each behind its length, so that no two places give the same bytes.
fn bound(place: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + place.iter().map(|part| 4 + part.len()).sum::<usize>());
    bytes.push(VERSION);
    for part in place {
        bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}
