//! Cross-origin requests: the preflight, and the headers that let a browser see an answer.

use http::{HeaderMap, HeaderName, StatusCode, header};
use larder_config::cors::CorsGrant;
use larder_engine::Bucket;
use larder_http::Response;
use larder_wire::error::S3Error;

use crate::answer;
use crate::refusal;

/// Answers a preflight. It is never signed: browsers send it on their own.
pub(crate) fn preflight(bucket: Option<&Bucket>, headers: &HeaderMap) -> Result<Response, S3Error> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text(header::ORIGIN);
    let method = text(header::ACCESS_CONTROL_REQUEST_METHOD);
    let asked = text(header::ACCESS_CONTROL_REQUEST_HEADERS);
    let configuration = bucket.and_then(|bucket| bucket.record.cors.as_ref());
    let grant =
        larder_config::cors::preflight(configuration, origin, method, asked).map_err(refusal::of_configuration)?;
    let mut response = answer::empty(StatusCode::OK);
    apply(&grant, response.headers_mut());
    Ok(response)
}

/// Adds to an answer what lets a browser show it to the origin that asked.
pub(crate) fn grant(bucket: &Bucket, origin: &str, method: &str, response: &mut Response) {
    let grant = bucket.record.cors.as_ref().and_then(|cors| cors.match_actual(origin, method));
    if let Some(grant) = grant {
        apply(&grant, response.headers_mut());
    }
}

fn apply(grant: &CorsGrant, headers: &mut HeaderMap) {
    for (name, value) in grant.headers() {
        headers.append(HeaderName::from_static(name), larder_wire::headers::value(&value));
    }
}
