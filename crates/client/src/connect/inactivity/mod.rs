//! How long nothing may happen on a request's way.
//!
//! The SDK's read timeout runs from the beginning of a request to the head of its answer, so sending the body counts: what is large
//! never arrives over a slow line. And it ends with the head, so a server that vanishes in the middle of a body is waited for for
//! ever. This limit is the AWS CLI's: the time in which no byte is taken and none comes.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, timeout_at};

#[cfg(test)]
mod tests;

/// Bytes that a connection takes at a time. Of a body in one piece it would take all at once, and be heard of no more until the answer.
const STEP: usize = 128 * 1024;

/// Servers work long on some requests and some say nothing meanwhile: so many times the limit is waited for those.
const SILENT_WORK: u32 = 10;

/// Nobody waits longer, and clocks end somewhere.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The client, with a limit for each of its requests.
pub(super) fn limited(client: SharedHttpClient, limit: Duration) -> SharedHttpClient {
    SharedHttpClient::new(Limited { client, limit: limit.min(LONGEST) })
}

#[derive(Debug)]
struct Limited {
    client: SharedHttpClient,
    limit: Duration,
}

impl HttpClient for Limited {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, components);
        SharedHttpConnector::new(LimitedConnector { connector, limit: self.limit })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.client.validate_base_client_config(components, config)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, config: &ConfigBag) -> Result<(), BoxError> {
        self.client.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.client.connector_metadata()
    }
}

#[derive(Debug)]
struct LimitedConnector {
    connector: SharedHttpConnector,
    limit: Duration,
}

impl HttpConnector for LimitedConnector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let limit = if is_silent_work(&request) { self.limit * SILENT_WORK } else { self.limit };
        let activity = Arc::new(Activity::new());
        // What is small is taken at once anyway.
        if request.body().content_length().is_none_or(|length| length > STEP as u64) {
            let body = Sending { body: request.take_body(), left: Bytes::new(), activity: Arc::clone(&activity) };
            *request.body_mut() = SdkBody::from_body_1_x(body);
        }
        let call = self.connector.call(request);
        HttpConnectorFuture::new(async move {
            let mut answer = activity.within(limit, call).await?;
            if answer.body().content_length() != Some(0) {
                let body = Receiving { body: answer.take_body(), limit, quiet: None, waits: false };
                *answer.body_mut() = SdkBody::from_body_1_x(body);
            }
            Ok(answer)
        })
    }
}

/// Copies within the server, and making one object of parts.
fn is_silent_work(request: &HttpRequest) -> bool {
    request.headers().contains_key("x-amz-copy-source")
        || request.method() == "POST" && request.uri().contains("uploadId=")
}

/// When something last happened to a request on its way to the server.
struct Activity {
    /// `None` while the connection waits for more of the body, which is not the server's doing.
    last: Mutex<Option<Instant>>,
}

impl Activity {
    fn new() -> Self {
        Self { last: Mutex::new(Some(Instant::now())) }
    }

    fn set(&self, last: Option<Instant>) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = last;
    }

    fn ends_at(&self, limit: Duration) -> Instant {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(Instant::now) + limit
    }

    /// What `call` comes to, unless nothing happens for too long.
    async fn within<T>(
        &self,
        limit: Duration,
        call: impl Future<Output = Result<T, ConnectorError>>,
    ) -> Result<T, ConnectorError> {
        let mut call = pin!(call);
        loop {
            match timeout_at(self.ends_at(limit), call.as_mut()).await {
                Ok(answer) => return answer,
                Err(_) if self.ends_at(limit) > Instant::now() => {}
                Err(_) => return Err(ConnectorError::timeout(Quiet(limit).into())),
            }
        }
    }
}

/// A request's body, that tells when some of it is taken.
struct Sending {
    body: SdkBody,
    left: Bytes,
    activity: Arc<Activity>,
}

impl Body for Sending {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.left.is_empty() {
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Pending => {
                    self.activity.set(None);
                    return Poll::Pending;
                }
                Poll::Ready(Some(Ok(frame))) if frame.is_data() => self.left = frame.into_data().unwrap_or_default(),
                end => {
                    self.activity.set(Some(Instant::now()));
                    return end;
                }
            }
        }
        self.activity.set(Some(Instant::now()));
        let step = self.left.len().min(STEP);
        Poll::Ready(Some(Ok(Frame::data(self.left.split_to(step)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty() && Body::is_end_stream(&self.body)
    }

    fn size_hint(&self) -> SizeHint {
        let (inner, left) = (Body::size_hint(&self.body), self.left.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + left);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + left);
        }
        hint
    }
}

/// An answer's body, that fails when nothing of it comes for too long.
struct Receiving {
    body: SdkBody,
    limit: Duration,
    /// Made once and set anew each time: most answers never wait.
    quiet: Option<Pin<Box<Sleep>>>,
    waits: bool,
}

impl Receiving {
    /// Ready when nothing came for too long. Time counts only while somebody waits for more.
    fn poll_quiet(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (limit, waited) = (self.limit, std::mem::replace(&mut self.waits, true));
        match &mut self.quiet {
            Some(quiet) if !waited => quiet.as_mut().reset(Instant::now() + limit),
            Some(_) => {}
            None => self.quiet = Some(Box::pin(tokio::time::sleep(limit))),
        }
        self.quiet.as_mut().map_or(Poll::Pending, |quiet| quiet.as_mut().poll(context))
    }
}

impl Body for Receiving {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let came = Pin::new(&mut self.body).poll_frame(context);
        if came.is_pending() {
            ready!(self.poll_quiet(context));
            return Poll::Ready(Some(Err(Quiet(self.limit).into())));
        }
        self.waits = false;
        came
    }

    fn is_end_stream(&self) -> bool {
        Body::is_end_stream(&self.body)
    }

    fn size_hint(&self) -> SizeHint {
        Body::size_hint(&self.body)
    }
}

/// Nothing happened for so long.
#[derive(Debug)]
struct Quiet(Duration);

impl fmt::Display for Quiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing moved for {} seconds", self.0.as_secs())
    }
}

impl std::error::Error for Quiet {}
