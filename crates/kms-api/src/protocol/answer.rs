//! Answers as HTTP.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, EXPIRES, PRAGMA};
use http::{HeaderValue, Response, StatusCode};

use super::{Code, Fault, Output, Service};

/// The content type of requests and answers.
const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.1");

/// The answer to what was done. Operations that have nothing to tell answer with an empty body.
pub(crate) fn success(output: Option<&Output>, request_id: &str) -> Response<Bytes> {
    respond(StatusCode::OK, output.map(Output::to_bytes).unwrap_or_default(), request_id)
}

/// The answer to what was not done.
pub(crate) fn failure(service: Service, fault: &Fault, request_id: &str) -> Response<Bytes> {
    let mut output = Output::new().with("__type", fault.code.name);
    if !fault.message.is_empty() {
        // KMS spells the member in two ways, as its clients know.
        let is_capital = service == Service::ServiceQuotas || fault.code == Code::ACCESS_DENIED;
        output = output.with(if is_capital { "Message" } else { "message" }, fault.message.as_str());
    }
    let status = StatusCode::from_u16(fault.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    respond(status, output.to_bytes(), request_id)
}

fn respond(status: StatusCode, body: Vec<u8>, request_id: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    // Keys in clear must not stay in a cache.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, must-revalidate, private"));
    headers.insert(EXPIRES, HeaderValue::from_static("0"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
