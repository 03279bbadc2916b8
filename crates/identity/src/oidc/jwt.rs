//! JSON Web Tokens: RFC 7515 in its compact form, with the claims of OpenID Connect ID tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

/// AWS takes tokens of up to 20,000 characters.
const MAX_CHARACTERS: usize = 20_000;

/// The signature algorithms that are taken: none that uses a shared secret, and none that is no signature at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Algorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    ES256,
    ES384,
}

#[derive(Deserialize)]
struct Header {
    alg: Algorithm,
    kid: Option<String>,
    /// Extensions that must be understood: none is.
    crit: Option<Value>,
    /// Whether the payload is base64; RFC 7797 allows otherwise.
    b64: Option<bool>,
}

/// A token whose signature is still to be looked at. What it says is only to be used to find the keys.
#[derive(Debug)]
pub(crate) struct Unverified<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) key_id: Option<String>,
    /// What is signed.
    pub(crate) signed: &'a str,
    pub(crate) signature: Vec<u8>,
    pub(crate) claims: Claims,
}

/// What a token claims.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Claims {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) audiences: Vec<String>,
    /// `azp`: to whom it was given out.
    pub(crate) authorized_party: Option<String>,
    /// Seconds since 1970, as are the next two.
    pub(crate) expires: i64,
    pub(crate) not_before: Option<i64>,
    pub(crate) issued: Option<i64>,
    /// All of them.
    pub(crate) all: Map<String, Value>,
}

impl<'a> Unverified<'a> {
    /// Takes a token apart; `None` when it is none, or one whose signature could not be verified here anyway.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        if token.len() > MAX_CHARACTERS {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        // One with more dots is encrypted or something else altogether.
        if payload.contains('.') {
            return None;
        }
        let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        if header.crit.is_some() || header.b64 == Some(false) {
            return None;
        }
        let claims = Claims::parse(&URL_SAFE_NO_PAD.decode(payload).ok()?)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        Some(Self { algorithm: header.alg, key_id: header.kid, signed, signature, claims })
    }
}

impl Claims {
    fn parse(payload: &[u8]) -> Option<Self> {
        let all: Map<String, Value> = serde_json::from_slice(payload).ok()?;
        let text = |name: &str| all.get(name).and_then(Value::as_str).map(str::to_owned);
        // Numbers may have fractions; later than the year 9999 is as good as never.
        let seconds = |name: &str| match all.get(name) {
            None => Some(None),
            Some(value) => {
                let number = value.as_f64().filter(|it| it.is_finite() && it.abs() < 253_402_300_800.0)?;
                #[expect(clippy::cast_possible_truncation, reason = "bounded just above")]
                Some(Some(number.floor() as i64))
            }
        };
        let audiences = match all.get("aud")? {
            Value::String(one) => vec![one.clone()],
            Value::Array(many) => {
                many.iter().map(|it| it.as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()?
            }
            _ => return None,
        };
        Some(Self {
            issuer: text("iss")?,
            subject: text("sub")?,
            audiences,
            authorized_party: text("azp"),
            expires: seconds("exp")??,
            not_before: seconds("nbf")?,
            issued: seconds("iat")?,
            all,
        })
    }
}
