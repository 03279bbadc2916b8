//! Signature Version 4 in the query: presigned URLs.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.

use std::borrow::Cow;

use http::header::HeaderName;

use crate::credential::CredentialScope;
use crate::date::AmzDate;
use crate::error::AuthError;
use crate::parse::payload_of;
use crate::percent::decode_query_text;
use crate::request::{Request, query_pairs};
use crate::v4::{Algorithm, Location, V4Auth, are_header_names, check_signed_headers, names_repeat};

/// The longest life of a presigned URL, in seconds (a week).
pub const MAX_EXPIRES_SECONDS: u32 = 604_800;

const MISSING: &str = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, \
     X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";

/// The parameters of a presigned URL that authenticate it; every other `x-amz-*` parameter stands for a header.
const AUTH_PARAMETERS: [&str; 9] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-signedheaders",
    "x-amz-signature",
    "x-amz-security-token",
    "x-amz-region-set",
    "x-amz-content-sha256",
];

/// The headers that a presigned URL carries as `x-amz-*` query parameters, such as `X-Amz-Server-Side-Encryption`:
/// lower-case name and decoded value, in the order of the query. The parameters that authenticate the request are not
/// among them.
///
/// The signature covers them, so the caller merges them into the headers before it decodes the operation. A parameter
/// whose name or value is not UTF-8, or whose name is not a header name, is left out. Where a header of the same name
/// is present it was signed too, and wins.
pub fn hoisted_headers(query: &str) -> impl Iterator<Item = (String, Cow<'_, str>)> {
    query_pairs(query).filter_map(|(name, value)| {
        let name = decode_query_text(name)?;
        let prefix = name.as_bytes().get(..6)?;
        if !prefix.eq_ignore_ascii_case(b"x-amz-") || HeaderName::from_bytes(name.as_bytes()).is_err() {
            return None;
        }
        let name = name.to_ascii_lowercase();
        if AUTH_PARAMETERS.contains(&name.as_str()) {
            return None;
        }
        Some((name, decode_query_text(value)?))
    })
}

pub(crate) fn query_credential_error(detail: &str, region: Option<String>) -> AuthError {
    let message = format!("Error parsing the X-Amz-Credential parameter; {detail}");
    AuthError::QueryParameters { message: message.into(), region }
}

#[derive(Default)]
struct Parameters<'a> {
    algorithm: Option<&'a str>,
    credential: Option<&'a str>,
    date: Option<&'a str>,
    expires: Option<&'a str>,
    signed_headers: Option<&'a str>,
    signature: Option<&'a str>,
    security_token: Option<&'a str>,
    region_set: Option<&'a str>,
    content_sha256: Option<&'a str>,
}

impl<'a> Parameters<'a> {
    fn read(request: &Request<'a>) -> Result<Self, AuthError> {
        let mut found = Self::default();
        for (name, value) in request.query_pairs() {
            let slot = match name {
                "X-Amz-Algorithm" => &mut found.algorithm,
                "X-Amz-Credential" => &mut found.credential,
                "X-Amz-Date" => &mut found.date,
                "X-Amz-Expires" => &mut found.expires,
                "X-Amz-SignedHeaders" => &mut found.signed_headers,
                "X-Amz-Signature" => &mut found.signature,
                "X-Amz-Security-Token" => &mut found.security_token,
                "X-Amz-Region-Set" => &mut found.region_set,
                "X-Amz-Content-Sha256" => &mut found.content_sha256,
                _ => continue,
            };
            // Two values for one parameter leave open which of them was meant; nobody signs that honestly.
            if slot.replace(value).is_some() {
                return Err(AuthError::query(MISSING));
            }
        }
        Ok(found)
    }
}

fn required(value: Option<&str>) -> Result<Cow<'_, str>, AuthError> {
    match value.and_then(decode_query_text) {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(AuthError::query(MISSING)),
    }
}

fn parse_expires(text: &str) -> Result<u32, AuthError> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AuthError::query("X-Amz-Expires should be a number"));
    }
    if digits.len() < text.len() {
        return Err(AuthError::query("X-Amz-Expires must be non-negative"));
    }
    digits.parse().ok().filter(|&seconds| seconds <= MAX_EXPIRES_SECONDS).ok_or_else(|| {
        AuthError::query(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than \
             604800 seconds",
        )
    })
}

/// Parses a request whose query authenticates it with SigV4 or SigV4A.
pub(crate) fn parse_presigned<'a>(request: &Request<'a>) -> Result<V4Auth<'a>, AuthError> {
    let found = Parameters::read(request)?;
    let algorithm = Algorithm::from_name(&required(found.algorithm)?).ok_or_else(|| {
        AuthError::query("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"")
    })?;
    let credential = CredentialScope::parse(required(found.credential)?, algorithm == Algorithm::HmacSha256)
        .map_err(|problem| query_credential_error(&problem.to_string(), None))?;
    let date = AmzDate::parse(&required(found.date)?)
        .ok_or_else(|| AuthError::query("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""))?;
    if date.day() != credential.date() {
        let (scope, day) = (credential.date(), date.day());
        let detail =
            format!("Invalid credential date \"{scope}\". This date is not the same as X-Amz-Date: \"{day}\".");
        return Err(AuthError::query(detail));
    }
    let signature = required(found.signature)?;
    let signed_headers = required(found.signed_headers)?;
    if !are_header_names(&signed_headers) || names_repeat(&signed_headers) {
        return Err(AuthError::query("X-Amz-SignedHeaders is malformed."));
    }
    let expires = parse_expires(&required(found.expires)?)?;
    let region_set = match algorithm {
        Algorithm::HmacSha256 => None,
        Algorithm::EcdsaP256Sha256 => Some(required(found.region_set)?),
    };
    let security_token = match found.security_token {
        Some(token) => Some(required(Some(token))?),
        None => None,
    };
    check_signed_headers(request, &signed_headers)?;
    let content_sha256 = match (found.content_sha256, request.header("x-amz-content-sha256")) {
        (Some(text), _) => Some(required(Some(text))?),
        (None, Some(text)) => Some(text.into()),
        (None, None) if credential.service() == "s3" => Some("UNSIGNED-PAYLOAD".into()),
        (None, None) => None,
    };
    let (payload, payload_text) = payload_of(content_sha256, algorithm, credential.service())?;
    Ok(V4Auth {
        algorithm,
        location: Location::Query,
        credential,
        signed_headers,
        signature,
        security_token,
        date,
        expires: Some(expires),
        region_set,
        payload,
        payload_text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_a_number_of_at_most_a_week() {
        assert_eq!(parse_expires("0"), Ok(0));
        assert_eq!(parse_expires("604800"), Ok(604_800));
        for (text, message) in [
            ("", "should be a number"),
            ("1h", "should be a number"),
            ("-", "should be a number"),
            ("-1", "must be non-negative"),
            ("604801", "must be less than a week"),
            ("99999999999999999999", "must be less than a week"),
        ] {
            let error = parse_expires(text).expect_err(text).to_string();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn hoisted_parameters_leave_out_those_that_authenticate() {
        let query = "X-Amz-Algorithm=A&x-amz-signature=1&X-Amz-Acl=public%2Dread&x-id=PutObject&X-Amz-Meta-A=b+c&\
                     X-Amz-Security-Token=t&X%2DAmz-Tagging=k%3Dv&X-Amz-Bad%0A=1";
        let found: Vec<(String, Cow<'_, str>)> = hoisted_headers(query).collect();
        let expected = [("x-amz-acl", "public-read"), ("x-amz-meta-a", "b c"), ("x-amz-tagging", "k=v")];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), Cow::Borrowed(value))));
    }
}
