//! What answers requests.

use async_trait::async_trait;
use http::StatusCode;

use crate::{RequestBody, RequestContext, ResponseBody};

/// A request whose body is read on demand.
pub type Request = http::Request<RequestBody>;

/// An answer.
pub type Response = http::Response<ResponseBody>;

/// Answers requests.
///
/// `handle` may be dropped before it is done when the server gives up on it at the end of a drain, or when the connection
/// fails while an answer is awaited: work that must not stop half-way belongs in a task of its own.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Answers one request.
    async fn handle(&self, request: Request, context: RequestContext) -> Response;

    /// The answer to what is no HTTP request or has too long a head; `status` says which. Its body is at hand, never a stream.
    fn misunderstood(&self, status: StatusCode, context: &RequestContext) -> Response {
        let _ = context;
        let mut response = Response::new(ResponseBody::Empty);
        *response.status_mut() = status;
        response
    }

    /// The answer in place of the one that a panicking [`Handler::handle`] did not give: status 500.
    fn panicked(&self, context: &RequestContext) -> Response {
        let _ = context;
        let mut response = Response::new(ResponseBody::Empty);
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    }
}
