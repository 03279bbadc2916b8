//! The query string of an S3 request, decoded exactly once.
//!
//! `+` is a space, as in the form encoding that S3 uses for queries (and unlike S3's paths, where it is a plus).

use percent_encoding::percent_decode;

use crate::error::{ErrorCode, S3Error};

/// Longest query string accepted, in bytes as sent: a presigned URL with a large session token and a 1,024-byte
/// prefix, every byte of it percent-encoded, takes about a third of it.
pub const MAX_QUERY_BYTES: usize = 32 * 1024;

/// Most parameters accepted in one query; hoisted `x-amz-meta-*` headers count.
pub const MAX_QUERY_PARAMETERS: usize = 512;

/// A decoded query string: parameters in the order sent. The empty query allocates nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    parameters: Vec<Parameter>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Parameter {
    name: String,
    /// `None` when sent without `=`.
    value: Option<String>,
}

impl Query {
    /// Decodes what follows the `?` of a request target (without the `?`).
    ///
    /// # Errors
    /// `InvalidURI` for a `%` that is not followed by two hexadecimal digits, for bytes that are not UTF-8, and above
    /// [`MAX_QUERY_BYTES`] or [`MAX_QUERY_PARAMETERS`].
    pub fn parse(raw: &str) -> Result<Query, S3Error> {
        if raw.is_empty() {
            return Ok(Query::default());
        }
        if raw.len() > MAX_QUERY_BYTES {
            return Err(S3Error::new(ErrorCode::InvalidURI));
        }
        let mut parameters = Vec::new();
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            if parameters.len() == MAX_QUERY_PARAMETERS {
                return Err(S3Error::new(ErrorCode::InvalidURI));
            }
            let (name, value) = match pair.split_once('=') {
                Some((name, value)) => (decode(name)?, Some(decode(value)?)),
                None => (decode(pair)?, None),
            };
            parameters.push(Parameter { name, value });
        }
        Ok(Query { parameters })
    }

    /// The first value of a parameter; `Some("")` when it was sent empty or without `=`. Names are case-sensitive.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|p| p.name == name).map(|p| p.value.as_deref().unwrap_or(""))
    }

    /// Whether a parameter was sent, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.parameters.iter().any(|p| p.name == name)
    }

    /// The first value of a parameter whose name matches without regard to ASCII case, as the names of headers that
    /// a presigned URL carries in its query do (`X-Amz-Acl`, `x-amz-acl`).
    pub fn get_ignore_case(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|p| p.name.eq_ignore_ascii_case(name)).map(|p| p.value.as_deref().unwrap_or(""))
    }

    /// Name and value of each parameter in the order sent; the value is empty when sent without `=`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|p| (p.name.as_str(), p.value.as_deref().unwrap_or("")))
    }

    /// Number of parameters, repetitions included.
    pub fn len(&self) -> usize {
        self.parameters.len()
    }

    /// Whether the query held no parameter.
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty()
    }
}

fn decode(raw: &str) -> Result<String, S3Error> {
    if !raw.contains(['%', '+']) {
        return Ok(raw.to_owned());
    }
    check_percent(raw.as_bytes())?;
    let spaced = raw.replace('+', " ");
    let decoded = percent_decode(spaced.as_bytes()).decode_utf8().map_err(|_| S3Error::new(ErrorCode::InvalidURI))?;
    Ok(decoded.into_owned())
}

/// Refuses a `%` without two hexadecimal digits after it; the decoder itself would keep it as it is.
pub(crate) fn check_percent(raw: &[u8]) -> Result<(), S3Error> {
    for at in memchr::memchr_iter(b'%', raw) {
        match raw.get(at + 1..at + 3) {
            Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => {}
            _ => return Err(S3Error::new(ErrorCode::InvalidURI)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(raw: &str) -> Vec<(String, String)> {
        Query::parse(raw).unwrap().iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn decodes_once_and_keeps_the_order() {
        for (raw, expected) in [
            ("", vec![]),
            ("&&", vec![]),
            ("acl", vec![("acl", "")]),
            ("acl=", vec![("acl", "")]),
            ("b=1&a=2&b=3", vec![("b", "1"), ("a", "2"), ("b", "3")]),
            ("prefix=a+b%2Bc%20d", vec![("prefix", "a b+c d")]),
            ("prefix=%2525", vec![("prefix", "%25")]),
            ("marker=a=b=c", vec![("marker", "a=b=c")]),
            ("pre%66ix=%F0%9F%98%80", vec![("prefix", "😀")]),
            ("=x", vec![("", "x")]),
            ("prefix=%26%3D", vec![("prefix", "&=")]),
            ("delimiter=%00", vec![("delimiter", "\0")]),
        ] {
            assert_eq!(pairs(raw), owned(&expected), "{raw}");
        }
    }

    #[test]
    fn refuses_what_cannot_be_decoded() {
        for raw in ["a=%", "a=%4", "a=%zz", "%g0", "a=%+1", "a=%FF", "a=%C3%28", "a=%ED%A0%80"] {
            assert_eq!(Query::parse(raw).unwrap_err().code(), ErrorCode::InvalidURI, "{raw}");
        }
    }

    #[test]
    fn first_of_repeated_names_wins() {
        let query = Query::parse("a=1&a=2&X-Amz-Date=d").unwrap();
        assert_eq!(query.get("a"), Some("1"));
        assert_eq!(query.get("A"), None);
        assert_eq!(query.get_ignore_case("x-amz-date"), Some("d"));
        assert!(query.has("a") && !query.has("b"));
    }

    #[test]
    fn limits_hold() {
        let most = vec!["a"; MAX_QUERY_PARAMETERS].join("&");
        assert_eq!(Query::parse(&most).unwrap().len(), MAX_QUERY_PARAMETERS);
        assert!(Query::parse(&format!("{most}&a")).is_err());
        assert!(Query::parse(&"a".repeat(MAX_QUERY_BYTES)).is_ok());
        assert!(Query::parse(&"a".repeat(MAX_QUERY_BYTES + 1)).is_err());
    }
}
