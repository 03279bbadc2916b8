//! Bodies that tell how far they got and travel no faster than they may.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

use crate::pace::Pace;
use crate::report::Progress;

/// Bytes that travel at a time.
const CHUNK: usize = 128 * 1024;

/// A body in memory. A `whole` one goes at once, as it has to when a signature covers its
/// bytes.
pub(crate) fn body(bytes: Bytes, whole: bool, pace: &Arc<Pace>, progress: &Progress) -> ByteStream {
    if whole {
        return ByteStream::from(bytes);
    }
    let body = Paced { left: bytes, pace: Arc::clone(pace), progress: progress.clone(), pause: None };
    ByteStream::new(SdkBody::from_body_1_x(body))
}

struct Paced {
    left: Bytes,
    pace: Arc<Pace>,
    progress: Progress,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.left.len().min(CHUNK);
        if self.pace.is_limited() {
            if self.pause.is_none() {
                self.pause = Some(Box::pin(tokio::time::sleep(self.pace.book(length))));
            }
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
        }
        self.progress.moved(length as u64);
        Poll::Ready(Some(Ok(Frame::data(self.left.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}
