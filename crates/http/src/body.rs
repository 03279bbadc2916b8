//! Request bodies.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use parking_lot::Mutex;
use tokio::time::{Sleep, sleep};

/// Why a request body ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not a byte came for [`crate::Limits::body_idle`].
    #[error("the client stopped sending the request body")]
    TimedOut,
    /// The connection ended or failed before the length that was announced.
    #[error("the connection ended within the request body")]
    Incomplete,
    /// The chunks of a chunked body are malformed.
    #[error("the request body is not validly chunked")]
    Malformed,
}

/// A request's body: data as it arrives, trailers last.
#[derive(Debug)]
pub struct RequestBody {
    source: Source,
    progress: Arc<Progress>,
}

#[derive(Debug)]
enum Source {
    Network { incoming: Option<Incoming>, idle: Duration, timer: Option<Pin<Box<Sleep>>> },
    Memory(VecDeque<Result<Bytes, BodyError>>),
}

/// What has become of a body, seen from outside of the handler that owns it.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    polled: AtomicBool,
    ended: AtomicBool,
    failed: AtomicBool,
    received: AtomicU64,
    /// The rest that the handler did not read.
    leftover: Mutex<Option<Incoming>>,
}

impl Progress {
    /// Somebody asked for the body; with `Expect: 100-continue` the client was told to send it.
    pub(crate) fn was_polled(&self) -> bool {
        self.polled.load(Ordering::Relaxed)
    }

    /// All of it was received.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// It broke off; the connection cannot be used for another request.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Bytes of data received, without the framing of chunks.
    pub(crate) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    pub(crate) fn take_leftover(&self) -> Option<Incoming> {
        self.leftover.lock().take()
    }
}

impl RequestBody {
    /// A body without bytes.
    #[must_use]
    pub fn empty() -> Self {
        Self::from_chunks([])
    }

    /// A body that yields `chunks` one by one, for tests of handlers.
    #[must_use]
    pub fn from_chunks(chunks: impl IntoIterator<Item = Result<Bytes, BodyError>>) -> Self {
        Self { source: Source::Memory(chunks.into_iter().collect()), progress: Arc::default() }
    }

    /// The next bytes, never none of them; `None` at the end. HTTP's own trailers, which nobody signs, are passed over.
    pub async fn next(&mut self) -> Option<Result<Bytes, BodyError>> {
        next_bytes(self).await
    }

    pub(crate) fn from_network(incoming: Incoming, idle: Duration) -> (Self, Arc<Progress>) {
        let progress = Arc::new(Progress::default());
        progress.ended.store(incoming.is_end_stream(), Ordering::Relaxed);
        let source = Source::Network { incoming: Some(incoming), idle, timer: None };
        (Self { source, progress: Arc::clone(&progress) }, progress)
    }
}

impl From<Bytes> for RequestBody {
    fn from(bytes: Bytes) -> Self {
        Self::from_chunks((!bytes.is_empty()).then_some(Ok(bytes)))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let body = &mut *self;
        let frame = match &mut body.source {
            Source::Memory(chunks) => chunks.pop_front().map(|chunk| chunk.map(Frame::data)),
            Source::Network { incoming: None, .. } => None,
            Source::Network { incoming: Some(incoming), idle, timer } => {
                body.progress.polled.store(true, Ordering::Relaxed);
                match Pin::new(&mut *incoming).poll_frame(cx) {
                    Poll::Ready(frame) => {
                        *timer = None;
                        frame.map(|frame| frame.map_err(|error| classify(&error)))
                    }
                    Poll::Pending => {
                        let timer = timer.get_or_insert_with(|| Box::pin(sleep(*idle)));
                        ready!(timer.as_mut().poll(cx));
                        Some(Err(BodyError::TimedOut))
                    }
                }
            }
        };
        body.note(&frame);
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Network { incoming, .. } => incoming.as_ref().is_none_or(Body::is_end_stream),
            Source::Memory(chunks) => chunks.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Network { incoming, .. } => incoming.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint),
            Source::Memory(chunks) => {
                SizeHint::with_exact(chunks.iter().flatten().map(|chunk| chunk.len() as u64).sum())
            }
        }
    }
}

impl RequestBody {
    fn note(&mut self, frame: &Option<Result<Frame<Bytes>, BodyError>>) {
        match frame {
            Some(Ok(frame)) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.progress.received.fetch_add(bytes as u64, Ordering::Relaxed);
                if self.is_end_stream() {
                    self.progress.ended.store(true, Ordering::Relaxed);
                }
            }
            // What follows a failure cannot be read: with the source gone the connection will close.
            Some(Err(_)) => {
                self.progress.failed.store(true, Ordering::Relaxed);
                match &mut self.source {
                    Source::Network { incoming, .. } => *incoming = None,
                    Source::Memory(chunks) => chunks.clear(),
                }
            }
            None if !self.progress.has_failed() => self.progress.ended.store(true, Ordering::Relaxed),
            None => {}
        }
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if let Source::Network { incoming, .. } = &mut self.source
            && !self.progress.has_ended()
        {
            *self.progress.leftover.lock() = incoming.take();
        }
    }
}

fn classify(error: &hyper::Error) -> BodyError {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        match cause.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => return BodyError::Malformed,
            Some(_) => return BodyError::Incomplete,
            None => source = cause.source(),
        }
    }
    BodyError::Incomplete
}

/// The next bytes of a body, never none of them; `None` at its end.
pub(crate) async fn next_bytes<B: Body<Data = Bytes> + Unpin>(body: &mut B) -> Option<Result<Bytes, B::Error>> {
    loop {
        match std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await? {
            Ok(frame) => match frame.into_data() {
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => return Some(Ok(bytes)),
                Err(_trailers) => {}
            },
            Err(error) => return Some(Err(error)),
        }
    }
}

/// Reads what is left of a body and throws it away, for `limit` at most. Dropping the rest unread closes the connection.
pub(crate) async fn discard(mut incoming: Incoming, limit: Duration) {
    let all = async { while let Some(Ok(_)) = next_bytes(&mut incoming).await {} };
    let _ = tokio::time::timeout(limit, all).await;
}

#[cfg(test)]
mod tests {
    use http_body::Body as _;

    use super::*;

    #[tokio::test]
    async fn a_body_from_memory_knows_its_length_and_ends() {
        let mut body = RequestBody::from(Bytes::from_static(b"abc"));
        assert_eq!(body.size_hint().exact(), Some(3));
        assert!(!body.is_end_stream());
        assert_eq!(body.next().await, Some(Ok(Bytes::from_static(b"abc"))));
        assert!(body.is_end_stream());
        assert_eq!(body.next().await, None);
        assert!(RequestBody::empty().is_end_stream());
    }

    #[tokio::test]
    async fn nothing_follows_a_failure() {
        let chunks = [Ok(Bytes::from_static(b"a")), Err(BodyError::TimedOut), Ok(Bytes::from_static(b"b"))];
        let mut body = RequestBody::from_chunks(chunks);
        assert_eq!(body.next().await, Some(Ok(Bytes::from_static(b"a"))));
        assert_eq!(body.next().await, Some(Err(BodyError::TimedOut)));
        assert_eq!(body.next().await, None);
    }
}
