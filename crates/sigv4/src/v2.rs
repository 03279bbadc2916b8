//! Signature Version 2 for S3: HMAC-SHA1 over a few headers and the resource. Old clients only; a server accepts it when
//! its operator says so.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html>.

use std::borrow::Cow;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::date::{AmzDate, error_time};
use crate::error::{AuthError, SignatureMismatch};
use crate::parse::header_date;
use crate::percent::decode_query_text;
use crate::presign::hoisted_headers;
use crate::request::Request;
use crate::signing_key::constant_time_eq;
use crate::v4::Location;

/// The query parameters that are part of the resource, sorted. A parameter that selects what a request does and is
/// missing here would go unsigned, so the list holds more than old clients know of.
const SUBRESOURCES: [&str; 45] = [
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "defaultObjectAcl",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "partNumber",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "renameObject",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "retention",
    "select",
    "select-type",
    "session",
    "storageClass",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];

/// What a request signed with SigV2 claims. Nothing of it is true before [`V2Auth::verify`] agrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct V2Auth<'a> {
    /// Header or query.
    pub location: Location,
    /// The access key id.
    pub access_key_id: Cow<'a, str>,
    /// The signature in base64.
    pub signature: Cow<'a, str>,
    /// The session token, from the header or the query.
    pub security_token: Option<Cow<'a, str>>,
    /// The date of a request signed in the header.
    pub date: Option<AmzDate>,
    /// When a presigned URL expires, in seconds since 1970.
    pub expires: Option<i64>,
}

pub(crate) fn parse_v2_header<'a>(request: &Request<'a>, credential: &'a str) -> Result<V2Auth<'a>, AuthError> {
    let Some((access_key_id, signature)) = credential.rsplit_once(':').filter(|(id, _)| !id.is_empty()) else {
        return Err(AuthError::argument(
            "Authorization",
            format!("AWS {credential}"),
            "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
        ));
    };
    Ok(V2Auth {
        location: Location::Header,
        access_key_id: access_key_id.into(),
        signature: signature.into(),
        security_token: request.header("x-amz-security-token").map(Cow::Borrowed),
        date: Some(header_date(request)?),
        expires: None,
    })
}

pub(crate) fn parse_v2_query<'a>(request: &Request<'a>) -> Result<V2Auth<'a>, AuthError> {
    let (mut access_key_id, mut signature, mut expires) = (None, None, None);
    for (name, value) in request.query_pairs() {
        let slot = match name {
            "AWSAccessKeyId" => &mut access_key_id,
            "Signature" => &mut signature,
            "Expires" => &mut expires,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(AuthError::MissingV2Parameters);
        }
    }
    // A raw `+` in a base64 signature is what its sender meant: only escapes are undone.
    let signature = signature.map(|text| text.replace('+', "%2B"));
    let signature = signature.as_deref().and_then(decode_query_text).map(|text| text.into_owned());
    let access_key_id = access_key_id.and_then(decode_query_text);
    let (Some(access_key_id), Some(signature), Some(expires)) = (access_key_id, signature, expires) else {
        return Err(AuthError::MissingV2Parameters);
    };
    let expires: i64 = expires
        .parse()
        .ok()
        .filter(|&seconds| Timestamp::from_second(seconds).is_ok())
        .ok_or_else(|| AuthError::argument("Expires", expires, "Invalid date (should be seconds since epoch)"))?;
    let token = hoisted_token(request).or_else(|| request.header("x-amz-security-token").map(Cow::Borrowed));
    Ok(V2Auth {
        location: Location::Query,
        access_key_id,
        signature: signature.into(),
        security_token: token,
        date: None,
        expires: Some(expires),
    })
}

fn hoisted_token<'a>(request: &Request<'a>) -> Option<Cow<'a, str>> {
    let mut pairs = request.query_pairs();
    pairs
        .find(|(name, _)| name.eq_ignore_ascii_case("x-amz-security-token"))
        .and_then(|(_, value)| decode_query_text(value))
}

impl V2Auth<'_> {
    /// Refuses a request dated more than 15 minutes from `now`, and a presigned one that has expired.
    ///
    /// # Errors
    /// [`AuthError::RequestTimeTooSkewed`] or [`AuthError::RequestExpired`].
    pub fn check_time(&self, now: Timestamp) -> Result<(), AuthError> {
        if let Some(date) = &self.date {
            return AuthError::check_skew(date.timestamp(), date.as_str(), now);
        }
        let end = self.expires.unwrap_or_default();
        if Timestamp::from_second(end).map_or(end > 0, |end| now <= end) {
            return Ok(());
        }
        Err(AuthError::RequestExpired {
            expires_seconds: None,
            expires: Timestamp::from_second(end).map(error_time).unwrap_or_default(),
            server_time: error_time(now),
        })
    }

    /// Verifies the signature. `host_bucket` is the bucket of a virtual-hosted request, which the path does not name.
    ///
    /// # Errors
    /// [`AuthError::SignatureDoesNotMatch`].
    pub fn verify(&self, request: &Request<'_>, secret: &str, host_bucket: Option<&str>) -> Result<(), AuthError> {
        let agrees = |text: &[u8]| constant_time_eq(sign_text(secret, text).as_bytes(), self.signature.as_bytes());
        let string_to_sign = string_to_sign(request, self.expires, host_bucket, "");
        if agrees(&string_to_sign) {
            return Ok(());
        }
        // The resource of a bucket is `/bucket/` to some clients (botocore among them) also when they send `/bucket`.
        let names_a_bucket = host_bucket.is_none() && request.path.len() > 1 && !request.path[1..].contains(&b'/');
        if names_a_bucket && agrees(&self::string_to_sign(request, self.expires, None, "/")) {
            return Ok(());
        }
        Err(AuthError::SignatureDoesNotMatch(Box::new(SignatureMismatch {
            access_key_id: self.access_key_id.clone().into_owned(),
            string_to_sign: String::from_utf8_lossy(&string_to_sign).into_owned(),
            signature_provided: self.signature.clone().into_owned(),
            canonical_request: None,
        })))
    }
}

/// The SigV2 signature (base64) of a request. `expires` (seconds since 1970) is given for a presigned URL.
#[must_use]
pub fn sign_v2(request: &Request<'_>, secret: &str, expires: Option<i64>, host_bucket: Option<&str>) -> String {
    sign_text(secret, &string_to_sign(request, expires, host_bucket, ""))
}

/// HMAC-SHA1 in base64.
pub(crate) fn sign_text(secret: &str, text: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, text).as_ref())
}

fn string_to_sign(request: &Request<'_>, expires: Option<i64>, host_bucket: Option<&str>, path_end: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(request.method.as_bytes());
    out.push(b'\n');
    for name in ["content-md5", "content-type"] {
        out.extend_from_slice(standard_header(request, name, expires.is_some()).trim_ascii());
        out.push(b'\n');
    }
    if let Some(expires) = expires {
        out.extend_from_slice(expires.to_string().as_bytes());
    } else if !request.headers.contains_key("x-amz-date") {
        // With x-amz-date the Date header goes unsigned and counts for nothing.
        out.extend_from_slice(standard_header(request, "date", false).trim_ascii());
    }
    out.push(b'\n');
    write_amz_headers(&mut out, request);
    if let Some(bucket) = host_bucket {
        out.push(b'/');
        out.extend_from_slice(bucket.as_bytes());
    }
    out.extend_from_slice(if request.path.is_empty() { b"/" } else { request.path });
    out.extend_from_slice(path_end.as_bytes());
    write_subresources(&mut out, request);
    out
}

/// A positional header; a presigned URL may carry it in the query.
fn standard_header<'a>(request: &Request<'a>, name: &str, presigned: bool) -> Cow<'a, [u8]> {
    if let Some(value) = request.headers.get(name) {
        return Cow::Borrowed(value.as_bytes());
    }
    let mut pairs = request.query_pairs();
    let found = if presigned { pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)) } else { None };
    let value = found.and_then(|(_, value)| decode_query_text(value)).unwrap_or_default();
    Cow::Owned(value.into_owned().into_bytes())
}

/// Writes the `x-amz-*` headers and the query parameters that stand for such headers. The latter count as headers in
/// every request, so a signature in the header covers them as one in the query does.
fn write_amz_headers(out: &mut Vec<u8>, request: &Request<'_>) {
    let mut lines: Vec<(String, Vec<u8>)> = Vec::new();
    for name in request.headers.keys().filter(|name| name.as_str().starts_with("x-amz-")) {
        let mut text = Vec::new();
        for (index, value) in request.headers.get_all(name).iter().enumerate() {
            if index > 0 {
                text.push(b',');
            }
            // Unlike SigV4, runs of spaces within a value stay.
            text.extend_from_slice(value.as_bytes().trim_ascii());
        }
        lines.push((name.as_str().to_owned(), text));
    }
    let token = hoisted_token(request).map(|token| ("x-amz-security-token".to_owned(), token));
    for (name, value) in hoisted_headers(request.query).chain(token) {
        if !request.headers.contains_key(&name) {
            lines.push((name, value.trim_ascii().as_bytes().to_vec()));
        }
    }
    lines.sort_unstable();
    for (name, value) in lines {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        out.extend_from_slice(&value);
        out.push(b'\n');
    }
}

fn write_subresources(out: &mut Vec<u8>, request: &Request<'_>) {
    // Names are compared decoded, as the server reads them: `version%49d` must not escape the signature.
    let mut found: Vec<(Cow<'_, str>, &str, bool)> = request
        .query
        .split('&')
        .map(|pair| pair.split_once('=').map_or((pair, "", false), |(name, value)| (name, value, true)))
        .filter_map(|(name, value, has_value)| Some((decode_query_text(name)?, value, has_value)))
        .filter(|(name, ..)| SUBRESOURCES.binary_search(&name.as_ref()).is_ok())
        .collect();
    found.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    for (index, (name, value, has_value)) in found.into_iter().enumerate() {
        out.push(if index == 0 { b'?' } else { b'&' });
        out.extend_from_slice(name.as_bytes());
        if has_value {
            out.push(b'=');
            // The values stand decoded in the string to sign.
            out.extend_from_slice(decode_query_text(value).unwrap_or(Cow::Borrowed(value)).as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_obeyed_can_be_added_to_a_signed_request() {
        let mut headers = http::HeaderMap::new();
        headers.insert("date", "Tue, 27 Mar 2007 19:36:42 +0000".parse().expect("a header value"));
        let text = |query: &str, expires| {
            let request = Request { method: "PUT", path: b"/bucket/key", query, headers: &headers };
            string_to_sign(&request, expires, None, "")
        };
        for expires in [None, Some(1_175_139_620)] {
            let signed = text("x-id=PutObject", expires);
            for added in [
                "versionId=1",
                "version%49d=1",
                "%61cl",
                "upload%49d=u&part%4Eumber=1",
                "x-amz-copy-source=/other/secret",
                "X%2DAmz-Copy-Source=/other/secret",
                "x-amz-meta-a!=1",
            ] {
                let query = format!("x-id=PutObject&{added}");
                assert_ne!(text(&query, expires), signed, "{added} {expires:?}");
            }
        }
    }

    #[test]
    fn subresources_are_sorted_for_the_search() {
        assert!(SUBRESOURCES.is_sorted());
    }
}
