//! Whole answers: status, headers and the document around a result or a refusal.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::{Fault, Service, Xml};

/// What an operation answers: a result, or nothing but that it was done.
pub(crate) type Outcome = Result<Option<Xml>, Fault>;

/// The answer to a request that was done.
pub(crate) fn success(service: Service, action: &str, result: Option<Xml>, request_id: &str) -> Response<Bytes> {
    let namespace = service.namespace();
    let result = match result.map(Xml::into_string) {
        None => String::new(),
        Some(content) => format!("<{action}Result>{content}</{action}Result>"),
    };
    let body = format!(
        "<{action}Response xmlns=\"{namespace}\">{result}<ResponseMetadata><RequestId>{request_id}</RequestId>\
         </ResponseMetadata></{action}Response>"
    );
    response(StatusCode::OK, request_id, body)
}

/// The answer to a request that was refused.
pub(crate) fn failure(service: Service, fault: &Fault, request_id: &str) -> Response<Bytes> {
    let (code, status) = fault.code.parts();
    let status = StatusCode::from_u16(status).expect("statuses in the table are valid");
    let mut error = Xml::new();
    error.element("Error", |xml| {
        xml.text("Type", if status.is_server_error() { "Receiver" } else { "Sender" });
        xml.text("Code", code);
        xml.text("Message", &fault.message);
    });
    let (namespace, error) = (service.namespace(), error.into_string());
    let body =
        format!("<ErrorResponse xmlns=\"{namespace}\">{error}<RequestId>{request_id}</RequestId></ErrorResponse>");
    response(status, request_id, body)
}

fn response(status: StatusCode, request_id: &str, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    // Answers hold secrets: no cache on the way may keep them.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}
