//! JSON Web Keys (RFC 7517) and signatures by them (RFC 7518).

use aws_lc_rs::signature::{
    self, EcdsaVerificationAlgorithm, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use super::jwt::{Algorithm, Unverified};

/// Providers have a handful of keys.
const MAX_KEYS: usize = 128;
/// Bytes of an RSA modulus: 2,048 to 8,192 bits.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1_024;

/// The keys of a provider.
#[derive(Debug, Default)]
pub(crate) struct KeySet(Vec<Key>);

#[derive(Debug)]
struct Key {
    id: Option<String>,
    algorithm: Option<String>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// The points as X9.62 writes them: 4, x, y.
    P256(Vec<u8>),
    P384(Vec<u8>),
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a key set. Keys of kinds that are not known, for encryption or not well formed are left out.
    pub(crate) fn parse(document: &[u8]) -> Option<Self> {
        let Document { keys } = serde_json::from_slice(document).ok()?;
        if keys.len() > MAX_KEYS {
            return None;
        }
        let read = |value: Value| serde_json::from_value::<Jwk>(value).ok().and_then(key);
        Some(Self(keys.into_iter().filter_map(read).collect()))
    }

    /// Whether there is a key that the token may have been signed with.
    pub(crate) fn has_key_of(&self, token: &Unverified<'_>) -> bool {
        self.candidates(token).next().is_some()
    }

    /// Whether one of the keys signed the token.
    pub(crate) fn verifies(&self, token: &Unverified<'_>) -> bool {
        self.candidates(token).any(|key| key.verifies(token))
    }

    fn candidates(&self, token: &Unverified<'_>) -> impl Iterator<Item = &Key> {
        let algorithm = format!("{:?}", token.algorithm);
        let key_id = token.key_id.clone();
        self.0.iter().filter(move |key| {
            let named = key_id.as_ref().is_none_or(|id| key.id.as_ref() == Some(id));
            named && key.algorithm.as_ref().is_none_or(|it| *it == algorithm)
        })
    }
}

fn key(jwk: Jwk) -> Option<Key> {
    if jwk.purpose.as_deref().is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_ref()?.trim_end_matches('=')).ok();
    let material = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => {
            let modulus = bytes(&jwk.n)?;
            if !RSA_BYTES.contains(&modulus.len()) {
                return None;
            }
            Material::Rsa { modulus, exponent: bytes(&jwk.e)? }
        }
        ("EC", Some("P-256")) => Material::P256(point(&bytes(&jwk.x)?, &bytes(&jwk.y)?, 32)?),
        ("EC", Some("P-384")) => Material::P384(point(&bytes(&jwk.x)?, &bytes(&jwk.y)?, 48)?),
        _ => return None,
    };
    Some(Key { id: jwk.kid, algorithm: jwk.alg, material })
}

fn point(x: &[u8], y: &[u8], length: usize) -> Option<Vec<u8>> {
    (x.len() == length && y.len() == length).then(|| [&[4], x, y].concat())
}

impl Key {
    fn verifies(&self, token: &Unverified<'_>) -> bool {
        let rsa = |parameters: &'static RsaParameters, modulus: &[u8], exponent: &[u8]| {
            let key = RsaPublicKeyComponents { n: modulus, e: exponent };
            key.verify(parameters, token.signed.as_bytes(), &token.signature).is_ok()
        };
        let ec = |algorithm: &'static EcdsaVerificationAlgorithm, point: &[u8]| {
            UnparsedPublicKey::new(algorithm, point).verify(token.signed.as_bytes(), &token.signature).is_ok()
        };
        // The kind of the key decides with the algorithm: a key is never used for what it is not.
        match (token.algorithm, &self.material) {
            (Algorithm::RS256, Material::Rsa { modulus, exponent }) => {
                rsa(&signature::RSA_PKCS1_2048_8192_SHA256, modulus, exponent)
            }
            (Algorithm::RS384, Material::Rsa { modulus, exponent }) => {
                rsa(&signature::RSA_PKCS1_2048_8192_SHA384, modulus, exponent)
            }
            (Algorithm::RS512, Material::Rsa { modulus, exponent }) => {
                rsa(&signature::RSA_PKCS1_2048_8192_SHA512, modulus, exponent)
            }
            (Algorithm::PS256, Material::Rsa { modulus, exponent }) => {
                rsa(&signature::RSA_PSS_2048_8192_SHA256, modulus, exponent)
            }
            (Algorithm::ES256, Material::P256(point)) => ec(&signature::ECDSA_P256_SHA256_FIXED, point),
            (Algorithm::ES384, Material::P384(point)) => ec(&signature::ECDSA_P384_SHA384_FIXED, point),
            _ => false,
        }
    }
}
