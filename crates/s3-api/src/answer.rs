//! From an operation's outcome to an HTTP answer.

use http::{HeaderValue, Method, StatusCode, header};
use larder_http::{RequestContext, Response, ResponseBody};
use larder_wire::encode::EncodedResponse;
use larder_wire::error::S3Error;

const XML: HeaderValue = HeaderValue::from_static("application/xml");

/// An answer whose whole body is at hand.
pub(crate) fn whole(encoded: EncodedResponse) -> Response {
    let EncodedResponse { status, headers, body } = encoded;
    let has_body = !body.is_empty();
    let mut response = Response::new(ResponseBody::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    if has_body {
        response.headers_mut().entry(header::CONTENT_TYPE).or_insert(XML);
    }
    response
}

/// An answer whose body follows apart, as with GetObject.
pub(crate) fn with_body(encoded: EncodedResponse, body: ResponseBody) -> Response {
    let mut response = whole(encoded);
    *response.body_mut() = body;
    response
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(ResponseBody::Empty);
    *response.status_mut() = status;
    response
}

/// The answer to a request that failed. A HEAD gets the status and headers alone.
pub(crate) fn refused(error: &S3Error, method: &Method, path: &str, context: &RequestContext) -> Response {
    let mut response = empty(error.status());
    *response.headers_mut() = error.headers().clone();
    if method != Method::HEAD && error.has_body() {
        let xml = error.to_xml(path, context.request_id.as_str(), context.host_id.as_str());
        response.headers_mut().insert(header::CONTENT_TYPE, XML);
        *response.body_mut() = ResponseBody::from(xml);
    }
    response
}
