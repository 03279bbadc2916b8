//! Signature Version 4A: the ECDSA key that a secret stands for, and region sets.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>; the derivation is NIST
//! SP 800-108 in counter mode with HMAC-SHA256, FIPS 186-4 B.4.2.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
};
use zeroize::Zeroizing;

use crate::v4::Algorithm;

/// The order of P-256 less two: the largest candidate that gives a private key.
const ORDER_MINUS_TWO: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA,
    0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x4F,
];

/// RFC 5915 `ECPrivateKey` for P-256 without a public key: what stands before and after the 32 bytes of the scalar.
const DER_BEFORE: [u8; 7] = [0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20];
const DER_AFTER: [u8; 12] = [0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// Longest DER signature over P-256, in bytes.
const MAX_DER_BYTES: usize = 72;

fn derive_scalar(secret: &str, access_key_id: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut start = Zeroizing::new(Vec::with_capacity(5 + secret.len()));
    start.extend_from_slice(b"AWS4A");
    start.extend_from_slice(secret.as_bytes());
    let key = hmac::Key::new(hmac::HMAC_SHA256, &start);
    (1..=254u8).find_map(|counter| {
        let mut context = hmac::Context::with_key(&key);
        context.update(&1u32.to_be_bytes());
        context.update(Algorithm::EcdsaP256Sha256.as_str().as_bytes());
        context.update(&[0]);
        context.update(access_key_id.as_bytes());
        context.update(&[counter]);
        context.update(&256u32.to_be_bytes());
        let tag = context.sign();
        let mut scalar = Zeroizing::new([0u8; 32]);
        scalar.copy_from_slice(tag.as_ref());
        (*scalar <= ORDER_MINUS_TWO).then(|| {
            for byte in scalar.iter_mut().rev() {
                *byte = byte.wrapping_add(1);
                if *byte != 0 {
                    break;
                }
            }
            scalar
        })
    })
}

/// The key pair that an access key stands for in SigV4A. Deriving it costs tens of microseconds: cache it.
pub struct V4aKeyPair(EcdsaKeyPair);

impl std::fmt::Debug for V4aKeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("V4aKeyPair(..)")
    }
}

impl V4aKeyPair {
    /// Derives the key pair. `None` if no counter gives a valid key, which does not happen in the life of the universe.
    #[must_use]
    pub fn derive(secret: &str, access_key_id: &str) -> Option<Self> {
        let scalar = derive_scalar(secret, access_key_id)?;
        let der = Zeroizing::new([&DER_BEFORE[..], &*scalar, &DER_AFTER].concat());
        EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_ASN1_SIGNING, &der).ok().map(Self)
    }

    /// The public half, which is all that verification needs.
    #[must_use]
    pub fn verifying_key(&self) -> V4aVerifyingKey {
        let public = self.0.public_key().as_ref();
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, public).expect("a derived public key is on the curve");
        V4aVerifyingKey(key)
    }

    /// Signs a string to sign; the signature is DER in hex and differs each time.
    pub(crate) fn sign_hex(&self, message: &[u8]) -> String {
        let signature = self.0.sign(&SystemRandom::new(), message).expect("ECDSA with a valid key does not fail");
        hex::encode(signature.as_ref())
    }
}

/// The public key that verifies an access key's SigV4A signatures.
#[derive(Clone, Debug)]
pub struct V4aVerifyingKey(ParsedPublicKey);

impl V4aVerifyingKey {
    /// Derives the key from a secret access key; see [`V4aKeyPair::derive`].
    #[must_use]
    pub fn derive(secret: &str, access_key_id: &str) -> Option<Self> {
        V4aKeyPair::derive(secret, access_key_id).map(|pair| pair.verifying_key())
    }

    /// Whether `signature`, DER in lower-case hex, is good for `message`.
    pub(crate) fn verify_hex(&self, message: &[u8], signature: &str) -> bool {
        let mut der = [0; MAX_DER_BYTES];
        let Some(der) = der.get_mut(..signature.len() / 2) else { return false };
        hex::decode_to_slice(signature, der).is_ok() && self.0.verify_sig(message, der).is_ok()
    }
}

/// Whether a region set (`us-east-1,us-west-*` or `*`) covers `region`. A `*` stands for any run of characters.
#[must_use]
pub fn region_set_matches(set: &str, region: &str) -> bool {
    set.split(',').map(str::trim).any(|pattern| matches_wildcard(pattern.as_bytes(), region.as_bytes()))
}

fn matches_wildcard(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == b'*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && pattern[p] == text[t] {
            p += 1;
            t += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            p = at + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of aws-c-auth, `tests/key_derivation_tests.c`.
    #[test]
    fn the_published_derivation_vector() {
        let (access_key_id, secret) = ("AKISORANDOMAASORANDOM", "q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom");
        let scalar = derive_scalar(secret, access_key_id).expect("derives");
        assert_eq!(hex::encode(*scalar), "7fd3bd010c0d9c292141c2b77bfbde1042c92e6836fff749d1269ec890fca1bd");
        let pair = V4aKeyPair::derive(secret, access_key_id).expect("derives");
        assert_eq!(
            hex::encode(pair.0.public_key().as_ref()),
            "0415d242ceebf8d8169fd6a8b5a746c41140414c3b07579038da06af89190fffcb\
             0515242cedd82e94799482e4c0514b505afccf2c0c98d6a553bf539f424c5ec0"
        );
    }

    /// `get-vanilla` of the SigV4A suite of aws-c-auth: its string to sign and two of its signatures.
    #[test]
    fn the_published_signatures_verify() {
        let key = V4aVerifyingKey::derive("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "AKIDEXAMPLE").expect("derives");
        let message = "AWS4-ECDSA-P256-SHA256\n20150830T123600Z\n20150830/service/aws4_request\n\
                       cf59db423e841c8b7e3444158185aa261b724a5c27cbe762676f3eed19f4dc02";
        let signatures = [
            "3045022018b4e277d0281864beb51d3600e23f88510ea5031d68ddfbb68614b82a5eb7d2022100effb9c5f22ed9ef3ae0ab243d21f06\
             bce82365bbb79529a07b6888c343ae5f8c",
            "3046022100fddaaf816a31e30d04973875b13bc27b98da10907a3a1872fd5819a221334abc022100de2ee81d83b54f31efc82834de07\
             e6cd4d5c6f25bfa08e0f29a15bb0977c343e",
        ];
        for signature in signatures {
            assert!(key.verify_hex(message.as_bytes(), signature));
            assert!(!key.verify_hex(b"another message", signature));
            assert!(!key.verify_hex(message.as_bytes(), &signature[2..]));
        }
        for wrong in ["", "zz", "3045", &"30".repeat(100)] {
            assert!(!key.verify_hex(message.as_bytes(), wrong));
        }
    }

    #[test]
    fn region_sets_have_wildcards() {
        for set in ["*", "us-east-1", "eu-west-1, us-east-1", "us-*", "*-east-*", "us-east-1*"] {
            assert!(region_set_matches(set, "us-east-1"), "{set}");
        }
        for set in ["", "us-east", "eu-*", "*-2", "us-east-11", "us-west-*,eu-*"] {
            assert!(!region_set_matches(set, "us-east-1"), "{set}");
        }
    }
}
