//! Bodies that tell how far they got and travel no faster than they may.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_runtime_api::box_error::BoxError;
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
    paced(bytes, SdkBody::empty(), pace, progress)
}

/// A body that is read while it is sent.
pub(crate) fn streamed(stream: ByteStream, pace: &Arc<Pace>, progress: &Progress) -> ByteStream {
    paced(Bytes::new(), stream.into_inner(), pace, progress)
}

fn paced(left: Bytes, more: SdkBody, pace: &Arc<Pace>, progress: &Progress) -> ByteStream {
    let body = Paced { left, more, pace: Arc::clone(pace), progress: progress.clone(), pause: None };
    ByteStream::new(SdkBody::from_body_1_x(body))
}

struct Paced {
    left: Bytes,
    /// What comes after that.
    more: SdkBody,
    pace: Arc<Pace>,
    progress: Progress,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Body for Paced {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.left.is_empty() {
            match ready!(Pin::new(&mut self.more).poll_frame(context)) {
                Some(Ok(frame)) if frame.is_data() => self.left = frame.into_data().unwrap_or_default(),
                end => return Poll::Ready(end),
            }
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
        self.left.is_empty() && Body::is_end_stream(&self.more)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64 + self.more.content_length().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use larder_env::SystemClock;

    use super::*;
    use crate::report::{Event, Report};

    #[derive(Default)]
    struct Told(Mutex<Vec<i64>>);

    impl Report for Told {
        fn event(&self, event: &Event<'_>) {
            if let Event::Moved { bytes, .. } = event {
                self.0.lock().expect("no panic").push(*bytes);
            }
        }
    }

    #[tokio::test]
    async fn every_body_tells_how_far_it_got() {
        let content: Vec<u8> = (0..=u8::MAX).cycle().take(2 * CHUNK + 7).collect();
        let pace = Arc::new(Pace::new(Some(u64::from(u32::MAX)), Arc::new(SystemClock::new())));
        for in_memory in [true, false] {
            let told = Arc::new(Told::default());
            let progress = Progress::new(told.clone(), 1);
            let bytes = Bytes::from(content.clone());
            let sent = match in_memory {
                true => body(bytes, false, &pace, &progress),
                false => streamed(ByteStream::from(bytes), &pace, &progress),
            };
            assert_eq!(sent.size_hint(), (content.len() as u64, Some(content.len() as u64)));
            assert!(sent.collect().await.expect("all of it").into_bytes() == content);
            assert_eq!(*told.0.lock().expect("no panic"), [CHUNK as i64, CHUNK as i64, 7]);
        }
    }
}
