//! Which mechanism authenticates a request, and what it claims.

use std::borrow::Cow;

use crate::date::AmzDate;
use crate::error::AuthError;
use crate::payload::{Payload, StreamSignature};
use crate::presign::parse_presigned;
use crate::request::Request;
use crate::v2::{V2Auth, parse_v2_header, parse_v2_query};
use crate::v4::{Algorithm, HeaderParts, Location, V4Auth, check_signed_headers, parse_header_parts};

/// How a request says who sends it. Unverified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential<'a> {
    /// It does not say.
    Anonymous,
    /// Signature Version 4 or 4A, in the header or the query.
    V4(Box<V4Auth<'a>>),
    /// Signature Version 2, in the header or the query. Whether it is accepted is for the caller to decide.
    V2(V2Auth<'a>),
}

#[derive(Default)]
struct QueryMechanisms {
    v4: bool,
    v2: bool,
}

fn query_mechanisms(request: &Request<'_>) -> QueryMechanisms {
    let mut found = QueryMechanisms::default();
    for (name, _) in request.query_pairs() {
        match name {
            "X-Amz-Algorithm" | "X-Amz-Credential" | "X-Amz-Signature" => found.v4 = true,
            "AWSAccessKeyId" | "Signature" => found.v2 = true,
            _ => {}
        }
    }
    found
}

/// Finds the mechanism that authenticates `request` and parses its claim.
///
/// # Errors
/// More than one mechanism, a malformed one, a date that is missing, or headers that should be signed and are not.
pub fn parse<'a>(request: &Request<'a>) -> Result<Credential<'a>, AuthError> {
    let mut authorizations = request.headers.get_all(http::header::AUTHORIZATION).iter();
    let header = authorizations.next();
    let query = query_mechanisms(request);
    let count = usize::from(header.is_some()) + usize::from(query.v4) + usize::from(query.v2);
    if count > 1 || authorizations.next().is_some() {
        let value = header.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default();
        return Err(AuthError::argument(
            "Authorization",
            value,
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
             parameter or the Authorization header should be specified",
        ));
    }
    if let Some(value) = header {
        let Ok(text) = value.to_str() else {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            return Err(AuthError::argument("Authorization", value, "Unsupported Authorization Type"));
        };
        return parse_header(request, text);
    }
    if query.v4 {
        return parse_presigned(request).map(|auth| Credential::V4(Box::new(auth)));
    }
    if query.v2 {
        return parse_v2_query(request).map(Credential::V2);
    }
    Ok(Credential::Anonymous)
}

fn parse_header<'a>(request: &Request<'a>, text: &'a str) -> Result<Credential<'a>, AuthError> {
    let Some((scheme, parameters)) = text.trim().split_once(' ') else {
        return Err(AuthError::argument(
            "Authorization",
            text,
            "Authorization header is invalid -- one and only one ' ' (space) required",
        ));
    };
    if scheme == "AWS" {
        return parse_v2_header(request, parameters.trim()).map(Credential::V2);
    }
    let Some(algorithm) = Algorithm::from_name(scheme) else {
        return Err(AuthError::argument("Authorization", text, "Unsupported Authorization Type"));
    };
    let parts = parse_header_parts(algorithm, parameters)?;
    header_auth(request, parts).map(|auth| Credential::V4(Box::new(auth)))
}

/// Completes the `Authorization` header of SigV4 with the other headers that belong to it.
fn header_auth<'a>(request: &Request<'a>, parts: HeaderParts<'a>) -> Result<V4Auth<'a>, AuthError> {
    let date = header_date(request)?;
    let HeaderParts { algorithm, credential, signed_headers, signature } = parts;
    if date.day() != credential.date() {
        let (scope, day) = (credential.date(), date.day());
        return Err(AuthError::header(format!(
            "Invalid credential date \"{scope}\". This date is not the same as X-Amz-Date: \"{day}\"."
        )));
    }
    check_signed_headers(request, signed_headers)?;
    let region_set = match algorithm {
        Algorithm::HmacSha256 => None,
        Algorithm::EcdsaP256Sha256 => {
            let set = request.header("x-amz-region-set");
            Some(set.ok_or(AuthError::MissingSecurityHeader { header: "x-amz-region-set" })?.into())
        }
    };
    let content_sha256 = request.header("x-amz-content-sha256").map(Cow::Borrowed);
    let (payload, payload_text) = payload_of(content_sha256, algorithm, credential.service())?;
    Ok(V4Auth {
        algorithm,
        location: Location::Header,
        credential,
        signed_headers: signed_headers.into(),
        signature: signature.into(),
        security_token: request.header("x-amz-security-token").map(Cow::Borrowed),
        date,
        expires: None,
        region_set,
        payload,
        payload_text,
    })
}

/// The date of a request: `x-amz-date`, or `Date` when that is absent.
pub(crate) fn header_date(request: &Request<'_>) -> Result<AmzDate, AuthError> {
    match request.header("x-amz-date") {
        Some(text) => AmzDate::parse_http(text),
        None => request.header("date").and_then(AmzDate::parse_http),
    }
    .ok_or(AuthError::MissingDate)
}

/// The payload for a value of `x-amz-content-sha256`, which S3 requires and other services do not.
pub(crate) fn payload_of<'a>(
    text: Option<Cow<'a, str>>,
    algorithm: Algorithm,
    service: &str,
) -> Result<(Payload, Option<Cow<'a, str>>), AuthError> {
    match text {
        Some(text) => {
            let payload = Payload::parse(&text)?;
            // The chunks continue the chain that the request's own signature begins, so both must be of one kind.
            let continues = match payload {
                Payload::Streaming { signature: StreamSignature::Hmac, .. } => algorithm == Algorithm::HmacSha256,
                Payload::Streaming { signature: StreamSignature::Ecdsa, .. } => algorithm == Algorithm::EcdsaP256Sha256,
                _ => true,
            };
            if !continues {
                let message = "The value of x-amz-content-sha256 does not agree with the algorithm of the signature.";
                return Err(AuthError::argument("x-amz-content-sha256", text, message));
            }
            Ok((payload, Some(text)))
        }
        None if service == "s3" => Err(AuthError::MissingContentSha256),
        None => Ok((Payload::Body, None)),
    }
}
