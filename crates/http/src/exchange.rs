//! One request and its answer.

use std::io;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use jiff::fmt::rfc2822::DateTimePrinter;
use larder_types::Timestamp;

use crate::body::{Progress, discard};
use crate::listener::Shared;
use crate::load::Open;
use crate::wire::Standing;
use crate::{Asked, RequestBody, RequestContext, RequestId, RequestLogEntry, Response, ResponseBody, TlsInfo};

/// What all requests of one connection have in common.
pub(crate) struct Connection {
    pub(crate) shared: Arc<Shared>,
    pub(crate) peer: SocketAddr,
    pub(crate) tls: Option<TlsInfo>,
    pub(crate) standing: Arc<Standing>,
}

impl Connection {
    pub(crate) async fn exchange(self: Arc<Self>, request: http::Request<Incoming>) -> http::Response<Outgoing> {
        self.standing.begin();
        let shared = &self.shared;
        let started = shared.clock.elapsed();
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        let context = self.context(target, request.headers());
        let (head, incoming) = request.into_parts();
        let expects_continue = head.headers.contains_key(header::EXPECT);
        let is_empty = incoming.is_end_stream();
        let method = head.method.clone();
        let (body, progress) = RequestBody::from_network(incoming, shared.limits.body_idle);
        let mut account = Account {
            connection: Arc::clone(&self),
            progress,
            context: context.clone(),
            method,
            started,
            answered: None,
            bytes_out: 0,
            ended: false,
            _open: shared.load.request(),
        };

        let mut response = if names_one_host(&head) {
            let handled = shared.handler.handle(http::Request::from_parts(head, body), context.clone());
            AssertUnwindSafe(handled).catch_unwind().await.unwrap_or_else(|_| {
                tracing::error!(request_id = context.request_id.as_str(), "the handler of a request panicked");
                shared.handler.panicked(&context)
            })
        } else {
            drop(body);
            shared.handler.misunderstood(StatusCode::BAD_REQUEST, &context)
        };

        sign(response.headers_mut(), &context, shared.clock.now());
        // Nobody is invited to send nothing. A client that waits for the invitation all the same (botocore does) takes this answer
        // for one to its next request, so there must be none on this connection.
        let waits_in_vain = expects_continue && is_empty;
        if waits_in_vain || !self.can_continue(&account.progress, expects_continue) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        account.answered = Some((response.status(), shared.clock.elapsed().saturating_sub(started)));
        account.ended = !has_body(&account.method, &response);
        response.map(|body| Outgoing { body, account })
    }

    /// The whole answer to what is no HTTP request, after which the connection is closed.
    pub(crate) fn misunderstood(&self, status: StatusCode) -> Bytes {
        let context = self.context("", &HeaderMap::new());
        let mut response = self.shared.handler.misunderstood(status, &context);
        sign(response.headers_mut(), &context, self.shared.clock.now());
        let body = match response.body_mut() {
            ResponseBody::Full(bytes) => std::mem::take(bytes),
            ResponseBody::Empty | ResponseBody::Stream { .. } => Bytes::new(),
        };
        let status = response.status();
        let reason = status.canonical_reason().unwrap_or_default();
        let mut answer = format!("HTTP/1.1 {} {reason}\r\n", status.as_str()).into_bytes();
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
        for (name, value) in response.headers() {
            answer.extend_from_slice(name.as_str().as_bytes());
            answer.extend_from_slice(b": ");
            answer.extend_from_slice(value.as_bytes());
            answer.extend_from_slice(b"\r\n");
        }
        answer.extend_from_slice(b"\r\n");
        answer.extend_from_slice(&body);
        answer.into()
    }

    fn context(&self, target: &str, headers: &HeaderMap) -> RequestContext {
        let origin = self.shared.proxies.origin(self.peer, self.tls.is_some(), headers);
        RequestContext {
            request_id: RequestId::generate(&*self.shared.rng),
            host_id: self.shared.host_id.clone(),
            peer: self.peer,
            client: origin.address,
            secure: origin.secure,
            tls: self.tls,
            received_at: self.shared.clock.now(),
            target: target.into(),
            asked: Asked::default(),
        }
    }

    /// Sees to a request body that the handler left unread. False when the connection has to be closed after the answer.
    fn can_continue(&self, progress: &Progress, expects_continue: bool) -> bool {
        let Some(rest) = progress.take_leftover() else { return !progress.has_failed() };
        // Whether a client that waits for "100 Continue" sends its body after another answer is its own choice.
        let was_invited = progress.was_polled() || !expects_continue;
        let limits = &self.shared.limits;
        let is_short = rest.size_hint().upper().is_some_and(|bytes| bytes <= limits.discard_bytes);
        if was_invited && is_short {
            tokio::spawn(discard(rest, limits.body_idle));
        }
        was_invited && is_short
    }
}

/// Whether a request says whom it is for as it must: proxies on the way may have gone by another `Host` than we would
/// (RFC 9112, section 3.2).
fn names_one_host(head: &http::request::Parts) -> bool {
    let mut hosts = head.headers.get_all(header::HOST).iter();
    let is_named = hosts.next().is_some() || head.version < http::Version::HTTP_11;
    is_named && hosts.next().is_none()
}

/// Whether the client is to expect bytes after the answer's head.
fn has_body(method: &Method, response: &Response) -> bool {
    let bodiless = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED];
    *method != Method::HEAD && !bodiless.contains(&response.status()) && !response.body().is_end_stream()
}

/// What stands for the status of an answer that nobody waited for, as with nginx.
fn client_closed_request() -> StatusCode {
    StatusCode::from_u16(499).expect("three digits")
}

/// Adds what every answer carries. A `Server` or `Date` that the handler chose stays.
fn sign(headers: &mut HeaderMap, context: &RequestContext, now: Timestamp) {
    const REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");
    const HOST_ID: HeaderName = HeaderName::from_static("x-amz-id-2");
    let text = |text: &str| HeaderValue::from_str(text).expect("ids are printable ASCII");
    headers.insert(REQUEST_ID, text(context.request_id.as_str()));
    headers.insert(HOST_ID, text(context.host_id.as_str()));
    headers.entry(header::SERVER).or_insert(HeaderValue::from_static("Larder"));
    // A year beyond 9999 has no such form; then hyper states its own date.
    if let Ok(date) = DateTimePrinter::new().timestamp_to_rfc9110_string(&now.to_jiff_seconds())
        && let Ok(date) = HeaderValue::try_from(date)
    {
        headers.entry(header::DATE).or_insert(date);
    }
}

/// An answer's body on its way out.
pub(crate) struct Outgoing {
    body: ResponseBody,
    account: Account,
}

/// Gathers what the log is told when a request is done with, however that comes.
struct Account {
    connection: Arc<Connection>,
    progress: Arc<Progress>,
    context: RequestContext,
    method: Method,
    started: Duration,
    /// The answer's status, and how long it took to have its head.
    answered: Option<(StatusCode, Duration)>,
    bytes_out: u64,
    ended: bool,
    _open: Open,
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let Self { body, account } = &mut *self;
        let polled = Pin::new(&mut *body).poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                account.bytes_out += frame.data_ref().map_or(0, Bytes::len) as u64;
                account.ended = body.is_end_stream();
            }
            Poll::Ready(Some(Err(error))) => {
                let request_id = account.context.request_id.as_str();
                tracing::warn!(request_id, %error, "an answer broke off; its connection is closed");
            }
            Poll::Ready(None) => account.ended = true,
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.connection.standing.end();
        if self.ended && self.progress.has_ended() {
            self.connection.standing.settle();
        }
        let shared = &self.connection.shared;
        let duration = shared.clock.elapsed().saturating_sub(self.started);
        let (status, answered_after) = self.answered.unwrap_or((client_closed_request(), duration));
        shared.log.record(&RequestLogEntry {
            request_id: self.context.request_id,
            peer: self.context.peer,
            method: self.method.clone(),
            target: Arc::clone(&self.context.target),
            asked: self.context.asked.operation(),
            status,
            bytes_in: self.progress.received(),
            bytes_out: self.bytes_out,
            received_at: self.context.received_at,
            answered_after,
            duration,
            aborted: !self.ended,
        });
    }
}
