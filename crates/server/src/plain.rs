//! Answers to what an operator's tools ask of the server itself.

use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use larder_http::{Response, ResponseBody};

/// Text of the moment.
pub(crate) fn plain(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(ResponseBody::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
